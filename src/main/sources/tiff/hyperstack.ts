import type { SliceListing } from '../slices/slice-listing';
import type { OpenOptions } from '../source-opener';
import { requireTime } from '../array/points-in-time';
import { planesOf, type OmePlanes } from './ome-planes';
import type { SliceRef } from './slice-table';
import { otherProblems, type StackProblem } from '../slices/stack-refusal';
import { surveyFiles, type FileSummary } from './survey';

/** Pages as planes, ordered by z, then by channel. */
export interface Hyperstack {
  readonly files: readonly FileSummary[];
  readonly slices: readonly (SliceRef | null)[];
  /** How many planes hold the channels of each z. */
  readonly planes: number;
  /** True if the input has several points in time and this is one of them. */
  readonly hasTimes: boolean;
  readonly problems: readonly StackProblem[];
}

/**
 * Plans the planes of a file whose metadata says that its pages are channels or points in time, or that the planes are in
 * several files. Returns undefined if the metadata says neither.
 */
export async function planHyperstack(
  file: FileSummary,
  listing: SliceListing,
  options: OpenOptions,
): Promise<Hyperstack | undefined> {
  const { description, pages } = file;
  if (description === undefined || file.problems.length > 0 || file.timesProblem !== undefined)
    return undefined;
  const { frames, planes } = description;
  const { time = 0 } = options;
  if (frames > 1) requireTime(time, frames);
  const others = otherFiles(file, planes);
  const areStated =
    planes !== undefined &&
    (planes.sizeC > 1 || planes.sizeT > 1 || planes.sizeZ >= Math.max(2, pages.length));
  if (planes !== undefined && (areStated || others.length > 0)) {
    const files = [file, ...(await surveyFiles(listing.files, others, options))];
    return byOme(planes, time, file, files);
  }
  const samples = pages[0]?.layout.channels ?? 1;
  const channels = planes === undefined && samples === 1 ? description.channels : 1;
  if (channels === 1 && frames === 1) return undefined;
  const whole = pages.length % (channels * frames) === 0;
  const each = frames > 1 ? `slice of ${frames} points in time` : 'slice';
  const problems = whole
    ? []
    : [missing(`${file.name} has ${pages.length} pages, which isn't ${channels} for each ${each}`)];
  // ImageJ stores all channels of a slice one after the other, then all slices of a point in time.
  const ofTime = Math.floor(pages.length / frames);
  const slices = refsOf(file).slice(time * ofTime, (time + 1) * ofTime);
  return { files: [file], slices, planes: channels, hasTimes: frames > 1, problems };
}

/** Plans the planes of a folder if the metadata of the first file names several files. Otherwise returns undefined. */
export async function planNamedFiles(
  files: readonly FileSummary[],
  listing: SliceListing,
  options: OpenOptions,
): Promise<Hyperstack | undefined> {
  const [first] = files;
  if (first === undefined || otherFiles(first, first.description?.planes).length === 0) return undefined;
  if (options.axes !== undefined) return undefined;
  const hyperstack = await planHyperstack(first, listing, options);
  if (hyperstack === undefined) return undefined;
  const used = new Set(hyperstack.files.map(({ name }) => name));
  const strangers = files
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => `${name} isn't named by the OME metadata of ${first.name}`);
  return { ...hyperstack, problems: [...hyperstack.problems, ...otherProblems(strangers)] };
}

function missing(text: string): StackProblem {
  return { text, cause: 'missing-planes' };
}

export function refsOf(file: FileSummary): SliceRef[] {
  return file.pages.map((page) => ({ file: file.name, sizeBytes: file.sizeBytes, ...page.place }));
}

/** Returns a name without folders, because all files of a stack are in the same folder. */
function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}

/**
 * Returns the names of the other files that hold planes. If the metadata names only one file, it is this file, even if the
 * name differs: the file was renamed after it was written.
 */
function otherFiles(file: FileSummary, planes: OmePlanes | undefined): string[] {
  const names = planes?.runs.flatMap((run) => (run.file === undefined ? [] : baseName(run.file))) ?? [];
  const distinct = [...new Set(names)];
  return distinct.length < 2 ? [] : distinct.filter((name) => name !== file.name);
}

function byOme(
  planes: OmePlanes,
  time: number,
  file: FileSummary,
  files: readonly FileSummary[],
): Hyperstack {
  const problems = otherProblems(files.slice(1).flatMap((other) => other.problems));
  const pages = files.reduce((sum, other) => sum + other.pages.length, 0);
  const { sizeZ, sizeC, sizeT } = planes;
  const [count, hasTimes] = [sizeZ * sizeC * sizeT, sizeT > 1];
  // Checked before the list of planes is allocated, because damaged metadata may declare any number.
  if (count > pages && problems.length === 0) {
    problems.push(
      missing(`${file.name}: its OME metadata names ${count} planes, but there are ${pages} pages`),
    );
  }
  if (problems.length > 0) return { files, slices: [], planes: sizeC, hasTimes, problems };
  const refs = new Map(
    files.map((other) => [other.name, new Map(refsOf(other).map((ref) => [ref.number - 1, ref]))]),
  );
  const lost: number[] = [];
  const slices = planesOf(planes, time).map((plane, i) => {
    const name = plane?.file === undefined || files.length === 1 ? file.name : baseName(plane.file);
    const ref = plane === undefined ? undefined : refs.get(name)?.get(plane.page);
    if (ref === undefined) lost.push(i);
    return ref ?? null;
  });
  if (lost.length > 0) {
    const [first = 0] = lost;
    const place = `z ${Math.floor(first / planes.sizeC)}, channel ${first % planes.sizeC}`;
    const count = `${lost.length} of its ${slices.length} planes have no page`;
    problems.push(missing(`${file.name}: ${count}, the first at ${place}, as its OME metadata has it`));
  }
  return { files, slices, planes: sizeC, hasTimes, problems };
}
