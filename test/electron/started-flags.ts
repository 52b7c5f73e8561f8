import { userInfo } from 'node:os';

/**
 * Flags with which tests start the app: Neuroglancer needs WebGL 2, which runs in software on machines without a
 * screen, and Chromium's own sandbox refuses to run as root.
 */
export const STARTED_FLAGS: readonly string[] = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  ...(userInfo().uid === 0 ? ['--no-sandbox'] : []),
];
