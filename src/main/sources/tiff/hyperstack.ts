import type { SliceListing } from '../slices/slice-listing';
import type { OpenOptions } from '../source-opener';
import { planesOf, timesAsChannels, type OmePlanes } from './ome-planes';
import type { SliceRef } from './slice-table';
import { surveyFiles, type FileSummary } from './survey';

/** Pages as planes: by z, and there by channel. */
export interface Hyperstack {
  readonly files: readonly FileSummary[];
  readonly slices: readonly (SliceRef | null)[];
  /** Planes of channels at each z. */
  readonly planes: number;
  readonly problems: readonly string[];
}

/**
 * The planes of a file that tells that its pages are several channels, or that they are in several files; undefined
 * where it tells no such thing.
 */
export async function planHyperstack(
  file: FileSummary,
  listing: SliceListing,
  options: OpenOptions,
): Promise<Hyperstack | undefined> {
  const { description, pages } = file;
  if (description === undefined || file.problems.length > 0 || file.timesProblem !== undefined)
    return undefined;
  const isOfTimes = description.frames > 1;
  const planes = description.planes && (isOfTimes ? timesAsChannels(description.planes) : description.planes);
  const others = otherFiles(file, planes);
  const isTold = planes !== undefined && (planes.sizeC > 1 || planes.sizeZ >= Math.max(2, pages.length));
  if (planes !== undefined && (isTold || others.length > 0)) {
    const files = [file, ...(await surveyFiles(listing.files, others, options))];
    return byOme(planes, file, files);
  }
  const samples = pages[0]?.layout.channels ?? 1;
  const channels = planes === undefined && samples === 1 ? description.channels : 1;
  if (channels === 1 && isOfTimes) return ofTimes(description.frames, file);
  if (channels === 1) return undefined;
  const whole = pages.length % channels === 0;
  const problems = whole
    ? []
    : [`${file.name}: has ${pages.length} pages, which isn't ${channels} for each slice`];
  // ImageJ has all channels of a slice one after the other.
  return { files: [file], slices: refsOf(file), planes: channels, problems };
}

/** The planes of the files of a folder, where the first one's metadata names several files; else undefined. */
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
    .map(({ name }) => `${name}: isn't named by the OME metadata of ${first.name}`);
  return { ...hyperstack, problems: [...hyperstack.problems, ...strangers] };
}

/** Points in time as channels: all slices of one come before those of the next. */
function ofTimes(frames: number, file: FileSummary): Hyperstack {
  const refs = refsOf(file);
  const depth = Math.floor(refs.length / frames);
  const problems =
    depth * frames === refs.length
      ? []
      : [`${file.name}: has ${refs.length} pages, which aren't as many for each of ${frames} points in time`];
  const slices = Array.from(
    { length: depth * frames },
    (_, i) => refs[(i % frames) * depth + Math.floor(i / frames)] ?? null,
  );
  return { files: [file], slices, planes: frames, problems };
}

export function refsOf(file: FileSummary): SliceRef[] {
  return file.pages.map((page) => ({ file: file.name, sizeBytes: file.sizeBytes, ...page.place }));
}

/** Names without folders: a stack's files are beside one another. */
function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}

/**
 * The files beside this one that hold planes. One that was renamed names itself by its old name: where it names one
 * file only, that is itself.
 */
function otherFiles(file: FileSummary, planes: OmePlanes | undefined): string[] {
  const names = planes?.runs.flatMap((run) => (run.file === undefined ? [] : baseName(run.file))) ?? [];
  const distinct = [...new Set(names)];
  return distinct.length < 2 ? [] : distinct.filter((name) => name !== file.name);
}

function byOme(planes: OmePlanes, file: FileSummary, files: readonly FileSummary[]): Hyperstack {
  const problems = files.slice(1).flatMap((other) => other.problems);
  const pages = files.reduce((sum, other) => sum + other.pages.length, 0);
  const { sizeZ, sizeC } = planes;
  // Before a list of them is made, however long it would be.
  if (sizeZ * sizeC > pages && problems.length === 0) {
    problems.push(
      `${file.name}: its OME metadata tells of ${sizeZ * sizeC} planes, there are ${pages} pages`,
    );
  }
  if (problems.length > 0) return { files, slices: [], planes: sizeC, problems };
  const refs = new Map(
    files.map((other) => [other.name, new Map(refsOf(other).map((ref) => [ref.number - 1, ref]))]),
  );
  const lost: number[] = [];
  const slices = planesOf(planes).map((plane, i) => {
    const name = plane?.file === undefined || files.length === 1 ? file.name : baseName(plane.file);
    const ref = plane === undefined ? undefined : refs.get(name)?.get(plane.page);
    if (ref === undefined) lost.push(i);
    return ref ?? null;
  });
  if (lost.length > 0) {
    const [first = 0] = lost;
    const place = `z ${Math.floor(first / planes.sizeC)}, channel ${first % planes.sizeC}`;
    problems.push(
      `${file.name}: ${lost.length} of its ${slices.length} planes have no page, the first at ${place}, as its OME metadata has it`,
    );
  }
  return { files, slices, planes: planes.sizeC, problems };
}
