import { chooseDataset } from '../array/choose-dataset';
import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata, TileGrid } from '../volume-source';
import { accessTo } from '../slices/slice-access';
import type { SliceFilesRef } from '../slices/slice-files';
import type { SliceListing } from '../slices/slice-listing';
import { planHyperstack, planNamedFiles, refsOf } from './hyperstack';
import { NDTIFF_INDEX, planNdTiff } from './ndtiff';
import { orderStack, type StackOrder } from '../slices/tile-order';
import { otherProblems, stackError, type StackProblem } from '../slices/stack-refusal';
import { mostCommonLayout, problemsOfLayout, problemsOfSlices } from './stack-problems';
import { storedAxesOf } from './array-shape';
import { seriesOf } from './image-description';
import { planByAxes } from './page-axes';
import { sliceTable, type SliceRef, type SliceTable } from './slice-table';
import { describeStack, planMemory } from './stack-metadata';
import { surveyFiles, type FileSummary } from './survey';

/** Everything that is needed to read a stack, without listing its folder again. */
export interface TiffHandle extends SourceHandle {
  readonly format: 'tiff';
  readonly files: SliceFilesRef;
  readonly slices: SliceTable;
  /** How many pages hold the channels of each z. The table has this many slices for each z. */
  readonly planes: number;
  /** The number of channels that are packed into the id of a voxel; 0 if channels stay channels. */
  readonly packed: number;
  readonly slicesAtOnce: number;
  readonly metadata: SourceMetadata;
}

/**
 * Plans a stack from files with one slice each, or from one file with one page per slice.
 * @throws InvalidInputError with all problems in `details`.
 */
export async function planStack(
  path: string,
  listing: SliceListing,
  options: OpenOptions,
): Promise<TiffHandle> {
  const indexed = await planNdTiff(listing, path, options);
  if (indexed !== undefined) {
    const draft: Draft = { ...indexed, facts: [['numbering', 'by NDTiff.index']] };
    const passedOver = listing.passedOver.filter((name) => !name.startsWith(`${NDTIFF_INDEX}:`));
    return finish(draft, path, { ...listing, passedOver }, options);
  }
  const files = await surveyFiles(listing.files, listing.names, options);
  requireSeries(files, path, options);
  const draft = listing.isSingle
    ? await ofPages(files, listing, options)
    : await ofFiles(files, listing, options);
  return finish(draft, path, listing, options);
}

/**
 * Checks that the options choose an image if the file holds several.
 * @throws InvalidInputError that lists the images otherwise
 */
function requireSeries(files: readonly FileSummary[], path: string, { dataset }: OpenOptions): void {
  const description = files[0]?.description;
  if (description === undefined || description.series.length === 0) return;
  if (seriesOf(description, dataset) === undefined) chooseDataset(description.series, dataset, path);
}

async function ofPages(
  files: readonly FileSummary[],
  listing: SliceListing,
  options: OpenOptions,
): Promise<Draft> {
  const [file] = files;
  const byAxes = file === undefined ? undefined : planByAxes(file, options);
  if (byAxes !== undefined) return { ...byAxes, facts: [] };
  const hyperstack = file === undefined ? undefined : await planHyperstack(file, listing, options);
  if (hyperstack !== undefined) return { ...hyperstack, facts: [] };
  const times = files.flatMap(({ timesProblem: text }): StackProblem[] =>
    text === undefined ? [] : [{ text, cause: 'points-in-time' }],
  );
  const problems = [...otherProblems(files.flatMap((each) => each.problems)), ...times];
  return { files, slices: files.flatMap(refsOf), planes: 1, problems, facts: [] };
}

async function ofFiles(
  files: readonly FileSummary[],
  listing: SliceListing,
  options: OpenOptions,
): Promise<Draft> {
  const hyperstack = options.tiles === undefined ? await planNamedFiles(files, listing, options) : undefined;
  if (hyperstack !== undefined) return { ...hyperstack, facts: [['numbering', 'by OME metadata']] };
  const order = orderStack(listing.names, options);
  const volumes = ofVolumes(files, order);
  if (volumes !== undefined) return volumes;
  const refs = new Map(files.map((file) => [file.name, refsOf(file)[0] ?? null]));
  const slices = order.slices.map((name) => (name === undefined ? null : (refs.get(name) ?? null)));
  const problems = [...order.problems, ...problemsOfSlices(files)];
  return { files, slices, planes: 1, problems, ...orderFacts(order) };
}

