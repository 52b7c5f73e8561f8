import { bytesPerVoxel } from '../../../shared/base/data-type';
import { toStudioError, type StudioError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { inLanes } from '../../../shared/base/in-lanes';
import type { OpenOptions } from '../source-opener';
import { seriesOf, type ImageDescription } from './image-description';
import { countedAxes } from './array-shape';
import { damageOf } from './page-check';
import { noteDigest } from '../slices/file-digest';
import { accessTo, inReadingOrder } from '../slices/slice-access';
import type { SliceFile, SliceFiles } from '../slices/slice-file';
import { openSliceFiles, type SliceFilesRef } from '../slices/slice-files';
import type { PagePlace } from './slice-table';
import { TiffFile } from './tiff-file';
import type { PageLayout, TiffPage } from './tiff-page';

/**
 * What a stack needs to know about a page before it reads the page. The offsets of the page's units are not included;
 * they are read from the file again when needed.
 */
export interface PageSummary {
  readonly place: PagePlace;
  readonly layout: PageLayout;
  /** The position of its first strip or tile in the file. */
  readonly firstUnitOffset: number;
  /** The stored length of the longest strip or tile. */
  readonly largestUnitBytes: number;
}

/** What the directories of one file contain. */
export interface FileSummary {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isBigTiff: boolean;
  /** The images of the file, without thumbnails and pyramid levels. */
  readonly pages: readonly PageSummary[];
  readonly resolutionNm: Vec3 | undefined;
  /** What the program that wrote the file says about all pages together. */
  readonly description: ImageDescription | undefined;
  /** Set if the file is undamaged but of a kind that isn't supported. The message is in `problems` too. */
  readonly unsupported?: StudioError;
  /** Set if the pages are points in time and the options don't say which ones to read. */
  readonly timesProblem?: string;
  /** What is wrong with the file, one line per problem. */
  readonly problems: readonly string[];
}

/** Reads the directories of the files `names`. Problems with a file are reported in its summary. */
export async function surveyFiles(
  ref: SliceFilesRef,
  names: readonly string[],
  options: OpenOptions,
): Promise<FileSummary[]> {
  const summaries: FileSummary[] = new Array(names.length);
  const files = openSliceFiles(ref);
  try {
    await inLanes(inReadingOrder(ref, names), accessTo(ref).filesAtOnce, async ([i, name]) => {
      summaries[i] = await surveyFile(files, ref, name, options);
    });
    return summaries;
  } finally {
    await files.close();
  }
}

async function surveyFile(
  files: SliceFiles,
  ref: SliceFilesRef,
  name: string,
  options: OpenOptions,
): Promise<FileSummary> {
  let file: SliceFile | undefined;
  try {
    file = await files.open(name);
    const tiff = await TiffFile.of(file);
    const { sizeBytes, modifiedMs, isBigTiff } = tiff;
    const pages = await surveyPages(tiff, options);
    if (options.isForJob === true) await noteDigest(ref, tiff, partsOf(tiff));
    return { name, sizeBytes, modifiedMs, isBigTiff, ...pages };
  } catch (error) {
    const known = toStudioError(error);
    const { tag, message } = known;
    if (tag === 'bug') throw error;
    const problems = [message.startsWith(name) ? message : `${name}: ${message}`];
    return {
      name,
      sizeBytes: 0,
      modifiedMs: 0,
      isBigTiff: false,
      pages: [],
      resolutionNm: undefined,
      description: undefined,
      problems,
      ...(tag === 'unsupported' ? { unsupported: known } : {}),
    };
  } finally {
    await file?.close();
  }
}

function partsOf(file: TiffFile) {
  return (offset: number, length: number) => file.bytes(offset, length, file.name);
}

type PagesSummary = Pick<FileSummary, 'pages' | 'resolutionNm' | 'description' | 'problems' | 'timesProblem'>;

async function surveyPages(file: TiffFile, options: OpenOptions): Promise<PagesSummary> {
  const pages: PageSummary[] = [];
  const problems: string[] = [];
  const seen = new Set<number>();
  let first: TiffPage | undefined;
  let next = file.firstPageOffset;
  while (next !== 0) {
    if (seen.has(next)) {
      problems.push(`${file.name}: its list of pages runs in a circle after page ${seen.size}`);
      break;
    }
    seen.add(next);
    const name = pageName(file.name, seen.size);
    const page = await file.page(next, name);
    if (!page.isReduced) {
      first ??= page;
      const problem = damageOf(page, file.sizeBytes);
      if (problem !== undefined) problems.push(`${name}: ${problem}`);
      const place = { number: seen.size, directoryOffset: next, shiftBytes: 0 };
      pages.push({
        place,
        layout: page.layout,
        firstUnitOffset: page.unitOffsets[0] ?? 0,
        largestUnitBytes: largest(page.unitBytes),
      });
    }
    next = page.nextPageOffset;
  }
  if (first === undefined)
    return {
      pages,
      resolutionNm: undefined,
      description: undefined,
      problems: [`${file.name} holds no image`],
    };
  const description = seriesOf(first.description, options.dataset) ?? first.description;
  const { resolutionNm } = description;
  const timesProblem = pointsInTime(description, options);
  const own = first.description.series.length > 0 ? pagesOf(description, pages, file.name) : pages;
  const all = own.length === 1 ? withPagesBehind(own, first, file) : own;
  const lost = pagesCutOff(all, first, file);
  if (lost !== undefined) problems.push(`${file.name}: ${lost}`);
  return {
    pages: all,
    resolutionNm,
    description: { ...description, series: first.description.series },
    problems,
    ...(timesProblem === undefined ? {} : { timesProblem: `${file.name}: ${timesProblem}` }),
  };
}

/** Names a page in messages. The first page has the name of its file, because most files have only one page. */
export function pageName(fileName: string, number: number): string {
  return number === 1 ? fileName : `${fileName} page ${number}`;
}

/** Returns the pages of one image of a file that may hold several images. */
function pagesOf(
  { planes }: ImageDescription,
  pages: readonly PageSummary[],
  fileName: string,
): readonly PageSummary[] {
  if (planes === undefined) return pages;
  const { runs, sizeZ, sizeC, sizeT } = planes;
  const hasOthers = new Set(runs.map(({ file }) => file)).size > 1;
  const own = runs.filter(({ file }) => !hasOthers || file === undefined || file.endsWith(fileName));
  return pages.filter(({ place }) =>
    own.some(({ page, count = sizeZ * sizeC * sizeT }) => {
      const index = place.number - 1 - page;
      return index >= 0 && index < count;
    }),
  );
}

/** Reports that the pages are points in time, unless the options say how to read them. */
function pointsInTime({ frames }: ImageDescription, { axes, time }: OpenOptions): string | undefined {
  if (frames === 1 || axes !== undefined || time !== undefined) return undefined;
  return `its pages are ${frames} points in time`;
}

/**
 * Adds the pages that follow the first one without directories. ImageJ writes only one directory into files of more
 * than 4 GiB: the other images follow the first one without a gap (ij.io.TiffEncoder and ij.io.FileInfo.nImages of
 * ImageJ 1).
 */
function withPagesBehind(
  pages: readonly PageSummary[],
  first: TiffPage,
  file: TiffFile,
): readonly PageSummary[] {
  const [page] = pages;
  const images = statedImages(first);
  const pageBytes = bytesOfPlainPage(first);
  if (page === undefined || images === undefined || pageBytes === undefined) return pages;
  if (pagesThatFit(first, page.place, pageBytes, file) < images) return pages;
  return Array.from({ length: images }, (_, i) => ({
    ...page,
    place: { ...page.place, number: i + 1, shiftBytes: i * pageBytes },
  }));
}

/**
 * Reports that pages are missing because the file is cut off. A single page that was extracted from a stack may still
 * declare all images of the stack; it isn't reported if nothing follows it.
 */
function pagesCutOff(pages: readonly PageSummary[], first: TiffPage, file: TiffFile): string | undefined {
  const { array } = first.description;
  const images = statedImages(first) ?? 1;
  if (array !== undefined && images > pages.length) {
    return `its description names ${images} slices (shape ${array.shape.join(' × ')}), but it contains ${pages.length}`;
  }
  const pageBytes = bytesOfPlainPage(first);
  if (pages.length !== 1 || images < 2 || pageBytes === undefined) return undefined;
  const [page] = pages;
  const there = page === undefined ? 0 : pagesThatFit(first, page.place, pageBytes, file);
  return there > 1
    ? `it is cut off: ImageJ's metadata names ${images} images, but it contains ${there}`
    : undefined;
}

/** Returns the number of pages that ImageJ or tifffile declares, if either of them does. */
function statedImages({ description: { array, images }, layout }: TiffPage): number | undefined {
  if (array === undefined) return images;
  return countedAxes(array, layout)?.reduce((product, { length }) => product * length, 1);
}

/** Returns the size of a page's voxels, or undefined if other pages can't follow it without a gap. */
function bytesOfPlainPage({ layout }: TiffPage): number | undefined {
  const { width, height, channels, compression, tiled } = layout;
  if (compression !== 'none' || tiled) return undefined;
  return layout.packedBits > 0 || layout.isHalf
    ? undefined
    : width * height * channels * bytesPerVoxel(layout.dataType);
}

/**
 * Returns how many images the file has room for, including the first one. Images can follow the first one only if its
 * directory comes before its voxels.
 */
function pagesThatFit(
  { unitOffsets }: TiffPage,
  { directoryOffset }: PagePlace,
  pageBytes: number,
  { sizeBytes }: TiffFile,
): number {
  if ((unitOffsets[0] ?? 0) < directoryOffset) return 1;
  return Math.floor((sizeBytes - (unitOffsets[0] ?? 0)) / pageBytes);
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? 0);
  return most;
}
