import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { SourceDesk } from '../../../src/main/studio/source-desk';
import { boxOfShape } from '../../../src/shared/base/box';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { temporaryFolder } from '../../temporary-folder';

/** Returns values that rise and fall with some noise, as in a micrograph. */
function micrograph(length: number): number[] {
  let seed = 7;
  return Array.from({ length }, (_, i) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.round(120 + 60 * Math.sin(i / 9) + ((seed >>> 16) % 24));
  });
}

async function look(write: (folder: string) => Promise<unknown>) {
  const folder = join(await temporaryFolder(), 'stack');
  await write(folder);
  const { kind, isGuess } = await new SourceDesk().inspect({ path: folder, gaps: 'refuse' });
  return { kind, isGuess };
}

describe('what voxels of 8 and 16 bits look like', () => {
  test.each(['uint8', 'uint16'] as const)('labels of %s', async (dataType) => {
    const seen = await look((folder) => writeSampleStack(folder, { size: [64, 64, 4], dataType, seed: 1 }));
    expect(seen).toEqual({ kind: 'segmentation', isGuess: true });
  });

  test.each([Uint8Array, Uint16Array])('grey values in a %o', async (Voxels) => {
    const size = [64, 64, 4] as const;
    const data = Voxels.from(micrograph(64 * 64 * 4));
    const seen = await look((folder) => writeTiffStack(folder, { box: boxOfShape(size), channels: 1, data }));
    expect(seen).toEqual({ kind: 'image', isGuess: true });
  });

  test('the sample of EM', async () => {
    const seen = await look((folder) =>
      writeSampleStack(folder, { size: [64, 64, 4], type: 'image', seed: 1 }),
    );
    expect(seen).toEqual({ kind: 'image', isGuess: true });
  });

  test('a micrograph in a frame of nothing', async () => {
    const size = [64, 64, 4] as const;
    const data = Uint8Array.from(micrograph(64 * 64 * 4), (value, i) => (i % 64 < 40 ? 0 : value));
    const seen = await look((folder) => writeTiffStack(folder, { box: boxOfShape(size), channels: 1, data }));
    expect(seen).toEqual({ kind: 'image', isGuess: true });
  });

  test('ids of more bits are labels, and nobody is asked', async () => {
    const seen = await look((folder) =>
      writeSampleStack(folder, { size: [64, 64, 4], dataType: 'uint64', seed: 1 }),
    );
    expect(seen).toEqual({ kind: 'segmentation', isGuess: undefined });
  });
});
