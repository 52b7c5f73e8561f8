import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSampleStack } from '../../src/main/sources/sample';
import type { Vec3 } from '../../src/shared/base/vec3';

/** The number of slices that are drawn. Stacks repeat them, because drawing takes longer than converting. */
export const DRAWN_SLICES = 64;

/** Writes a stack of any depth whose slices are links to the drawn ones, which are in a separate folder. */
export async function writeRepeatedStack(
  stack: string,
  drawn: string,
  [width, height, depth]: Vec3,
): Promise<void> {
  await writeSampleStack(drawn, { size: [width, height, DRAWN_SLICES], dataType: 'uint64', seed: 1 });
  await mkdir(stack);
  const names = (await readdir(drawn)).sort();
  for (let z = 0; z < depth; z++) {
    const name = names[z % names.length] ?? '';
    await symlink(join(drawn, name), join(stack, `slice_${String(z).padStart(4, '0')}.tif`));
  }
}
