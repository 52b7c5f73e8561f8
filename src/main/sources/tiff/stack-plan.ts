import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { accessTo } from '../slices/slice-access';
import type { SliceFilesRef } from '../slices/slice-files';
import type { SliceListing } from '../slices/slice-listing';
import { orderSlices } from '../slices/slice-order';
import { refusedStack } from '../slices/stack-refusal';
import { mostCommonLayout, problemsOfLayout, problemsOfSlice } from './stack-problems';
import { sliceTable, type SliceRef, type SliceTable } from './slice-table';
import { describeStack, planMemory } from './stack-metadata';
import { surveyFiles, type FileSummary } from './survey';

/** All that is needed to read a stack, without looking at its folder again. */
export interface TiffHandle extends SourceHandle {
  readonly format: 'tiff';
  readonly files: SliceFilesRef;
  readonly slices: SliceTable;
  readonly slicesAtOnce: number;
  readonly metadata: SourceMetadata;
}

/**
 * Plans a stack from files with one slice each, or from one file with one page a slice.
 * @throws InvalidInputError with all that is wrong in `details`.
 */
export async function planStack(
  path: string,
  listing: SliceListing,
  options: OpenOptions,
): Promise<TiffHandle> {
  const files = await surveyFiles(listing.files, listing.names);
  return finish(listing.isSingle ? ofPages(files) : ofFiles(files, listing, options), path, listing, options);
}

function ofPages(files: readonly FileSummary[]): Draft {
  const problems = files.flatMap((file) => file.problems);
  return { files, slices: files.flatMap(refsOf), problems, facts: [] };
}

function ofFiles(files: readonly FileSummary[], { names }: SliceListing, options: OpenOptions): Draft {
  const order = orderSlices(names, options.gaps ?? 'refuse');
  const refs = new Map(files.map((file) => [file.name, refsOf(file)[0] ?? null]));
  const slices = order.slices.map((name) => (name === undefined ? null : (refs.get(name) ?? null)));
  const problems = [...order.problems, ...files.flatMap(problemsOfSlice)];
  return { files, slices, problems, facts: [['numbering', order.numbering]] };
}

interface Draft {
  readonly slices: readonly (SliceRef | null)[];
  readonly files: readonly FileSummary[];
  readonly problems: readonly string[];
  readonly facts: SourceMetadata['facts'];
}

function finish(draft: Draft, path: string, listing: SliceListing, options: OpenOptions): TiffHandle {
  const { slices, files, facts } = draft;
  const problems = [...draft.problems, ...problemsOfLayout(files, options.kind ?? 'segmentation')];
  const pages = files.flatMap((file) => file.pages);
  const layout = mostCommonLayout(pages);
  if (problems.length > 0 || layout === undefined) throw refusedStack(path, problems, options);
  const access = accessTo(listing.files);
  const { slicesAtOnce, decodeBytes } = planMemory(pages, access);
  const depth = slices.length;
  const { passedOver, container } = listing;
  const stack = { depth, layout, files, pages, passedOver, decodeBytes, wholeSlices: access.wholeSlices };
  const packing: typeof facts = container === undefined ? [] : [['archive', container]];
  const metadata = describeStack({ ...stack, facts: [...facts, ...packing] });
  return { format: 'tiff', files: listing.files, slices: sliceTable(slices), slicesAtOnce, metadata };
}

function refsOf(file: FileSummary): SliceRef[] {
  return file.pages.map((page) => ({ file: file.name, sizeBytes: file.sizeBytes, ...page.place }));
}
