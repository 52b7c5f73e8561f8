import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CLI_FILE } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

/** A Node that is newer than the one that runs the tests. .ci/run installs it. */
const node = process.env['PRECOMPUTED_STUDIO_NEWER_NODE'] ?? '';

describe.skipIf(node === '')('a newer Node (skipped: PRECOMPUTED_STUDIO_NEWER_NODE is not set)', () => {
  test('makes, converts and verifies the sample without a warning', async () => {
    const folder = await temporaryFolder();
    const run = (...args: string[]) => promisify(execFile)(node, [CLI_FILE, ...args]);
    const [sample, dataset] = [join(folder, 'sample'), join(folder, 'dataset')];
    await run('sample', sample, '--size', '60,50,40');
    const converted = await run('convert', sample, dataset, '--resolution', '16,16,40', '--json');
    expect(converted.stderr).toBe('');
    expect(converted.stdout).toContain('"event":"done"');
    const verified = await run('verify', dataset, '--against', sample);
    expect(verified.stdout).toContain('all equal');
  });
});
