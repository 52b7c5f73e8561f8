import { join } from 'node:path';
import { toStudioError } from '../../../shared/base/errors';
import { TiffFile } from './tiff-file';
import type { PageLayout, TiffPage } from './tiff-page';

/** What a stack needs to know of a page before it reads it. The places of its cells are left in the file. */
export interface PageSummary {
  /** For messages: file, and page where the file has several. */
  readonly name: string;
  readonly pageOffset: number;
  readonly layout: PageLayout;
  /** Stored length of the longest strip or tile. */
  readonly largestCellBytes: number;
}

/** What the directories of one file say. */
export interface FileSummary {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isBigTiff: boolean;
  /** Images, without thumbnails and levels of pyramids. */
  readonly pages: readonly PageSummary[];
  /** Of the first image. */
  readonly description: string;
  readonly voxelsPerUnit: readonly [number, number] | undefined;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
}

/** Files whose directories are read at the same time. */
const AT_ONCE = 32;

/** Reads the directories of `names` in `folder`; what is wrong with a file stands in its summary. */
export async function surveyFiles(folder: string, names: readonly string[]): Promise<FileSummary[]> {
  const summaries: FileSummary[] = new Array(names.length);
  const queue = names.entries();
  const work = async () => {
    for (const [i, name] of queue) summaries[i] = await surveyFile(folder, name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return summaries;
}

async function surveyFile(folder: string, name: string): Promise<FileSummary> {
  const empty = {
    name,
    sizeBytes: 0,
    modifiedMs: 0,
    isBigTiff: false,
    description: '',
    voxelsPerUnit: undefined,
  };
  let file: TiffFile | undefined;
  try {
    file = await TiffFile.open(join(folder, name));
    const { sizeBytes, modifiedMs, isBigTiff } = file;
    return { name, sizeBytes, modifiedMs, isBigTiff, ...(await surveyPages(file)) };
  } catch (error) {
    const { tag, message } = toStudioError(error);
    if (tag === 'bug') throw error;
    return { ...empty, pages: [], problems: [message.startsWith(name) ? message : `${name}: ${message}`] };
  } finally {
    await file?.close();
  }
}

type PagesSummary = Pick<FileSummary, 'pages' | 'description' | 'voxelsPerUnit' | 'problems'>;

async function surveyPages(file: TiffFile): Promise<PagesSummary> {
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
      const problem = cellBeyondEnd(page, file.sizeBytes);
      if (problem !== undefined) problems.push(`${name}: ${problem}`);
      const largestCellBytes = largest(page.cellBytes);
      pages.push({ name, pageOffset: next, layout: page.layout, largestCellBytes });
    }
    next = page.nextPageOffset;
  }
  if (first === undefined) problems.push(`${file.name}: holds no image`);
  return { pages, problems, description: first?.description ?? '', voxelsPerUnit: first?.voxelsPerUnit };
}

/** The first page goes by the name of its file, as most files have no other. */
function pageName(fileName: string, number: number): string {
  return number === 1 ? fileName : `${fileName} page ${number}`;
}

function cellBeyondEnd(page: TiffPage, sizeBytes: number): string | undefined {
  const { cellOffsets, cellBytes } = page;
  for (let i = 0; i < cellOffsets.length; i++) {
    const end = (cellOffsets[i] ?? 0) + (cellBytes[i] ?? 0);
    if (end > sizeBytes) {
      const kind = page.layout.tiled ? 'tile' : 'strip';
      return `the file is cut off: ${kind} ${i} ends at byte ${end}, the file at byte ${sizeBytes}`;
    }
  }
  return undefined;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? 0);
  return most;
}
