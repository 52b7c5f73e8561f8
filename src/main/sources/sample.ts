import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, InvalidInputError } from '../../shared/base/errors';
import type { VoxelArray } from '../../shared/base/data-type';
import type { Vec3 } from '../../shared/base/vec3';
import { growTissue } from '../../shared/kernels/phantom/grow-tissue';
import { TissueRenderer } from '../../shared/kernels/phantom/render-tissue';
import { SegmentIds, type PhantomType } from '../../shared/kernels/phantom/segment-ids';
import { TissueGreys } from '../../shared/kernels/phantom/tissue-greys';
import { fileError, isMissing } from '../base/file-error';
import { makeFolder } from '../base/make-folder';
import { encodeTiff } from './tiff/tiff-writer';

/** Segment ids of a type, or 8-bit grey values like those of electron microscopy. */
type SampleVoxels =
  | { readonly type?: 'segmentation'; readonly dataType: PhantomType }
  | { readonly type: 'image' };

export type SampleOptions = SampleVoxels & {
  /** The size in voxels, in x, y, z. */
  readonly size: Vec3;
  /** Different seeds give different tissue. The same seed gives the same voxels on every machine. */
  readonly seed: number;
  readonly signal?: AbortSignal;
};

/** The size of a sample's voxels in nanometres, in x, y, z. */
export const SAMPLE_RESOLUTION_NM = [16, 16, 40] as const;

/** The sample stack that the app makes for users who have no data of their own. */
export const SAMPLE = {
  name: 'precomputed-studio-sample',
  size: [256, 256, 64],
  dataType: 'uint64',
  seed: 1,
} as const;

/**
 * Writes a sample stack: a made-up piece of nervous tissue, its segmentation or its greys, as one Deflate-compressed TIFF file per slice
 * (`slice_0000.tif`). The size of its voxels is {@link SAMPLE_RESOLUTION_NM}. Two slices are held in memory.
 * If the folder already holds slices of the same sample, the missing ones are added. Nothing is ever overwritten.
 * @throws InvalidInputError if the folder holds anything else or can't be made; IoError; CancelledError
 */
export async function writeSampleStack(
  folder: string,
  options: SampleOptions,
  onProgress: (slicesDone: number, slices: number) => void = () => undefined,
): Promise<void> {
  const { size, seed, signal } = options;
  const [width, height, slices] = size;
  const digits = Math.max(4, String(slices - 1).length);
  const names = Array.from({ length: slices }, (_, z) => `slice_${String(z).padStart(digits, '0')}.tif`);
  await prepareFolder(folder, names);
  const tissue = growTissue(size, seed);
  const renderer = new TissueRenderer(tissue, seed);
  const draw = drawVoxels(options, tissue.neurons + tissue.bodies.length);
  const neurons = new Uint32Array(width * height);
  // A slice is compressed and written by other threads while the next one is drawn.
  let writing = Promise.resolve();
  for (const [z, name] of names.entries()) {
    if (signal?.aborted === true) throw new CancelledError();
    renderer.render(z, neurons);
    await writing;
    writing = encodeTiff(draw(neurons, z), width, height).then((file) =>
      writeSlice(join(folder, name), file),
    );
    // A failure is thrown by the next await of this promise.
    writing.catch(() => undefined);
    onProgress(z, slices);
  }
  await writing;
  onProgress(slices, slices);
}

/** Returns what makes the voxels of slice `z` from their neurons, in a new array. */
function drawVoxels(options: SampleOptions, neurons: number): (slice: Uint32Array, z: number) => VoxelArray {
  if (options.type === 'image') {
    const greys = new TissueGreys(options.seed);
    return (slice, z) => greys.of(slice, z);
  }
  const ids = new SegmentIds(options.dataType, neurons);
  return (slice) => ids.of(slice);
}

async function prepareFolder(folder: string, slices: readonly string[]): Promise<void> {
  try {
    await makeFolder(folder);
    const own = new Set(slices.flatMap((name) => [name, `${name}.part`]));
    if ((await readdir(folder)).every((name) => own.has(name))) return;
  } catch (error) {
    throw fileError('write', folder, error);
  }
  throw new InvalidInputError(`The folder ${folder} isn't empty.`, {
    remedy: 'Choose an empty or new folder.',
  });
}

/** Writes a file so that its name never refers to an incomplete file. */
async function writeSlice(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const there = await readFile(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (there?.equals(bytes) === true) return;
    if (there !== undefined) {
      throw new InvalidInputError(`${path} already exists, and it is not part of the sample.`, {
        remedy: 'Choose an empty or new folder.',
        fields: { path },
      });
    }
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
  } catch (error) {
    throw fileError('write', path, error);
  }
}
