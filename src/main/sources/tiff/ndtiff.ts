/**
 * Reads NDTiff datasets of Micro-Manager. Their TIFF files have a page for each image, in the order of acquisition. Only
 * the file `NDTiff.index` beside them says which plane each page is. For each image, it holds the following (numbers have
 * 32 bits and are little endian): the length of the axes, followed by the axes as JSON, such as
 * `{"z": 2, "channel": "DAPI"}`; the length of the file name, followed by the name; the position of the voxels in the
 * file, the width, height, type and compression; the position, length and compression of the metadata. Each TIFF file has
 * the number 483729 at byte 8. At byte 24 it has the length of a JSON text with the properties that all images share,
 * followed by the text.
 *
 * Source: https://github.com/micro-manager/NDTiffStorage ("NDTiff file format", version 3)
 */
import { join } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError, isMissing } from '../../base/file-error';
import { openRegularFile } from '../../base/regular-file';
import { chooseDataset } from '../array/choose-dataset';
import { ofTime, requireSameTime } from '../array/points-in-time';
import { geometry } from '../array/geometry';
import { compareNaturally } from '../slices/natural-order';
import type { SliceListing } from '../slices/slice-listing';
import { otherProblems } from '../slices/stack-refusal';
import type { OpenOptions } from '../source-opener';
import { refsOf, type Hyperstack } from './hyperstack';
import { surveyFiles, type FileSummary } from './survey';

export const NDTIFF_INDEX = 'NDTiff.index';
/** Enough for a million images. */
const MOST_INDEX_BYTES = 2 ** 28;
const SUMMARY_AT = 24;
const MOST_SUMMARY_BYTES = 2 ** 20;
/** How many numbers follow the file name in an entry of the index. */
const NUMBERS = 8;

interface NdImage {
  readonly axes: Readonly<Record<string, string | number>>;
  readonly file: string;
  readonly pixelOffset: number;
}

/**
 * Plans the images by z and channel, as the index beside the files says. Returns undefined if there is no index or if it
 * doesn't contain all of the files.
 * @throws InvalidInputError if the options don't say which position or point in time to read
 */
export async function planNdTiff(
  listing: SliceListing,
  path: string,
  options: OpenOptions,
): Promise<Hyperstack | undefined> {
  if (listing.files.kind !== 'folder') return undefined;
  const all = await readIndex(join(listing.files.path, NDTIFF_INDEX));
  if (all === undefined || !listing.names.every((name) => all.some(({ file }) => file === name)))
    return undefined;
  const images = chosenImages(all, options, path);
  const names = [...new Set(images.map(({ file }) => file))].sort(compareNaturally);
  const files = await surveyFiles(listing.files, names, options);
  const zs = [...new Set(images.map(({ axes }) => Number(axes['z'] ?? 0)))].sort((a, b) => a - b);
  const channels = [...new Set(images.map(({ axes }) => String(axes['channel'] ?? '')))];
  const placeOf = (z: number, channel: string) => `${z}\0${channel}`;
  // If an image was acquired twice, the later entry of the index counts.
  const byPlace = new Map(
    images.map((image) => [
      placeOf(Number(image.axes['z'] ?? 0), String(image.axes['channel'] ?? '')),
      image,
    ]),
  );
  const refs = new Map(
    files.flatMap((file) => {
      const own = refsOf(file);
      return file.pages.map((page, i) => [`${file.name}\0${page.firstUnitOffset}`, own[i]] as const);
    }),
  );
  const problems = files.flatMap((file) => file.problems);
  const slices = zs.flatMap((z) =>
    channels.map((channel) => {
      const image = byPlace.get(placeOf(z, channel));
      const ref = image === undefined ? undefined : refs.get(`${image.file}\0${image.pixelOffset}`);
      if (ref === undefined && problems.length === 0)
        problems.push(`${NDTIFF_INDEX}: there is no image of z ${z}${channel && `, channel ${channel}`}`);
      return ref ?? null;
    }),
  );
  const step = zs.length > 1 ? ((zs.at(-1) ?? 0) - (zs[0] ?? 0)) / (zs.length - 1) : 1;
  const described = await Promise.all(
    files.map((file) =>
      withSummary(
        file,
        join(listing.files.kind === 'folder' ? listing.files.path : '', file.name),
        channels,
        step,
      ),
    ),
  );
  const hasTimes = images.some(({ axes }) => typeof axes['time'] === 'number');
  return { files: described, slices, planes: channels.length, hasTimes, problems: otherProblems(problems) };
}

