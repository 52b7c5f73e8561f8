import { createHash } from 'node:crypto';
import { bytesPerVoxel, isInteger } from '../../../shared/base/data-type';
import { equal3, type Vec3 } from '../../../shared/base/vec3';
import type { SliceAccess } from '../slices/slice-access';
import type { SourceMetadata, TileGrid } from '../volume-source';
import { bytesPerUnitRow } from './unit-decoder';
import type { ImageDescription } from './image-description';
import { READ_BYTES } from './segments';
import type { FileSummary, PageSummary } from './survey';
import { isImageCompression, samplesPerVoxel, type PageLayout } from './tiff-page';

interface SurveyedStack {
  /** The number of slices, including slices of zeros. */
  readonly depth: number;
  /** How many pages hold the channels of each slice. */
  readonly planes: number;
  /** The number of channels that are packed into the id of a voxel; 0 if channels stay channels. */
  readonly packed: number;
  /** A layout with the size, type and channels that all pages have. */
  readonly layout: PageLayout;
  readonly files: readonly FileSummary[];
  readonly pages: readonly PageSummary[];
  readonly passedOver: readonly string[];
  readonly decodeBytes: number;
  /** The number of whole slices that are best read one after the other; 0 if parts of slices are read. */
  readonly wholeSlices: number;
  /** True if the channels of a page are consecutive slices. */
  readonly channelsAreSlices: boolean;
  /** See {@link SourceMetadata.storedAxes}. */
  readonly storedAxes: SourceMetadata['storedAxes'];
  /** True if these are one of several points in time. */
  readonly hasTimes: boolean;
  /** Set if the slices are tiles. */
  readonly mosaic?: TileGrid | undefined;
  /** True if 0 is white and the largest number is black. */
  readonly isInverted: boolean;
  /** Facts to show in addition to those from the files. */
  readonly facts: SourceMetadata['facts'];
}

/** Describes a stack by its directories. Precondition: at least one page. */
export function describeStack(stack: SurveyedStack): SourceMetadata {
  const { width, height, dataType, channels } = stack.layout;
  const layouts = stack.pages.map((page) => page.layout);
  const resolutionNm = commonResolution(stack.files);
  const description = stack.files[0]?.description;
  return {
    format: 'TIFF stack',
    takes: ['gaps', 'tiles', 'colours', ...(stack.hasTimes ? (['time'] as const) : [])],
    size: [width, height, stack.depth],
    dataType: stack.packed > 0 ? 'uint32' : dataType,
    channels: stack.packed > 0 ? 1 : channels * stack.planes,
    ...namesOf(stack),
    storageShape:
      stack.wholeSlices > 0
        ? [width, height, Math.min(stack.wholeSlices, stack.depth)]
        : storageShape(layouts),
    decodeBytes: stack.decodeBytes,
    ...(resolutionNm === undefined ? {} : { resolutionNm }),
    ...(description?.voxelOffset === undefined ? {} : { voxelOffset: description.voxelOffset }),
    ...scalingOf(stack),
    ...(stack.storedAxes === undefined ? {} : { storedAxes: stack.storedAxes }),
    ...(stack.mosaic === undefined ? {} : { mosaic: stack.mosaic }),
    ...(stack.channelsAreSlices ? { channelsAreSlices: true } : {}),
    facts: [
      ['slices', String(stack.depth)],
      ...stack.facts,
      ...(stack.packed > 0 ? [['taken as', 'ids R + 256 G + 65536 B'] as const] : []),
      ['compression', distinct(layouts.map((each) => each.compression))],
      ...(layouts.some(({ predictor }) => predictor !== 'none')
        ? [['predictor', distinct(layouts.map((each) => each.predictor))] as const]
        : []),
      ['layout', distinct(layouts.map(describeUnits))],
      ['byte order', distinct(layouts.map((each) => (each.littleEndian ? 'little endian' : 'big endian')))],
      ['variant', distinct(stack.files.map((file) => (file.isBigTiff ? 'BigTIFF' : 'TIFF')))],
    ],
    passedOver: [
      ...stack.passedOver,
      ...(description?.passedOver ?? []),
      ...otherSeries(description),
      ...notesOf(layouts, stack.isInverted),
    ],
    fingerprint: fingerprint(stack.files),
  };
}

function otherSeries(description: ImageDescription | undefined): string[] {
  const others = description?.series.filter(({ image }) => image.planes !== description.planes) ?? [];
  return others.map(({ path }) => `${path}: another image`);
}

/** Returns the scaling that ImageJ wrote or, for inverted stacks of integers, one that makes 0 the largest number. */
function scalingOf({ files, layout, isInverted }: SurveyedStack): Pick<SourceMetadata, 'scaling'> {
  const scaling = files[0]?.description?.scaling;
  if (scaling !== undefined) return { scaling };
  if (!isInverted || !isInteger(layout.dataType)) return {};
  return { scaling: { slope: -1, intercept: 2 ** (8 * bytesPerVoxel(layout.dataType)) - 1 } };
}

