import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

test.each([
  ['http://127.0.0.1:8000/cells', [], true],
  ['http://localhost:8000/cells', [], true],
  ['http://127.0.0.1:8000/cells', ['--viewer', 'http://127.0.0.1:8000/viewer'], false],
  ['https://example.org/cells', [], false],
  ['s3://bucket/cells', [], false],
])(
  'link says that browsers ask before a page from the web reads this machine: %s %j',
  async (url, more, isSaid) => {
    const folder = join(await temporaryFolder(), 'cells');
    await writeSmallDataset(folder, [32, 32, 32], () => 7n);
    const { code, stdout, stderr } = await runCli(['link', folder, '--url', url, ...more]);
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
    expect(stderr.includes('ask whether that page may read from this machine')).toBe(isSaid);
    expect(stderr.includes('serve --viewer')).toBe(isSaid);
  },
);
