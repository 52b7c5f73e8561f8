import { writeFile } from 'node:fs/promises';
import type { DataType, VoxelArray } from '../../../shared/base/data-type';
import { named } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { IdMap } from '../../../shared/kernels/id-map';
import { remapIds } from '../../../shared/kernels/map-ids';
import { fileError } from '../../base/file-error';

/** The most ids, limited by memory. */
const MOST_IDS = 20_000_000;
const LINES_AT_ONCE = 100_000;

/** Renumbers the ids of a volume from 1, in the order of the ids; 0 stays. */
export class IdNumbering {
  private readonly found = new Set<bigint>();
  private sorted: readonly bigint[] = [];
  private readonly map = new IdMap();

  /**
   * Adds the ids of some voxels.
   * @throws InvalidInputError if there are too many ids
   */
  add(voxels: VoxelArray): void {
    let before: number | bigint | undefined;
    for (const value of voxels) {
      if (value === before) continue;
      before = value;
      this.found.add(BigInt(value));
    }
    if (this.found.size <= MOST_IDS) return;
    throw new InvalidInputError(`There are more than ${MOST_IDS} ids, too many to renumber.`, {
      remedy: say`Export a smaller part with ${named('roi')}, or keep the ids.`,
    });
  }

  /**
   * Numbers the ids. Call it when all ids have been added.
   * @returns the number of ids
   */
  number(): number {
    this.found.delete(0n);
    this.sorted = [...this.found].sort((a, b) => (a < b ? -1 : 1));
    this.sorted.forEach((id, i) => {
      const words = BigInt.asUintN(64, id);
      this.map.add(Number(words & 0xffffffffn), Number(words >> 32n), i + 1, 0);
    });
    return this.sorted.length;
  }

  /** Replaces the ids in a block, in place. */
  apply(block: VolumeBlock): void {
    remapIds(block, block.box, this.map, 'keep');
  }

  /** Writes the table of ids. The columns are those of `--remap`, which restores the old ids. */
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

/** Returns the narrowest integer type that holds both values. */
export function narrowestType(least: number | bigint, most: number | bigint): DataType {
  const [low, high] = [BigInt(least), BigInt(most)];
  if (low >= 0n) return UNSIGNED.find((_, i) => high < 1n << BigInt(8 << i)) ?? 'uint64';
  return (
    SIGNED.find((_, i) => high < 1n << BigInt((8 << i) - 1) && low >= -(1n << BigInt((8 << i) - 1))) ??
    'int64'
  );
}
