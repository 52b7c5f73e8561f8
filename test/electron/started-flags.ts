import { userInfo } from 'node:os';

/**
 * What the app is started with in tests: Neuroglancer needs WebGL 2, which runs in software on machines without a screen, and
 * Chromium's own sandbox refuses to be run by root.
 */
export const STARTED_FLAGS: readonly string[] = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  ...(userInfo().uid === 0 ? ['--no-sandbox'] : []),
];
