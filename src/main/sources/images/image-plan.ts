import { named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { createHash } from 'node:crypto';
import { InvalidInputError } from '../../../shared/base/errors';
import { accessTo, type SliceAccess } from '../slices/slice-access';
import type { SliceFilesRef } from '../slices/slice-files';
import { describeGrid, mostCommonGrid, sameGrid, type SliceGrid } from '../slices/slice-grid';
import type { SliceListing } from '../slices/slice-listing';
import { orderStack } from '../slices/tile-order';
import { otherProblems, refusedStack, stackError } from '../slices/stack-refusal';
import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { gridOf, planColours, type Take } from './colour-plan';
import { SAVE_FRAMES } from '../../codecs/images/image-codecs';
import type { ImageHeader } from '../../codecs/images/image-header';
import { surveyImages, type ImageSummary } from './image-survey';

/** Everything that is needed to read a stack of images, without listing its files again. */
export interface ImageHandle extends SourceHandle {
  readonly format: 'images';
  readonly files: SliceFilesRef;
  /** The file names by z; null for a slice of zeros. */
  readonly names: readonly (string | null)[];
  readonly sizes: readonly number[];
  readonly take: Take;
  readonly isLabels: boolean;
  readonly slicesAtOnce: number;
  readonly metadata: SourceMetadata;
}

interface KnownSummary extends ImageSummary {
  readonly header: ImageHeader;
}

/** The largest size that zlib and typed arrays support on every machine. */
const MOST_DECODED_BYTES = 2 ** 31 - 1;
/** The most slices that are read at the same time if their files are small. Parallel reads hide the disk's latency. */
const MOST_SLICES_AT_ONCE = 4;
const LITTLE_BYTES = 4 << 20;
/** The memory that separating the samples of colours takes, in bytes. */
const GATHER_BYTES = 64 ** 3 * 2;

/**
 * Plans a stack from images with one slice each.
 * @throws InvalidInputError with all problems in `details`.
 */
export async function planImages(
  path: string,
  listing: SliceListing,
  options: OpenOptions,
): Promise<ImageHandle> {
  const images = await surveyImages(listing.files, listing.names, options);
  const order = orderStack(listing.names, options);
  const known = images.filter((image): image is KnownSummary => image.header !== undefined);
  const isLabels = (options.kind ?? 'segmentation') === 'segmentation';
  const headers = known.map(({ header }) => header);
  refuseFrames(path, known, options);
  if (isLabels) refuseLossy(path, headers, options);
  const take = takeOf(path, headers, options);
  const grid = mostCommonGrid(headers.map((header) => gridOf(header, take)));
  const problems = [...order.problems, ...otherProblems(problemsOf(images, grid, take))];
  const unsupported = images.flatMap((image) => image.unsupported ?? []);
  if (problems.length > 0 || grid === undefined) throw stackError(path, problems, unsupported, options);
  if (isLabels && options.channel === undefined) refuseChannels(path, grid, options);
  const names = order.slices.map((name) => name ?? null);
  const sizes = new Map(known.map(({ name, sizeBytes }) => [name, sizeBytes]));
  const access = accessTo(listing.files);
  const memory = planMemory(known, access);
  const depth = names.length;
  return {
    format: 'images',
    files: listing.files,
    names,
    sizes: names.map((name) => sizes.get(name ?? '') ?? 0),
    take,
    isLabels: isLabels && options.channel === undefined,
    slicesAtOnce: memory.slicesAtOnce,
    metadata: {
      format: 'image stack',
      takes: ['gaps', 'tiles', 'colours'],
      size: [grid.width, grid.height, depth],
      dataType: grid.dataType,
      channels: grid.channels,
      ...(order.mosaic === undefined ? {} : { mosaic: order.mosaic }),
      ...(CHANNEL_NAMES[take] === undefined ? {} : { channelNames: CHANNEL_NAMES[take] }),
      storageShape: [grid.width, grid.height, Math.min(Math.max(1, access.wholeSlices), depth)],
      decodeBytes: memory.decodeBytes,
      facts: [['slices', String(depth)], ['numbering', order.numbering], ...factsOf(headers, take, listing)],
      passedOver: listing.passedOver,
      fingerprint: fingerprint(known, take),
    },
  };
}

/** @throws InvalidInputError if images have several frames */
function refuseFrames(path: string, images: readonly KnownSummary[], options: OpenOptions): void {
  const problems = images.flatMap(({ name, header: { frames } }) =>
    frames > 1 ? [`${name} has ${frames} frames; each file must be one slice`] : [],
  );
  if (problems.length === 0) return;
  throw refusedStack(path, otherProblems(problems), options, SAVE_FRAMES);
}

/** Returns what is wrong with the images, one line per problem. */
function problemsOf(images: readonly ImageSummary[], usual: SliceGrid | undefined, take: Take): string[] {
  return images.flatMap(({ name, header, problem }) => {
    if (header === undefined || usual === undefined) return problem ?? [];
    const grid = gridOf(header, take);
    return [
      ...(header.decodeBytes > MOST_DECODED_BYTES
        ? [`${name} takes more than 2 GiB as one piece: save it as a TIFF file with strips or tiles`]
        : []),
      ...(sameGrid(grid, usual)
        ? []
        : [`${name} is ${describeGrid(grid)}, the others are ${describeGrid(usual)}`]),
    ];
  });
}

function planMemory(images: readonly KnownSummary[], { filesAtOnce, heldBytes }: SliceAccess) {
  const most = (value: (image: KnownSummary) => number) =>
    images.reduce((largest, image) => Math.max(largest, value(image)), 0);
  const fileBytes = most(({ sizeBytes }) => sizeBytes);
  const slicesAtOnce = fileBytes <= LITTLE_BYTES ? Math.min(MOST_SLICES_AT_ONCE, filesAtOnce) : 1;
  const lookedUpBytes = most(({ header }) => 4 * header.width * header.height);
  const decodedBytes = most(({ header }) => header.decodeBytes) + lookedUpBytes + GATHER_BYTES;
  return { slicesAtOnce, decodeBytes: 2 * slicesAtOnce * fileBytes + decodedBytes + heldBytes };
}

function factsOf(
  headers: readonly ImageHeader[],
  take: Take,
  { container }: SliceListing,
): SourceMetadata['facts'] {
  return [
    ...(container === undefined ? [] : [['archive', container] as const]),
    ['files', [...new Set(headers.map(({ format }) => format))].join(', ')],
    ['stored as', [...new Set(headers.map(({ samples }) => samples))].join(', ')],
    ['taken as', TAKEN_AS[take]],
  ];
}

const TAKEN_AS: Readonly<Record<Take, string>> = {
  packed: 'ids R + 256 G + 65536 B',
  index: 'indices of the palette',
  grey: 'grey values',
  'grey and alpha': 'channels: grey, alpha',
  RGB: 'channels: red, green, blue',
  RGBA: 'channels: red, green, blue, alpha',
};

const CHANNEL_NAMES: Readonly<Partial<Record<Take, readonly string[]>>> = {
  'grey and alpha': ['grey', 'alpha'],
  RGB: ['red', 'green', 'blue'],
  RGBA: ['red', 'green', 'blue', 'alpha'],
};

/** @throws InvalidInputError if slices of labels are stored with lossy compression, which changes ids */
function refuseLossy(path: string, headers: readonly ImageHeader[], options: OpenOptions): void {
  const lossy = headers.find(({ isLossy }) => isLossy);
  if (lossy === undefined) return;
  const problem = `slices are stored as ${lossy.format} with loss, which changes ids`;
  const remedy = say`Export the labels as PNG or TIFF, or take the slices as an image (${set('type', 'image')}).`;
  throw refusedStack(path, otherProblems([problem]), options, remedy);
}

function refuseChannels(path: string, { channels }: SliceGrid, options: OpenOptions): void {
  if (channels === 1) return;
  const problem = `the slices have ${channels} channels, but segment ids have one`;
  throw refusedStack(
    path,
    otherProblems([problem]),
    options,
    say`Take them as an image (${set('type', 'image')}), or one of them (${named('channel')}).`,
  );
}

/** Returns how the samples are read. @throws InvalidInputError if the options must say so and don't */
function takeOf(path: string, headers: readonly ImageHeader[], options: OpenOptions): Take {
  const plan = planColours(headers, options);
  if ('take' in plan) return plan.take;
  throw new InvalidInputError(`Can't read the stack ${path}: ${plan.problem}.`, {
    remedy: plan.remedy,
    fields: { code: 'unclear-colours', path, options: ['colours'] },
  });
}

function fingerprint(images: readonly ImageSummary[], take: Take): string {
  const hash = createHash('sha256').update(take);
  for (const { name, sizeBytes, modifiedMs } of images) hash.update(`${name}\0${sizeBytes}\0${modifiedMs}\n`);
  return hash.digest('hex');
}
