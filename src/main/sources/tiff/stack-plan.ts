import { basename, dirname, resolve } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { scanFolder } from './folder-scan';
import { EACH_SLICE, mostCommonLayout, problemsOfLayout, problemsOfSlice } from './stack-problems';
import { orderSlices } from './slice-order';
import { sliceTable, type SliceRef, type SliceTable } from './slice-table';
import { describeStack, planMemory } from './stack-metadata';
import { surveyFiles, type FileSummary } from './survey';

/** All that is needed to read a stack, without looking at its folder again. */
export interface TiffHandle extends SourceHandle {
  readonly format: 'tiff';
  readonly folder: string;
  readonly slices: SliceTable;
  readonly slicesAtOnce: number;
  readonly metadata: SourceMetadata;
}

/**
 * Plans a stack from a folder with one file a slice.
 * @throws InvalidInputError with all that is wrong in `details`.
 */
export async function planFolder(folder: string, options: OpenOptions): Promise<TiffHandle> {
  const { slices: names, passedOver } = await scanFolder(folder);
  const order = orderSlices(names, options.gaps ?? 'refuse');
  const files = await surveyFiles(folder, names);
  const problems = [...order.problems, ...files.flatMap(problemsOfSlice)];
  const refs = new Map(files.map((file) => [file.name, refsOf(file)[0] ?? null]));
  const slices = order.slices.map((name) => (name === undefined ? null : (refs.get(name) ?? null)));
  const facts: SourceMetadata['facts'] = [['numbering', order.numbering]];
  return finish({ path: folder, folder, slices, files, problems, passedOver, facts }, options);
}

/** Plans a stack from one file with one page a slice. */
export async function planFile(path: string, options: OpenOptions): Promise<TiffHandle> {
  const folder = dirname(path);
  const files = await surveyFiles(folder, [basename(path)]);
  const slices = files.flatMap(refsOf);
  const problems = files.flatMap((file) => file.problems);
  return finish({ path, folder, slices, files, problems, passedOver: [], facts: [] }, options);
}

interface Draft {
  readonly path: string;
  readonly folder: string;
  readonly slices: readonly (SliceRef | null)[];
  readonly files: readonly FileSummary[];
  readonly problems: readonly string[];
  readonly passedOver: readonly string[];
  readonly facts: SourceMetadata['facts'];
}

function finish(draft: Draft, options: OpenOptions): TiffHandle {
  const { path, folder, slices, files, passedOver, facts } = draft;
  const problems = [...draft.problems, ...problemsOfLayout(files, options.kind ?? 'segmentation')];
  const pages = files.flatMap((file) => file.pages);
  const layout = mostCommonLayout(pages);
  if (problems.length > 0 || layout === undefined) throw refusal(path, problems, options);
  const { slicesAtOnce, decodeBytes } = planMemory(pages);
  const depth = slices.length;
  const metadata = describeStack({ depth, layout, files, pages, passedOver, decodeBytes, facts });
  return { format: 'tiff', folder: resolve(folder), slices: sliceTable(slices), slicesAtOnce, metadata };
}

function refsOf(file: FileSummary): SliceRef[] {
  return file.pages.map((page) => ({ file: file.name, sizeBytes: file.sizeBytes, ...page.place }));
}

function refusal(path: string, problems: readonly string[], options: OpenOptions): InvalidInputError {
  const [only] = problems;
  const what =
    problems.length === 1 && only !== undefined ? only : `${problems.length} things are wrong with it`;
  return new InvalidInputError(`Can't read the stack ${path}: ${what}.`, {
    remedy: remedyOf(problems, options),
    details: problems,
    fields: { path },
  });
}

function remedyOf(problems: readonly string[], options: OpenOptions): string {
  if (problems.some((line) => line.startsWith(EACH_SLICE))) {
    return 'Give a stack of labels, or take it as an image (--type image).';
  }
  if (problems.some((line) => line.endsWith('missing')) && (options.gaps ?? 'refuse') === 'refuse') {
    return 'Put the missing slices back, or accept the gaps: --gaps zero puts empty slices there, --gaps close closes up.';
  }
  return 'Move files that are no slices out of the folder, and replace damaged or differing ones.';
}
