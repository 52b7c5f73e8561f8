import { boxShape, isEmptyBox, type Box } from '../../../shared/base/box';
import { allocateVoxels, bytesPerVoxel } from '../../../shared/base/data-type';
import { product3, vec3, ZERO3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyStrided, GATHER_BYTES, type StridedVoxels } from '../array/strided-voxels';
import { checkRead } from '../check-read';
import type { Axis, AxisOrder, SourceMetadata, VolumeSource } from '../volume-source';
import { SourceView, type ViewSpec } from './source-view';
import { gridOrigin, largestPiece, storagePieces } from './storage-grid';

export interface AxesSpec extends ViewSpec {
  readonly kind: 'axes';
  /** The axes of the source that become x, y and z. */
  readonly from: AxisOrder;
  /** Whether x, y and z of the view are mirrored. */
  readonly mirrored: readonly [x: boolean, y: boolean, z: boolean];
}

const OPPOSITES: Readonly<Record<string, string>> = { R: 'L', L: 'R', A: 'P', P: 'A', S: 'I', I: 'S' };

function turnedLetters(orientation: string, { from, mirrored }: AxesSpec): string {
  return from
    .map((axis, i) => {
      const letter = orientation[axis] ?? '?';
      return mirrored[i] === true ? (OPPOSITES[letter] ?? letter) : letter;
    })
    .join('');
}

/** Shows a source with its axes swapped or mirrored, within the space that it already occupies. */
export class AxesView extends SourceView {
  readonly metadata: SourceMetadata;

  constructor(
    source: VolumeSource,
    private readonly spec: AxesSpec,
  ) {
    super(source, spec);
    const { metadata } = source;
    const { resolutionNm, voxelOffset, channels, dataType } = metadata;
    const turned = (vector: Vec3) => vec3((axis) => vector[spec.from[axis]]);
    const [size, storageShape] = [turned(metadata.size), turned(metadata.storageShape)];
    const origin = turned(metadata.storageOrigin ?? ZERO3);
    const boundary = vec3((axis) => (spec.mirrored[axis] ? size[axis] - origin[axis] : origin[axis]));
    const pieceBytes = largestPiece(metadata) * channels * bytesPerVoxel(dataType);
    this.metadata = this.changed(
      {
        size,
        storedAxes: undefined,
        ...(metadata.orientation === undefined
          ? {}
          : { orientation: turnedLetters(metadata.orientation, spec) }),
        storageShape,
        storageOrigin: gridOrigin(boundary, storageShape),
        decodeBytes: metadata.decodeBytes + pieceBytes + GATHER_BYTES,
        ...(resolutionNm === undefined ? {} : { resolutionNm: turned(resolutionNm) }),
        ...(voxelOffset === undefined ? {} : { voxelOffset: turned(voxelOffset) }),
      },
      ['turned', describe(spec)],
    );
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    const { metadata } = this.source;
    const { channels, dataType } = metadata;
    const wanted = this.inSource(box);
    const spare = allocateVoxels(dataType, largestPiece(metadata, wanted) * channels);
    for (const piece of storagePieces(metadata, wanted)) {
      const data = spare.subarray(0, product3(boxShape(piece)) * channels);
      const block = { box: piece, channels, data };
      await this.source.read(piece, block);
      copyStrided(this.turned(block), target, box);
    }
  }

  /** Returns a block of the source at its place in the view, with the strides of the source's axes. */
  private turned({ box, channels, data }: VolumeBlock): StridedVoxels {
    const { from, mirrored } = this.spec;
    const shape = boxShape(box);
    const along: Vec3 = [1, shape[0], shape[0] * shape[1]];
    const strides = vec3((axis) => (mirrored[axis] ? -along[from[axis]] : along[from[axis]]));
    const last = vec3((axis) => (mirrored[axis] ? (shape[from[axis]] - 1) * along[from[axis]] : 0));
    return {
      data,
      start: last[0] + last[1] + last[2],
      strides: [...strides, product3(shape)],
      box: this.inView(box),
      firstChannel: 0,
      channels,
    };
  }

  private inView({ min, max }: Box): Box {
    const { from } = this.spec;
    return boxOf((axis) => this.mirror(axis, min[from[axis]], max[from[axis]]));
  }

  private inSource({ min, max }: Box): Box {
    return boxOf((axis) => {
      const own = this.spec.from.indexOf(axis) as Axis;
      return this.mirror(own, min[own], max[own]);
    });
  }

  private mirror(axis: Axis, min: number, max: number): readonly [min: number, max: number] {
    const length = this.metadata.size[axis];
    return this.spec.mirrored[axis] ? [length - max, length - min] : [min, max];
  }
}

function boxOf(range: (axis: Axis) => readonly [min: number, max: number]): Box {
  return { min: vec3((axis) => range(axis)[0]), max: vec3((axis) => range(axis)[1]) };
}

/** Describes the view for people, such as `x from z, y from y mirrored, z from x`. */
function describe({ from, mirrored }: AxesSpec): string {
  const names = ['x', 'y', 'z'];
  return from
    .map(
      (axis, own) =>
        `${names[own] ?? ''} from ${names[axis] ?? ''}${mirrored[own] === true ? ' mirrored' : ''}`,
    )
    .join(', ');
}
