import type { OpenOptions } from '../source-opener';
import { describeGrid, mostCommonGrid, sameGrid } from '../slices/slice-grid';
import { otherProblems, type StackProblem } from '../slices/stack-refusal';
import { bytesPerUnitRow } from './unit-decoder';
import { problemsOfColours } from './colours';
import { pageName, type FileSummary, type PageSummary } from './survey';
import type { PageLayout } from './tiff-page';

/** The largest size that zlib and typed arrays support on every machine. */
const MOST_CELL_BYTES = 2 ** 31 - 1;

/** Returns what is wrong with the files as slices of a folder. Files with several pages are counted, not listed. */
export function problemsOfSlices(files: readonly FileSummary[]): readonly StackProblem[] {
  const [first, ...others] = files.filter(({ pages }) => pages.length > 1);
  const more = others.length === 0 ? '' : `, as have ${others.length} other files`;
  const paged: StackProblem[] =
    first === undefined
      ? []
      : [
          {
            text: `${first.name} has ${first.pages.length} pages${more}; in a folder each file must be one slice`,
            cause: 'several-pages',
          },
        ];
  return [...files.flatMap(problemsOfSlice), ...paged];
}

function problemsOfSlice({ name, pages, problems, description }: FileSummary): readonly StackProblem[] {
  const channels = pages.length === 1 && pages[0]?.layout.channels === 1 ? (description?.channels ?? 1) : 1;
  const isOneOf = channels === 1 ? [] : [`${name} is one of ${channels} channels`];
  return otherProblems([...problems, ...isOneOf]);
}

/** Returns the pages that differ from most others or don't suit the options, one problem each. */
export function problemsOfLayout(
  files: readonly FileSummary[],
  planes: number,
  options: OpenOptions,
): StackProblem[] {
  const usual = mostCommonLayout(files.flatMap((file) => file.pages));
  if (usual === undefined) return [];
  // One of several channels may hold labels, so the checks for labels don't apply.
  const kind = options.channel === undefined ? (options.kind ?? 'segmentation') : 'image';
  const ofColours = problemsOfColours(
    files.flatMap((file) => file.pages.map(({ layout }) => layout)),
    { ...options, kind },
  );
  if (ofColours.length > 0) return ofColours;
  const isPacked = options.colours === 'packed';
  const unfit = (layout: PageLayout): StackProblem | undefined =>
    kind === 'segmentation' && !isPacked ? unfitForLabels(layout) : undefined;
  if (planes > 1 && (kind === 'segmentation' || isPacked)) {
    const text = `${files[0]?.name ?? ''}: its pages are ${planes} channels, but segment ids have one`;
    return [{ text, cause: files.length === 1 ? 'channels-of-pages' : 'channels' }];
  }
  // A problem that all slices share is reported once.
  const common = files.length > 1 ? unfit(usual) : undefined;
  const problems: StackProblem[] =
    common === undefined ? [] : [{ text: `each slice ${common.text}`, cause: common.cause }];
  for (const file of files) {
    for (const { place, layout } of file.pages) {
      const name = pageName(file.name, place.number);
      if (!sameGrid(layout, usual)) {
        const text = `${name} is ${describeGrid(layout)}, the others are ${describeGrid(usual)}`;
        problems.push({ text, cause: files.length === 1 ? 'several-images' : 'other' });
      }
      const reason = unfit(layout);
      if (reason !== undefined && reason.text !== common?.text)
        problems.push({ text: `${name} ${reason.text}`, cause: reason.cause });
      const tooLarge = reason === undefined ? unfitForMemory(layout) : undefined;
      if (tooLarge !== undefined) problems.push({ text: `${name} ${tooLarge}`, cause: 'other' });
    }
  }
  return problems;
}

/** Returns why a page can't hold labels, in a text that follows its name. */
function unfitForLabels({ compression, photometric, channels }: PageLayout): StackProblem | undefined {
  if (compression === 'JPEG')
    return {
      text: 'is stored as JPEG, which changes values and so makes other ids of them',
      cause: 'no-labels',
    };
  if (photometric === 'RGB')
    return {
      text: 'is a colour image (RGB), whose colours are segment ids only if ids were packed into them',
      cause: 'colours',
    };
  if (channels > 1) return { text: `has ${channels} channels, but segment ids have one`, cause: 'channels' };
  return undefined;
}

function unfitForMemory(layout: PageLayout): string | undefined {
  const bytes = bytesPerUnitRow(layout) * layout.unitHeight;
  if (layout.compression === 'none' || bytes <= MOST_CELL_BYTES) return undefined;
  const gib = (bytes / 2 ** 30).toFixed(1);
  return `is compressed as one piece of ${gib} GiB: save it again with smaller strips or tiles`;
}

/** Returns the layout with the size, type and channels that most pages have. */
export function mostCommonLayout(pages: readonly PageSummary[]): PageLayout | undefined {
  return mostCommonGrid(pages.map(({ layout }) => layout));
}