/** Returns notes on values that may differ from what other programs show. */
function notesOf(layouts: readonly PageLayout[], isInverted: boolean): string[] {
  const notes: string[] = [];
  // Some programs show the stored numbers, others the inverted ones.
  if (!isInverted && layouts.some((layout) => layout.photometric === 'white is zero')) {
    notes.push(
      'white as 0 (photometric MINISWHITE): the numbers are those that are stored, unless colours are taken as inverted',
    );
  }
  if (layouts.some(({ compression }) => ['JPEG 2000', 'LERC', 'WebP'].includes(compression))) {
    notes.push(
      'what JPEG 2000, LERC or WebP lost, if they were saved with loss: values are those that are stored',
    );
  }
  return notes;
}

/** Returns the channel names from OME metadata, or the names of the colours for RGB stacks. */
function namesOf(stack: SurveyedStack): Pick<SourceMetadata, 'channelNames'> {
  const stated = stack.files[0]?.description?.channelNames;
  const channels = stack.layout.channels * stack.planes;
  if (stated?.length === channels && stack.packed === 0) return { channelNames: stated };
  return isRgb(stack) ? { channelNames: ['red', 'green', 'blue'] } : {};
}

function isRgb({ layout, planes, packed }: SurveyedStack): boolean {
  return layout.photometric === 'RGB' && layout.channels === 3 && planes === 1 && packed === 0;
}

/** Returns the resolution of the files, or undefined if it isn't the same in all of them. */
function commonResolution(files: readonly FileSummary[]): Vec3 | undefined {
  const first = files[0]?.resolutionNm;
  if (first === undefined) return undefined;
  return files.every(({ resolutionNm }) => resolutionNm !== undefined && equal3(resolutionNm, first))
    ? first
    : undefined;
}

/** The most slices that are read at the same time if each read is small. Parallel reads hide the disk's latency. */
const MOST_SLICES_AT_ONCE = 4;
const LITTLE_BYTES = 16 << 20;

/** Returns how many slices may be read at the same time, and the bytes of memory that this takes besides the target. */
export function planMemory(
  pages: readonly PageSummary[],
  { filesAtOnce, heldBytes, slicesAtOnce: most = MOST_SLICES_AT_ONCE }: SliceAccess,
): { slicesAtOnce: number; decodeBytes: number } {
  const readBytes = pages.reduce((most, page) => Math.max(most, bytesOfOneRead(page)), READ_BYTES);
  const decodedBytes = pages.reduce((most, page) => Math.max(most, bytesToDecode(page)), 0);
  const slicesAtOnce = readBytes <= LITTLE_BYTES ? Math.min(most, filesAtOnce) : 1;
  return { slicesAtOnce, decodeBytes: slicesAtOnce * readBytes + decodedBytes + heldBytes };
}

function bytesOfOneRead({ layout, largestUnitBytes }: PageSummary): number {
  return layout.compression === 'none' ? bytesPerUnitRow(layout) : largestUnitBytes;
}

/** Returns the bytes of a decoded unit, or of some rows of one, and of the copies that some layouts and codecs make. */
function bytesToDecode({ layout }: PageSummary): number {
  const rowBytes = bytesPerUnitRow(layout);
  const decoded =
    layout.compression === 'none' ? Math.max(rowBytes, READ_BYTES) : rowBytes * layout.unitHeight;
  const isCopied = layout.compression === 'Zstandard' || isImageCompression(layout.compression);
  const copies = (samplesPerVoxel(layout) > 1 ? 2 : 0) + (isCopied ? 2 : 0);
  return decoded * (1 + copies);
}

function storageShape(layouts: readonly PageLayout[]): Vec3 {
  let best: Vec3 = [1, 1, 1];
  for (const layout of layouts) {
    // Uncompressed strips can be read row by row.
    const rows = layout.compression === 'none' && !layout.tiled ? 1 : layout.unitHeight;
    if (layout.unitWidth * rows > best[0] * best[1]) best = [layout.unitWidth, rows, 1];
  }
  return best;
}

function describeUnits(layout: PageLayout): string {
  const kind = layout.tiled ? 'tiles' : 'strips';
  const bytes = layout.unitWidth * layout.unitHeight * bytesPerVoxel(layout.dataType);
  return `${kind} of ${layout.unitWidth} × ${layout.unitHeight} (${Math.ceil(bytes / 1024)} KiB)`;
}

function distinct(values: readonly string[]): string {
  return [...new Set(values)].join(', ');
}

function fingerprint(files: readonly FileSummary[]): string {
  const hash = createHash('sha256');
  for (const { name, sizeBytes, modifiedMs } of files) hash.update(`${name}\0${sizeBytes}\0${modifiedMs}\n`);
  return hash.digest('hex');
}
