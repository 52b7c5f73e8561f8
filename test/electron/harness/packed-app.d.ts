/** The main process of the packed app, bundled with what Electron 22 lacks. */
declare module 'virtual:packed-app';
