import type { ScaleMap } from '../../shared/api/job-types';
import type { Box } from '../../shared/base/box';
import type { Vec3 } from '../../shared/base/vec3';
import { chunkShape } from '../../shared/precomputed/scale-chunks';
import type { DoneParts } from '../engine/job/done-parts';
import type { DoneBoxes } from '../engine/run/stage';

const MOST_SCALES = 6;
const MOST_COLUMNS = 48;
const MOST_ROWS = 24;

/** A square whose done part has changed: map, square, percent. */
export type SquareChange = [map: number, square: number, percent: number];

/** A scale that is worked through block by block. */
export interface MappedScale extends Pick<DoneBoxes, 'what' | 'scale'> {
  readonly size: Vec3;
  readonly block: Vec3;
}

interface OneMap extends Pick<DoneBoxes, 'what' | 'scale'> {
  readonly size: Vec3;
  readonly columns: number;
  readonly rows: number;
  /** The number of done voxels of each square, row after row. */
  readonly voxels: Float64Array;
  readonly percent: Uint8Array;
}

/**
 * What is done of each scale, seen along x: columns follow z, rows follow y. A square is a block, or several if there
 * are many.
 */
export class DoneMap {
  private readonly maps: readonly OneMap[];
  private changed = new Set<string>();

  constructor(scales: readonly MappedScale[]) {
    this.maps = scales.map(({ what, scale, size, block }) => {
      const columns = Math.min(MOST_COLUMNS, Math.ceil(size[2] / block[2]));
      const rows = Math.min(MOST_ROWS, Math.ceil(size[1] / block[1]));
      const squares = columns * rows;
      const [voxels, percent] = [new Float64Array(squares), new Uint8Array(squares)];
      return { what, scale, size, columns, rows, voxels, percent };
    });
  }

  add({ what, scale, boxes }: DoneBoxes): void {
    const index = this.maps.findIndex((map) => map.what === what && map.scale === scale);
    const map = this.maps[index];
    if (map === undefined) return;
    for (const box of boxes) this.addBox(map, index, box);
  }

  private addBox({ size, columns, rows, voxels }: OneMap, index: number, { min, max }: Box): void {
    const [width, depth] = [size[2] / columns, size[1] / rows];
    for (let column = Math.floor(min[2] / width); column * width < max[2]; column++) {
      const along = Math.min(max[2], (column + 1) * width) - Math.max(min[2], column * width);
      for (let row = Math.floor(min[1] / depth); row * depth < max[1]; row++) {
        const across = Math.min(max[1], (row + 1) * depth) - Math.max(min[1], row * depth);
        const square = row * columns + column;
        voxels[square] = (voxels[square] ?? 0) + along * across * (max[0] - min[0]);
        this.changed.add(`${index} ${square}`);
      }
    }
  }

  /** Returns the squares whose percentage has changed since the last call. */
  takeChanges(): SquareChange[] {
    const changes: SquareChange[] = [];
    for (const place of this.changed) {
      const [index = 0, square = 0] = place.split(' ').map(Number);
      const map = this.maps[index];
      if (map === undefined) continue;
      const whole = (map.size[0] * map.size[1] * map.size[2]) / (map.columns * map.rows);
      const percent = Math.min(100, Math.round((100 * (map.voxels[square] ?? 0)) / whole));
      if (percent === map.percent[square]) continue;
      map.percent[square] = percent;
      changes.push([index, square, percent]);
    }
    this.changed = new Set();
    return changes;
  }

  describe(): ScaleMap[] {
    this.takeChanges();
    return this.maps.map(({ what, scale, size, columns, percent }) => ({
      what,
      scale,
      size: [...size],
      columns,
      percent: [...percent],
    }));
  }
}

/** Returns the maps of a job: of each scale that it writes, and of the scale whose surfaces it finds. */
export function mapOfParts({ info, writesVolume, mesh, parts }: DoneParts): DoneMap {
  const volume = writesVolume ? info.scales.slice(0, MOST_SCALES) : [];
  const scales = volume.map((scale, i): MappedScale => ({
    what: 'voxels',
    scale: i,
    size: scale.size,
    block: chunkShape(scale),
  }));
  const meshed = mesh && info.scales[mesh.scale];
  if (mesh !== undefined && meshed !== undefined) {
    const { scale, blockCells } = mesh;
    scales.push({ what: 'surfaces', scale, size: meshed.size, block: [blockCells, blockCells, blockCells] });
  }
  const map = new DoneMap(scales);
  for (const part of parts) map.add(part);
  return map;
}
