import type { ScaleMap } from '../../shared/api/job-types';
import type { Box } from '../../shared/base/box';
import type { Vec3 } from '../../shared/base/vec3';
import { chunkShape } from '../../shared/precomputed/scale-chunks';
import type { WrittenChunks } from '../engine/run/stage';
import type { WrittenParts } from '../engine/volume/written-parts';

const MOST_SCALES = 6;
const MOST_COLUMNS = 48;
const MOST_ROWS = 24;

/** A square whose written part has changed: scale, square, percent. */
export type SquareChange = [scale: number, square: number, percent: number];

interface Scale {
  readonly size: Vec3;
  readonly columns: number;
  readonly rows: number;
  /** The number of written voxels of each square, row after row. */
  readonly voxels: Float64Array;
  readonly percent: Uint8Array;
}

/**
 * The progress of each scale, seen along x: columns follow z, rows follow y. A square is a chunk, or several if there
 * are many.
 */
export class WrittenMap {
  private readonly scales: readonly Scale[];
  private changed = new Set<string>();

  constructor(scales: readonly { readonly size: Vec3; readonly chunk: Vec3 }[]) {
    this.scales = scales.slice(0, MOST_SCALES).map(({ size, chunk }) => {
      const columns = Math.min(MOST_COLUMNS, Math.ceil(size[2] / chunk[2]));
      const rows = Math.min(MOST_ROWS, Math.ceil(size[1] / chunk[1]));
      const squares = columns * rows;
      return { size, columns, rows, voxels: new Float64Array(squares), percent: new Uint8Array(squares) };
    });
  }

  add({ scale, boxes }: WrittenChunks): void {
    const map = this.scales[scale];
    if (map === undefined) return;
    for (const box of boxes) this.addBox(map, scale, box);
  }

  private addBox({ size, columns, rows, voxels }: Scale, scale: number, { min, max }: Box): void {
    const [width, depth] = [size[2] / columns, size[1] / rows];
    for (let column = Math.floor(min[2] / width); column * width < max[2]; column++) {
      const along = Math.min(max[2], (column + 1) * width) - Math.max(min[2], column * width);
      for (let row = Math.floor(min[1] / depth); row * depth < max[1]; row++) {
        const across = Math.min(max[1], (row + 1) * depth) - Math.max(min[1], row * depth);
        const square = row * columns + column;
        voxels[square] = (voxels[square] ?? 0) + along * across * (max[0] - min[0]);
        this.changed.add(`${scale} ${square}`);
      }
    }
  }

  /** Returns the squares whose percentage has changed since the last call. */
  takeChanges(): SquareChange[] {
    const changes: SquareChange[] = [];
    for (const place of this.changed) {
      const [scale = 0, square = 0] = place.split(' ').map(Number);
      const map = this.scales[scale];
      if (map === undefined) continue;
      const whole = (map.size[0] * map.size[1] * map.size[2]) / (map.columns * map.rows);
      const percent = Math.min(100, Math.round((100 * (map.voxels[square] ?? 0)) / whole));
      if (percent === map.percent[square]) continue;
      map.percent[square] = percent;
      changes.push([scale, square, percent]);
    }
    this.changed = new Set();
    return changes;
  }

  describe(): ScaleMap[] {
    this.takeChanges();
    return this.scales.map(({ size, columns, percent }) => ({
      size: [...size],
      columns,
      percent: [...percent],
    }));
  }
}

/** Returns the map of an unfinished conversion. */
export function mapOfParts({ info, parts }: WrittenParts): WrittenMap {
  const map = new WrittenMap(info.scales.map((scale) => ({ size: scale.size, chunk: chunkShape(scale) })));
  for (const part of parts) map.add(part);
  return map;
}
