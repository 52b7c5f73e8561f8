import { writeFile } from 'node:fs/promises';
import type { DataType, VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { IdMap } from '../../../shared/kernels/id-map';
import { remapIds } from '../../../shared/kernels/map-ids';
import { fileError } from '../../base/file-error';

/** As many as memory holds well. */
const MOST_IDS = 20_000_000;
const LINES_AT_ONCE = 100_000;

/** Numbers the ids of a volume from 1 on, in the order of the ids; 0 stays. */
export class IdNumbering {
  private readonly found = new Set<bigint>();
  private sorted: readonly bigint[] = [];
  private readonly map = new IdMap();

  /** @throws InvalidInputError where there are too many */
  add(voxels: VoxelArray): void {
    let before: number | bigint | undefined;
    for (const value of voxels) {
      if (value === before) continue;
      before = value;
      this.found.add(BigInt(value));
    }
    if (this.found.size <= MOST_IDS) return;
    throw new InvalidInputError(`There are more than ${MOST_IDS} ids, too many to renumber.`, {
      remedy: 'Export a smaller part by roi, or keep the ids.',
    });
  }

  /** Called when all are known. @returns how many there are */
  number(): number {
    this.found.delete(0n);
    this.sorted = [...this.found].sort((a, b) => (a < b ? -1 : 1));
    this.sorted.forEach((id, i) => {
      const words = BigInt.asUintN(64, id);
      this.map.add(Number(words & 0xffffffffn), Number(words >> 32n), i + 1, 0);
    });
    return this.sorted.length;
  }

  /** In the block's own memory. */
  apply(block: VolumeBlock): void {
    remapIds(block, block.box, this.map, 'keep');
  }

  /** The columns are those of `--remap`, which gives the old ids back. */
  async write(path: string): Promise<void> {
    try {
      await writeFile(path, 'from,to\n', { flag: 'wx' });
      for (let i = 0; i < this.sorted.length; i += LINES_AT_ONCE) {
        const lines = this.sorted.slice(i, i + LINES_AT_ONCE).map((id, j) => `${i + j + 1},${id}\n`);
        await writeFile(path, lines.join(''), { flag: 'a' });
      }
    } catch (error) {
      throw fileError('write', path, error);
    }
  }
}

const UNSIGNED = ['uint8', 'uint16', 'uint32', 'uint64'] as const;
const SIGNED = ['int8', 'int16', 'int32', 'int64'] as const;

/** The narrowest integer type that holds both. */
export function narrowestType(least: number | bigint, most: number | bigint): DataType {
  const [low, high] = [BigInt(least), BigInt(most)];
  if (low >= 0n) return UNSIGNED.find((_, i) => high < 1n << BigInt(8 << i)) ?? 'uint64';
  return (
    SIGNED.find((_, i) => high < 1n << BigInt((8 << i) - 1) && low >= -(1n << BigInt((8 << i) - 1))) ??
    'int64'
  );
}
