/**
 * Checks whether volumes that are shown on top of each other can belong to the same piece of tissue. The commonest
 * faults are a resolution in the wrong unit, an offset that is missing or not given in voxels, and a different order
 * of axes.
 */
import { formatLengthNm } from '../base/format-quantity';
import { vec3, type Vec3 } from '../base/vec3';
import { scaleBoundsNm } from './scale-chunks';
import type { ScaleInfo, VolumeInfo } from './volume-info';

export interface AlignedVolume {
  readonly name: string;
  readonly info: VolumeInfo;
}

export interface AlignmentFinding {
  readonly kind: 'apart' | 'unit' | 'offset' | 'axes' | 'resolution';
  /** The volume that doesn't fit, and the one that it is compared with. */
  readonly name: string;
  readonly reference: string;
  readonly message: string;
}

interface Bounds {
  readonly min: Vec3;
  readonly max: Vec3;
}

/** Lengths whose relative difference is less than this count as equal. */
const SAME_SHARE = 0.02;
const AXES = [0, 1, 2] as const;
const AXIS_NAMES = ['x', 'y', 'z'] as const;

/**
 * Compares the first volume with each of the others and returns what doesn't fit. The result is empty if all of them
 * fit.
 */
export function alignmentFindings(volumes: readonly AlignedVolume[]): AlignmentFinding[] {
  const [reference, ...others] = volumes;
  const own = reference?.info.scales[0];
  if (reference === undefined || own === undefined) return [];
  return others.flatMap(({ name, info }) => {
    const [scale] = info.scales;
    const found = scale && compare(own, scale, reference.name, name);
    return found === undefined ? [] : [{ ...found, name, reference: reference.name }];
  });
}

type Found = Pick<AlignmentFinding, 'kind' | 'message'>;

function compare(a: ScaleInfo, b: ScaleInfo, nameA: string, nameB: string): Found | undefined {
  return unitFinding(a, b, nameA, nameB) ?? apartFinding(a, b, nameA, nameB) ?? drift(a, b, nameA, nameB);
}

/** A resolution that is 1000 times too large or too small makes the volume as many times too large or too small. */
function unitFinding(a: ScaleInfo, b: ScaleInfo, nameA: string, nameB: string): Found | undefined {
  const ratios = AXES.map((axis) => extent(b)[axis] / extent(a)[axis]);
  for (const [factor, words] of [
    [1000, '1000 times larger than'],
    [0.001, '1000 times smaller than'],
  ] as const) {
    // A crop of the other volume is smaller, so sizes only have to agree in their order of magnitude.
    const off = AXES.filter((axis) => {
      const ratio = (ratios[axis] ?? 1) / factor;
      return ratio > 0.3 && ratio < 3;
    });
    if (off.length === 0) continue;
    const axes = off.length === 3 ? '' : ` along ${off.map((axis) => AXIS_NAMES[axis]).join(' and ')}`;
    return {
      kind: 'unit',
      message:
        `${nameB} is about ${words} ${nameA}${axes}: a resolution may be in the wrong unit. ` +
        `${nameA} has voxels of ${voxel(a)}, ${nameB} of ${voxel(b)}.`,
    };
  }
  return undefined;
}

function apartFinding(a: ScaleInfo, b: ScaleInfo, nameA: string, nameB: string): Found | undefined {
  const [boundsA, boundsB] = [scaleBoundsNm(a), scaleBoundsNm(b)];
  if (overlaps(boundsA, boundsB)) return undefined;
  const cause = offsetCause(a, b, nameA, nameB);
  return {
    kind: cause === undefined ? 'apart' : 'offset',
    message: `${nameA} and ${nameB} don't overlap anywhere. ${
      cause ?? `${nameA} spans ${spans(boundsA)}, ${nameB} spans ${spans(boundsB)}.`
    }`,
  };
}