/** Plans tiles of one section that have their slices as pages. Returns undefined for tiles of a page and for slices. */
function ofVolumes(files: readonly FileSummary[], order: StackOrder): Draft | undefined {
  const { slices: names, mosaic } = order;
  const depth = files[0]?.pages.length ?? 0;
  if (mosaic === undefined || names.length !== mosaic.columns * mosaic.rows || depth < 2) return undefined;
  const byName = new Map(files.map((file) => [file.name, refsOf(file)]));
  const slices = Array.from({ length: depth * names.length }, (_, i) => {
    const name = names[i % names.length];
    return byName.get(name ?? '')?.[Math.floor(i / names.length)] ?? null;
  });
  const problems = files.flatMap(({ name, pages, problems: own, description }) => [
    ...own,
    ...(pages.length === depth ? [] : [`${name} has ${pages.length} pages, the first tile ${depth}`]),
    ...((description?.channels ?? 1) === 1 ? [] : [`${name} has channels in its pages, which aren't joined`]),
  ]);
  return {
    files,
    slices,
    planes: 1,
    problems: [...order.problems, ...otherProblems(problems)],
    ...orderFacts(order),
  };
}

function orderFacts({ numbering, mosaic }: StackOrder): Pick<Draft, 'facts' | 'mosaic'> {
  return { facts: [['numbering', numbering]], mosaic };
}

interface Draft {
  readonly slices: readonly (SliceRef | null)[];
  readonly planes: number;
  /** True if the input has several points in time and this is one of them. */
  readonly hasTimes?: boolean;
  readonly files: readonly FileSummary[];
  readonly problems: readonly StackProblem[];
  readonly facts: SourceMetadata['facts'];
  readonly mosaic?: TileGrid | undefined;
}

/**
 * Reports whether the channels of a page are really slices. This is so if the options say it, or if the page is an array
 * of slices whose shape tifffile wrote: it stores arrays of 3 or 4 slices as channels. RGB pages of 8 or 16 bits count as
 * slices only for labels, because labels have no colours.
 */
function areSlices(files: readonly FileSummary[], planes: number, { colours, kind }: OpenOptions): boolean {
  const layout = mostCommonLayout(files.flatMap(({ pages }) => pages));
  if (layout === undefined || layout.channels === 1 || planes > 1) return false;
  if (colours !== undefined) return colours === 'slices';
  const shape = files[0]?.description?.array?.shape;
  const isStack = layout.planar && shape?.length === 3 && shape[0] === layout.channels;
  const isPicture = layout.photometric === 'RGB' && ['uint8', 'uint16'].includes(layout.dataType);
  return isStack && (!isPicture || (kind ?? 'segmentation') === 'segmentation');
}

function finish(draft: Draft, path: string, listing: SliceListing, options: OpenOptions): TiffHandle {
  const { slices, planes, files, facts, mosaic, hasTimes = false } = draft;
  const channelsAreSlices = areSlices(files, planes, options);
  const problems = [
    ...draft.problems,
    ...(channelsAreSlices ? [] : problemsOfLayout(files, planes, options)),
  ];
  const pages = files.flatMap((file) => file.pages);
  const layout = mostCommonLayout(pages);
  const unsupported = files.flatMap((file) => file.unsupported ?? []);
  if (problems.length > 0 || layout === undefined) throw stackError(path, problems, unsupported, options);
  const access = accessTo(listing.files);
  const { slicesAtOnce, decodeBytes } = planMemory(pages, access);
  const depth = slices.length / planes;
  const { passedOver, container } = listing;
  const packed = options.colours === 'packed' ? layout.channels : 0;
  const array = files[0]?.description?.array;
  const stack = {
    depth,
    packed,
    planes,
    hasTimes,
    layout,
    files,
    pages,
    passedOver,
    decodeBytes,
    wholeSlices: access.wholeSlices,
    channelsAreSlices,
    mosaic,
    storedAxes:
      listing.isSingle && options.axes === undefined && array !== undefined
        ? storedAxesOf(array, layout)
        : undefined,
    isInverted: options.colours === 'inverted',
  };
  const packing: typeof facts = container === undefined ? [] : [['archive', container]];
  const metadata = describeStack({ ...stack, facts: [...facts, ...packing] });
  return {
    format: 'tiff',
    files: listing.files,
    slices: sliceTable(slices),
    planes,
    packed,
    slicesAtOnce,
    metadata,
  };
}
