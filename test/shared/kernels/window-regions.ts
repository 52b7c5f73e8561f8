import fc from 'fast-check';
import { boxShape, type Box } from '../../../src/shared/base/box';
import { voxelView, type DataType } from '../../../src/shared/base/data-type';
import { product3, vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { fillRandomly } from './random-voxels';

const axisUpTo = (size: number) =>
  fc.record({
    factor: fc.integer({ min: 1, max: 2 }),
    begin: fc.integer({ min: -5, max: 5 }),
    size: fc.integer({ min: 1, max: size }),
    drop: fc.nat(2),
    around: fc.nat(2),
  });

/** Generates regions of volumes of these types, to be downsampled by factors of 1 and 2. */
export const regionsOf = (types: readonly DataType[]) =>
  fc
    .record({
      axes: fc.tuple(axisUpTo(40), axisUpTo(9), axisUpTo(5)),
      type: fc.constantFrom(...types),
      labels: fc.constantFrom(0, 2, 4, 17),
      runs: fc.constantFrom(1, 2, 9),
      ignoreBackground: fc.boolean(),
      seed: fc.nat(),
    })
    .map(({ axes, ...rest }) => {
      const factors = vec3((i) => axes[i].factor);
      const box: Box = { min: vec3((i) => axes[i].begin), max: vec3((i) => axes[i].begin + axes[i].size) };
      const min = vec3((i) => Math.floor(box.min[i] / factors[i]));
      const max = vec3((i) => Math.max(min[i] + 1, Math.ceil(box.max[i] / factors[i]) - axes[i].drop));
      const room: Box = {
        min: vec3((i) => min[i] - axes[i].around),
        max: vec3((i) => max[i] + axes[i].around),
      };
      return { ...rest, factors, box, targetBox: { min, max }, room };
    });

type Region = ReturnType<typeof regionsOf> extends fc.Arbitrary<infer T> ? T : never;

/**
 * Returns source and target in one buffer, a few bytes apart, filled with the same random voxels for the same region.
 */
export function blocksIn(buffer: ArrayBufferLike, { type, box, room, labels, runs, seed }: Region) {
  const place = (startBytes: number, of: Box, options: { labels: number; runs: number }): VolumeBlock => {
    const data = voxelView(type, buffer, startBytes, product3(boxShape(of)));
    fillRandomly(data, { seed, ...options });
    return { box: of, channels: 1, data };
  };
  const source = place(8, box, { labels, runs });
  const end = source.data.byteOffset + source.data.byteLength;
  const target = place(Math.ceil((end + 1) / 8) * 8, room, { labels: 0, runs: 1 });
  return { source, target };
}
