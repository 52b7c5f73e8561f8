/** The main process of the packed app, which is bundled with what Electron 22 needs. */
declare module 'virtual:packed-app';
