import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

test('info tells what is known of an input before it is converted', async () => {
  const folder = await temporaryFolder();
  const description = { file: 'v.raw', size: [4, 3, 2], dataType: 'uint8', resolution: [4, 5, 30] };
  await writeFile(join(folder, 'v.json'), JSON.stringify(description));
  await writeFile(
    join(folder, 'v.raw'),
    Uint8Array.from({ length: 24 }, (_, i) => i + 1),
  );
  const text = await startCli(['info', join(folder, 'v.json')]).finished;
  expect(text.stdout).toContain('raw, 4 × 3 × 2 voxels, uint8, 1 channel');
  expect(text.stdout).toContain('size of a voxel: 4 × 5 × 30 nm');
  expect(text.stdout).toContain('values of a sample: 1 to 24, 24 different');
  const json = await startCli(['info', join(folder, 'v.json'), '--json']).finished;
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: 'raw',
    size: [4, 3, 2],
    resolutionNm: [4, 5, 30],
    values: [{ least: 1, most: 24, different: 24 }],
  });
});
