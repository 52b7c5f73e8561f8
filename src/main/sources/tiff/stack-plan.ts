import { basename, dirname } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { scanFolder } from './folder-scan';
import { orderSlices } from './slice-order';
import { describeStack } from './stack-metadata';
import { surveyFiles, type FileSummary, type PageSummary } from './survey';
import { describeGrid, sameGrid, type PageLayout } from './tiff-page';

/** Where a slice is: a page of a file. The size tells whether the file is still the one that was planned. */
export interface SliceRef {
  readonly file: string;
  readonly sizeBytes: number;
  readonly pageOffset: number;
}

/** All that is needed to read a stack, without looking at its folder again. */
export interface TiffHandle extends SourceHandle {
  readonly format: 'tiff';
  readonly folder: string;
  /** One for each z; null for a slice of zeros. */
  readonly slices: readonly (SliceRef | null)[];
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
  const byName = new Map(files.map((file) => [file.name, file]));
  const pages = files.flatMap((file) => file.pages.slice(0, 1));
  const problems = [...order.problems, ...files.flatMap(problemsOfSlice), ...problemsOfGrid(pages, options)];
  const layout = mostCommonLayout(pages);
  if (problems.length > 0 || layout === undefined) throw refusal(folder, problems, options);
  const slices = order.slices.map((name) => {
    const file = name === undefined ? undefined : byName.get(name);
    const page = file?.pages[0];
    return file && page ? { file: file.name, sizeBytes: file.sizeBytes, pageOffset: page.pageOffset } : null;
  });
  const facts = [['numbering', order.numbering]] as const;
  const metadata = describeStack({ depth: slices.length, layout, files, pages, passedOver, facts });
  return { format: 'tiff', folder, slices, metadata };
}

/** Plans a stack from one file with one page a slice. */
export async function planFile(path: string, options: OpenOptions): Promise<TiffHandle> {
  const folder = dirname(path);
  const files = await surveyFiles(folder, [basename(path)]);
  const pages = files.flatMap((file) => file.pages);
  const problems = [...files.flatMap((file) => file.problems), ...problemsOfGrid(pages, options)];
  const layout = mostCommonLayout(pages);
  if (problems.length > 0 || layout === undefined) throw refusal(path, problems, options);
  const slices = files.flatMap((file) =>
    file.pages.map((page) => ({ file: file.name, sizeBytes: file.sizeBytes, pageOffset: page.pageOffset })),
  );
  const metadata = describeStack({ depth: slices.length, layout, files, pages, passedOver: [], facts: [] });
  return { format: 'tiff', folder, slices, metadata };
}

function problemsOfSlice(file: FileSummary): readonly string[] {
  if (file.pages.length < 2) return file.problems;
  return [
    ...file.problems,
    `${file.name}: has ${file.pages.length} pages; in a folder each file must be one slice`,
  ];
}

function problemsOfGrid(pages: readonly PageSummary[], options: OpenOptions): string[] {
  const common = mostCommonLayout(pages);
  if (common === undefined) return [];
  const problems: string[] = [];
  for (const { name, layout } of pages) {
    if (!sameGrid(layout, common)) {
      problems.push(`${name}: is ${describeGrid(layout)}, the others are ${describeGrid(common)}`);
    }
    const reason = options.kind === 'image' ? undefined : unfitForLabels(layout);
    if (reason !== undefined) problems.push(`${name}: ${reason}`);
  }
  return problems;
}

function unfitForLabels(layout: PageLayout): string | undefined {
  if (layout.photometric === 'RGB') return 'is a colour image (RGB): colours are not segment ids';
  if (layout.channels > 1) return `has ${layout.channels} channels: segment ids have one`;
  if (layout.dataType.startsWith('float'))
    return `holds ${layout.dataType} numbers: segment ids are whole numbers`;
  return undefined;
}

function mostCommonLayout(pages: readonly PageSummary[]): PageLayout | undefined {
  const counts = new Map<string, { layout: PageLayout; count: number }>();
  for (const { layout } of pages) {
    const key = describeGrid(layout);
    const entry = counts.get(key) ?? { layout, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  let best: { layout: PageLayout; count: number } | undefined;
  for (const entry of counts.values()) {
    if (best === undefined || entry.count > best.count) best = entry;
  }
  return best?.layout;
}

function refusal(path: string, problems: readonly string[], options: OpenOptions): InvalidInputError {
  const [only] = problems;
  const message =
    problems.length === 1 && only !== undefined
      ? `the stack ${path} can't be read: ${only}`
      : `the stack ${path} can't be read: ${problems.length} things are wrong`;
  const gaps = problems.some((line) => line.endsWith('missing')) && (options.gaps ?? 'refuse') === 'refuse';
  return new InvalidInputError(message, {
    remedy: gaps
      ? 'Put the missing slices back, or accept gaps: "zero" puts empty slices there, "close" closes up.'
      : 'Move files that are no slices out of the folder and replace damaged or differing ones.',
    details: problems,
    fields: { path },
  });
}