/** Returns the mistake in an offset that would explain why two volumes don't overlap, if there is one. */
function offsetCause(a: ScaleInfo, b: ScaleInfo, nameA: string, nameB: string): string | undefined {
  for (const [own, other, ownName, otherName] of [
    [b, a, nameB, nameA],
    [a, b, nameA, nameB],
  ] as const) {
    const { voxel_offset: offset, resolution, size } = own;
    const moved = (newOffset: Vec3) => overlaps(boxNm(newOffset, size, resolution), scaleBoundsNm(other));
    const asNm = vec3((axis) => offset[axis] / resolution[axis]);
    if (offset.some((part) => part !== 0) && moved(asNm)) {
      return `The offset of ${ownName}, ${offset.join(', ')}, seems to be in nanometres; it is to be in voxels.`;
    }
    const thousandth = vec3((axis) => offset[axis] / 1000);
    if (offset.some((part) => part !== 0) && moved(thousandth)) {
      return `The offset of ${ownName}, ${offset.join(', ')}, seems to be 1000 times too large.`;
    }
    if (offset.every((part) => part === 0)) {
      const wanted = vec3((axis) => Math.round(scaleBoundsNm(other).min[axis] / resolution[axis]));
      return `${ownName} has no offset; with ${wanted.join(', ')} it would begin where ${otherName} does.`;
    }
  }
  return undefined;
}

/** Finds what prevents overlapping volumes from being the same piece of tissue. */
function drift(a: ScaleInfo, b: ScaleInfo, nameA: string, nameB: string): Found | undefined {
  const [sizeA, sizeB] = [a.size, b.size];
  const turned = same(sizeA[0], sizeB[2]) && same(sizeA[1], sizeB[1]) && same(sizeA[2], sizeB[0]);
  if (turned && !same(sizeA[0], sizeB[0])) {
    return {
      kind: 'axes',
      message: `${nameB} has as many voxels along x as ${nameA} along z: its axes may be in another order.`,
    };
  }
  const voxelsAgree = AXES.every((axis) => sizeA[axis] === sizeB[axis]);
  for (const axis of AXES) {
    const [own, other] = [a.resolution[axis], b.resolution[axis]];
    if (own === other) continue;
    const where = `${AXIS_NAMES[axis]}: ${own} nm in ${nameA}, ${other} nm in ${nameB}`;
    if (voxelsAgree) {
      return {
        kind: 'resolution',
        message: `${nameA} and ${nameB} have the same number of voxels and different resolutions along ${where}.`,
      };
    }
    const ratio = Math.max(own, other) / Math.min(own, other);
    const off = Math.abs(ratio / Math.round(ratio) - 1);
    if (off > 1e-9 && off < SAME_SHARE) {
      const apart = formatLengthNm(extent(b)[axis] * off);
      return {
        kind: 'resolution',
        message: `Resolutions differ slightly along ${where}. Over the volume that is ${apart}.`,
      };
    }
  }
  return undefined;
}

function extent(scale: ScaleInfo): Vec3 {
  return vec3((axis) => scale.size[axis] * scale.resolution[axis]);
}

function boxNm(offset: Vec3, size: Vec3, resolution: Vec3): Bounds {
  return {
    min: vec3((axis) => offset[axis] * resolution[axis]),
    max: vec3((axis) => (offset[axis] + size[axis]) * resolution[axis]),
  };
}

function overlaps(a: Bounds, b: Bounds): boolean {
  return AXES.every((axis) => a.min[axis] < b.max[axis] && b.min[axis] < a.max[axis]);
}

function same(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME_SHARE * Math.max(a, b);
}

function voxel({ resolution }: ScaleInfo): string {
  return `${resolution.join(' × ')} nm`;
}

function spans({ min, max }: Bounds): string {
  return AXES.map(
    (axis) => `${AXIS_NAMES[axis]} ${formatLengthNm(min[axis])} to ${formatLengthNm(max[axis])}`,
  ).join(', ');
}
