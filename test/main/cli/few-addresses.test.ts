import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { CLI_FILE, runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

/**
 * Limit of virtual memory in KiB: enough for Node and its threads, but not for a WebAssembly memory, which takes 10
 * GiB.
 */
const LIMIT_KIB = 8 * 2 ** 20;

test.skipIf(process.platform !== 'linux')(
  'a limit on virtual memory, as schedulers set it, makes a job slow, which says so, and no other',
  async () => {
    const folder = await temporaryFolder();
    const [input, output] = [join(folder, 'stack'), join(folder, 'dataset')];
    await writeTiffStack(input, labelVolume('uint64', [97, 83, 61]));
    const script = `ulimit -v ${LIMIT_KIB}; exec "$0" "$1" convert "$2" "$3" --resolution 8,8,8 --mesh none --workers 2`;
    const args = [process.execPath, CLI_FILE, input, output];
    const { status, stderr } = spawnSync('sh', ['-c', script, ...args], { encoding: 'utf8' });
    expect(stderr.match(/several times slower/g)).toHaveLength(1);
    expect(status).toBe(0);
    const { code, stdout } = await runCli(['verify', output, '--against', input]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/sound/)]);
  },
);
