import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithTest } from './end-with-test';
import { requireProgram } from './real-tool';

/**
 * Starts a virtual screen, which ends with the test.
 *
 * @param size in pixels, such as `1300x900`
 * @returns its name
 */
export async function startScreen(size: string): Promise<string> {
  const server = spawn(
    requireProgram('Xvfb'),
    ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  endWithTest(server, 'SIGTERM');
  const [number] = (await once(server.stdio[3] as NodeJS.ReadableStream, 'data')) as [Buffer];
  return `:${number.toString().trim()}`;
}
