import { createHash } from 'node:crypto';
import { bytesPerVoxel, isInteger } from '../../../shared/base/data-type';
import { equal3, type Vec3 } from '../../../shared/base/vec3';
import type { SliceAccess } from '../slices/slice-access';
import type { SourceMetadata } from '../volume-source';
import { bytesPerUnitRow } from './unit-decoder';
import type { ImageDescription } from './image-description';
import { READ_BYTES } from './segments';
import type { FileSummary, PageSummary } from './survey';
import { isImageCompression, samplesPerVoxel, type PageLayout } from './tiff-page';

interface SurveyedStack {
  /** Number of slices, those of zeros too. */
  readonly depth: number;
  /** Pages of channels for each slice. */
  readonly planes: number;
  /** Channels of a voxel that become its id; 0 where they stay channels. */
  readonly packed: number;
  /** The layout whose size, type and channels all pages have. */
  readonly layout: PageLayout;
  readonly files: readonly FileSummary[];
  readonly pages: readonly PageSummary[];
  readonly passedOver: readonly string[];
  readonly decodeBytes: number;
  /** Slices that are best read as a whole, one after the other; 0 where parts of them are. */
  readonly wholeSlices: number;
  /** The channels of a page are slices, one after the other. */
  readonly channelsAreSlices: boolean;
  /** White is what is stored as 0, black the largest number. */
  readonly isInverted: boolean;
  /** Facts beside those that the files tell. */
  readonly facts: SourceMetadata['facts'];
}

/** What is known of a stack from its directories. Precondition: at least one page. */
export function describeStack(stack: SurveyedStack): SourceMetadata {
  const { width, height, dataType, channels } = stack.layout;
  const layouts = stack.pages.map((page) => page.layout);
  const resolutionNm = commonResolution(stack.files);
  const description = stack.files[0]?.description;
  return {
    format: 'TIFF stack',
    takes: ['gaps', 'colours'],
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
    ...(stack.channelsAreSlices ? { channelsAreSlices: true } : {}),
    facts: [
      ['slices', String(stack.depth)],
      ...stack.facts,
      ...(stack.packed > 0 ? [['taken as', 'ids R + 256 G + 65536 B'] as const] : []),
      ['compression', distinct(layouts.map((each) => each.compression))],
      ['predictor', distinct(layouts.map((each) => each.predictor))],
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

/** What ImageJ says of the numbers, or the numbers as a picture of them is shown. */
function scalingOf({ files, layout, isInverted }: SurveyedStack): Pick<SourceMetadata, 'scaling'> {
  const scaling = files[0]?.description?.scaling;
  if (scaling !== undefined) return { scaling };
  if (!isInverted || !isInteger(layout.dataType)) return {};
  return { scaling: { slope: -1, intercept: 2 ** (8 * bytesPerVoxel(layout.dataType)) - 1 } };
}

/** What may be otherwise than it looks. */
function notesOf(layouts: readonly PageLayout[], isInverted: boolean): string[] {
  const notes: string[] = [];
  // Some programs show the numbers that are stored, others those of the picture.
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

/** As OME tells them, else those of colours. */
function namesOf(stack: SurveyedStack): Pick<SourceMetadata, 'channelNames'> {
  const told = stack.files[0]?.description?.channelNames;
  const channels = stack.layout.channels * stack.planes;
  if (told?.length === channels && stack.packed === 0) return { channelNames: told };
  return isRgb(stack) ? { channelNames: ['red', 'green', 'blue'] } : {};
}

function isRgb({ layout, planes, packed }: SurveyedStack): boolean {
  return layout.photometric === 'RGB' && layout.channels === 3 && planes === 1 && packed === 0;
}

/** Where all files tell the same one. */
function commonResolution(files: readonly FileSummary[]): Vec3 | undefined {
  const first = files[0]?.resolutionNm;
  if (first === undefined) return undefined;
  return files.every(({ resolutionNm }) => resolutionNm !== undefined && equal3(resolutionNm, first))
    ? first
    : undefined;
}

/** Slices of which something is read at the same time, where that is little: it hides the disk's delays. */
const MOST_SLICES_AT_ONCE = 4;
const LITTLE_BYTES = 16 << 20;

/** How many slices may be read at the same time, and what that takes beside the target. */
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

/** A decoded unit, or some rows of one, and the copies that channels, packing them and Zstandard take. */
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
    // Of strips that aren't compressed, single rows are read.
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