/** Returns the images that have the chosen value on each axis other than z and channel. */
function chosenImages(images: readonly NdImage[], options: OpenOptions, path: string): readonly NdImage[] {
  const keyOf = ({ axes }: NdImage) =>
    Object.keys(axes)
      .filter((name) => name !== 'z' && name !== 'channel')
      .sort()
      .map((name) => `${name}=${axes[name] ?? ''}`)
      .join(',');
  const groups = new Map<string, NdImage[]>();
  for (const image of images) {
    const group = groups.get(keyOf(image));
    if (group === undefined) groups.set(keyOf(image), [image]);
    else group.push(image);
  }
  const names = [...groups.keys()].sort(compareNaturally);
  const candidates = names.map((name) => {
    const own = groups.get(name) ?? [];
    const time = own[0]?.axes['time'];
    return {
      path: name,
      description: `${own.length} images`,
      time: typeof time === 'number' ? time : undefined,
      own,
    };
  });
  const [only] = candidates;
  const chosen =
    candidates.length === 1 && only !== undefined
      ? only
      : chooseDataset(ofTime(candidates, options, path), options.dataset, path);
  requireSameTime(chosen, options);
  return chosen.own;
}

async function readIndex(path: string): Promise<NdImage[] | undefined> {
  const bytes = await readPart(path, 0, MOST_INDEX_BYTES);
  if (bytes === undefined) return undefined;
  const images: NdImage[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const axesEnd = at + 4 + bytes.readUInt32LE(at);
    const nameEnd = axesEnd + 4 > bytes.length ? Infinity : axesEnd + 4 + bytes.readUInt32LE(axesEnd);
    if (nameEnd + 4 * NUMBERS > bytes.length) throw damaged(path);
    images.push({
      axes: axesIn(bytes.toString('utf8', at + 4, axesEnd), path),
      file: bytes.toString('utf8', axesEnd + 4, nameEnd),
      pixelOffset: bytes.readUInt32LE(nameEnd),
    });
    at = nameEnd + 4 * NUMBERS;
  }
  return images.length === 0 ? undefined : images;
}

function axesIn(text: string, path: string): NdImage['axes'] {
  const json = jsonOf(text);
  if (typeof json !== 'object' || json === null) throw damaged(path);
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  );
}

/** Adds the voxel size and the channel names to a file's summary. The voxel size is in the JSON text of the file. */
async function withSummary(
  file: FileSummary,
  path: string,
  channels: readonly string[],
  step: number,
): Promise<FileSummary> {
  if (file.description === undefined) return file;
  const head = (await readPart(path, 0, SUMMARY_AT + 4 + MOST_SUMMARY_BYTES)) ?? Buffer.alloc(0);
  const length = head.length >= SUMMARY_AT + 4 ? head.readUInt32LE(SUMMARY_AT) : 0;
  const summary = jsonOf(head.toString('utf8', SUMMARY_AT + 4, SUMMARY_AT + 4 + length));
  const number = (name: string) => {
    const value: unknown =
      typeof summary === 'object' && summary !== null ? Reflect.get(summary, name) : undefined;
    return typeof value === 'number' ? 1000 * value : NaN;
  };
  const pixel = number('PixelSize_um');
  const { resolutionNm } = geometry([pixel, pixel, Math.abs(number('z-step_um') * step)]);
  const isNamed = channels.length > 1 || channels[0] !== '';
  const description = {
    ...file.description,
    channels: 1,
    ...(isNamed ? { channelNames: channels } : {}),
    resolutionNm,
  };
  return { ...file, description, resolutionNm };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads up to `most` bytes from `start` on. Returns undefined if the file doesn't exist. */
async function readPart(path: string, start: number, most: number): Promise<Buffer | undefined> {
  try {
    const file = await openRegularFile(path);
    try {
      const bytes = Buffer.alloc(Math.min(most, Math.max(0, file.sizeBytes - start)));
      return bytes.subarray(0, await file.read(start, bytes));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError('read', path, error);
  }
}

function damaged(path: string): InvalidInputError {
  return new InvalidInputError(`${path}, which states the order of the pages, is cut off or damaged.`, {
    remedy: 'Copy the whole folder again from the original.',
  });
}
