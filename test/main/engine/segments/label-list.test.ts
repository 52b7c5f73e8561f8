import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import {
  encodeLabelList,
  readLabelLists,
  type ListedLabel,
} from '../../../../src/main/engine/segments/label-list';
import { withMeshes } from '../../../../src/main/engine/segments/segments-product';
import type { LabelEntry } from '../../../../src/shared/kernels/label-statistics';
import { temporaryFolder } from '../../../temporary-folder';

afterEach(() => {
  vi.unstubAllEnvs();
});

const box = { min: [0, 0, 0], max: [1, 1, 1] } as const;

async function* counted(): AsyncGenerator<LabelEntry> {
  yield { id: 2n, voxels: 7, box };
  yield { id: 9n, voxels: 8, box };
}

test('labels with meshes are found in a list with more labels, and its temporary files are removed', async () => {
  const folder = await temporaryFolder();
  const temporary = join(folder, 'temporary');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  vi.stubEnv('TEMP', temporary);
  // More than a spool keeps in memory.
  const labels = Array.from({ length: 40_000 }, (_, i) => ({
    id: BigInt(i),
    voxels: 7,
    box,
    isMeshed: i < 5,
  }));
  await writeFile(join(folder, '0'), encodeLabelList(labels));
  const found: ListedLabel[] = [];
  for await (const label of withMeshes(counted(), readLabelLists(folder, 1))) found.push(label);
  expect(found.map(({ id, isMeshed }) => [id, isMeshed])).toEqual([
    [2n, true],
    [9n, false],
  ]);
  expect(await readdir(temporary)).toEqual([]);
});
