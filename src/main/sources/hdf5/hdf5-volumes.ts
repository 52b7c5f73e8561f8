/** Finds the datasets of a file that can be chosen as volumes, and groups those that are channels of one volume. */
import { named } from '../../../shared/api/mentions';
import { UnsupportedError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { BdvProject } from '../bdv/bdv-project';
import { areChannels, describeSetup } from '../bdv/bdv-view';
import { voxelCount } from '../array/chunked-source';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import { ofTime, requireSameTime } from '../array/points-in-time';
import type { OpenOptions } from '../source-opener';
import type { Hdf5File } from './hdf5-file';
import type { DescribedDataset, ListedDataset } from './hdf5-questions';
import { hdf5DataType, hdf5TypeName } from './hdf5-types';
import { bdvView } from './writers/bdv';
import { imarisGroup } from './writers/imaris';

/** Tables of sizes, positions and directions have fewer numbers than this. */
const LEAST_VOXELS = 64;

interface Volume extends Candidate {
  /** The path of one dataset for each channel. */
  readonly datasets: readonly string[];
  /** False for coarser levels, which are read only if the user names them. */
  readonly isFinest: boolean;
}

/** The volume that was chosen, and the paths of the others. */
export interface ChosenVolume {
  /** The dataset of the first channel. */
  readonly described: DescribedDataset;
  readonly datasets: readonly string[];
  readonly path: string;
  /** The point in time that it holds, if others are datasets of their own. */
  readonly time?: number | undefined;
  readonly others: readonly string[];
}

/**
 * Chooses the volume that `dataset` names, or the only one.
 * @throws InvalidInputError that lists the volumes if the choice isn't clear; UnsupportedError if its channels differ
 *   in size or type
 */
export async function chooseVolume(
  file: Hdf5File,
  options: OpenOptions,
  project: () => Promise<BdvProject | undefined>,
): Promise<ChosenVolume> {
  const { dataset, kind } = options;
  const listed = volumesOf(await file.list(), file.path);
  const isBdv = listed.some(({ path }) => bdvView(path) !== undefined);
  const volumes = together(listed, isBdv ? await project() : undefined);
  const name = dataset?.replace(/^\/+|\/+$/g, '') ?? '';
  const group = volumes.find(({ path }) => path === name);
  // A dataset that the user names is read even if it doesn't look like a volume.
  const exact = name === '' || group !== undefined ? undefined : await file.find(name);
  if (exact !== undefined) {
    const others = volumes.filter(({ isFinest, datasets }) => isFinest && !datasets.includes(name));
    return { described: exact, datasets: [name], path: name, others: others.map(({ path }) => path) };
  }
  const finest = volumes.filter(({ isFinest }) => isFinest);
  const chosen = group ?? chooseDataset(ofTime(finest, options, file.path), dataset, file.path, kind);
  requireSameTime(chosen, options);
  const { path, datasets, time } = chosen;
  const described = await Promise.all(datasets.map((one) => file.describe(one)));
  const [first] = described;
  const isAlike = described.every(
    ({ shape, type, size, signed }) =>
      shape?.join() === first?.shape?.join() &&
      type === first?.type &&
      size === first.size &&
      signed === first.signed,
  );
  if (first === undefined || !isAlike) {
    throw new UnsupportedError(`The channels of ${path} in ${file.path} differ in size or type.`, {
      remedy: say`Choose one of them with ${named('dataset')}.`,
      details: datasets.map((one) => `there is ${one}`),
      fields: { options: ['dataset'] },
    });
  }
  const others = finest.filter((other) => other.path !== path).map((other) => other.path);
  return { described: first, datasets, path, time, others };
}

/**
 * Returns the datasets of numbers that have at least two axes. Small tables are left out if there are larger datasets.
 * @throws UnsupportedError if there are arrays, but none holds numbers of a supported type
 */
function volumesOf(listed: readonly ListedDataset[], path: string): Candidate[] {
  const byAddress = new Map(listed.toReversed().map((dataset) => [dataset.address, dataset]));
  // If a dataset has several names, only the first one is kept.
  const distinct = listed.filter((dataset) => byAddress.get(dataset.address) === dataset);
  const arrays = distinct.filter(({ shape }) => (shape?.length ?? 0) >= 2);
  const volumes = arrays.filter((array) => hdf5DataType(array) !== undefined);
  if (volumes.length === 0 && arrays.length > 0) {
    throw new UnsupportedError(`${path} holds no array of a supported number type.`, {
      details: arrays.map((array) => `${array.path}: ${describe(array, hdf5TypeName(array))}`),
      remedy: 'Save it as integers or as float32.',
    });
  }
  const large = volumes.filter(({ shape }) => voxelCount(shape ?? []) >= LEAST_VOXELS);
  return (large.length > 0 ? large : volumes).map((array) => ({
    path: array.path,
    description: describe(array, hdf5DataType(array) ?? ''),
  }));
}

/**
 * Groups datasets into volumes: the channels of one point in time in Imaris, and the setups of BigDataViewer that are
 * channels. Every other dataset is its own volume.
 */
function together(candidates: readonly Candidate[], project: BdvProject | undefined): Volume[] {
  const setups = project?.setups ?? [];
  const groups = new Map<string, Volume>();
  for (const { path, description } of candidates) {
    const [imaris, view] = [imarisGroup(path), bdvView(path)];
    const [timeFolder] = path.split('/');
    const isFinest = imaris?.isFinest ?? (view === undefined || view.level === 0);
    // The name of the group that the dataset belongs to.
    const group =
      imaris?.group ??
      (view === undefined || !isFinest
        ? path
        : areChannels(setups)
          ? (timeFolder ?? path)
          : path.replace('/0/cells', ''));
    const setup = setups.find(({ id }) => id === view?.setup);
    const about = project === undefined || setup === undefined ? '' : ` (${describeSetup(project, setup)})`;
    const datasets = [...(groups.get(group)?.datasets ?? []), path];
    const what =
      datasets.length === 1 ? `${description}${about}` : `${datasets.length} channels of ${description}`;
    groups.set(group, {
      path: group,
      description: what,
      datasets,
      isFinest,
      time: imaris?.time ?? view?.time,
    });
  }
  return [...groups.values()];
}

function describe({ shape }: ListedDataset, type: string): string {
  return `${type}, ${shape?.join(' × ') ?? ''}`;
}
