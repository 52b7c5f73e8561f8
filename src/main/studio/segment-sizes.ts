import { BoxGrid, boxShape, boxVolume } from '../../shared/base/box';
import { allocateVoxels, type VoxelArray } from '../../shared/base/data-type';
import { product3, vec3, type Vec3 } from '../../shared/base/vec3';
import { chunkShape, scaleBox, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { PrecomputedSource } from '../sources/precomputed-source';

/** The finest scale with at most this many voxels is counted; more would take too long to wait for. */
const MAX_COUNTED_VOXELS = 2 ** 26;

interface SegmentCount {
  voxels: number;
  /** The longest run of the segment along x, whose middle lies inside of it. */
  runLength: number;
  inside: Vec3;
}

/** Id, voxels of the first scale, and a place inside in voxels of the first scale. */
export type SegmentSize = [id: string, voxels: number, x: number, y: number, z: number];

/** Sizes of all segments but the background, largest first, and the scale that they were counted at. */
export async function countSegments(
  root: string,
  info: VolumeInfo,
): Promise<{ segments: SegmentSize[]; scale: number }> {
  const fitting = info.scales.findIndex(({ size }) => product3(size) <= MAX_COUNTED_VOXELS);
  const scale = fitting === -1 ? info.scales.length - 1 : fitting;
  const source = new PrecomputedSource({ format: 'precomputed', root, info, scale, missingChunks: 'zero' });
  const counts = new Map<bigint | number, SegmentCount>();
  const [first, counted] = [info.scales[0], info.scales[scale]];
  if (first === undefined || counted === undefined) return { segments: [], scale };
  for (const box of new BoxGrid(scaleBox(counted), chunkShape(counted))) {
    const data = allocateVoxels(info.data_type, boxVolume(box));
    await source.read(box, { box, channels: 1, data });
    countRuns(data, boxShape(box), box.min, counts);
  }
  await source.close();
  const ratio = vec3((axis) => counted.resolution[axis] / first.resolution[axis]);
  const place = (inside: Vec3) =>
    vec3((axis) => first.voxel_offset[axis] + Math.floor((inside[axis] + 0.5) * ratio[axis]));
  const segments = [...counts]
    .map(([id, { voxels, inside }]): SegmentSize => {
      return [String(id), Math.round(voxels * product3(ratio)), ...place(inside)];
    })
    .sort((a, b) => b[1] - a[1]);
  return { segments, scale };
}

/** Counts along x run by run: neighbouring voxels are mostly of one segment, so maps are seldom asked. */
function countRuns(
  data: VoxelArray,
  [width, height, depth]: Vec3,
  origin: Vec3,
  counts: Map<bigint | number, SegmentCount>,
): void {
  for (let row = 0; row < height * depth; row++) {
    const end = (row + 1) * width;
    let start = row * width;
    while (start < end) {
      const id = data[start] ?? 0;
      let next = start + 1;
      while (next < end && data[next] === id) next++;
      if (id !== 0 && id !== 0n) {
        const length = next - start;
        const middle = start - row * width + (length >> 1);
        const known = counts.get(id);
        if (known === undefined || length > known.runLength) {
          const inside: Vec3 = [
            origin[0] + middle,
            origin[1] + (row % height),
            origin[2] + Math.floor(row / height),
          ];
          counts.set(id, { voxels: (known?.voxels ?? 0) + length, runLength: length, inside });
        } else {
          known.voxels += length;
        }
      }
      start = next;
    }
  }
}
