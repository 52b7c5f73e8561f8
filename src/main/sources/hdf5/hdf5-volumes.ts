/** Which datasets of a file are volumes that can be chosen, and which of them belong together as channels. */
import { named } from '../../../shared/api/mentions';
import { UnsupportedError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { BdvProject } from '../bdv/bdv-project';
import { areChannels, describeSetup } from '../bdv/bdv-view';
import { voxelCount } from '../array/chunked-source';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import type { Hdf5File } from './hdf5-file';
import type { DescribedDataset, ListedDataset } from './hdf5-questions';
import { hdf5DataType, hdf5TypeName } from './hdf5-types';
import { bdvView } from './writers/bdv';
import { imarisGroup } from './writers/imaris';

/** Tables of sizes, positions and directions have fewer numbers; volumes have more. */
const LEAST_VOXELS = 64;

interface Volume extends Candidate {
  /** One for each channel. */
  readonly datasets: readonly string[];
  /** Coarser levels are read where they are named. */
  readonly isFinest: boolean;
}

/** The volume that is meant, and the paths of the others. */
export interface ChosenVolume {
  /** Of the first channel. */
  readonly described: DescribedDataset;
  readonly datasets: readonly string[];
  readonly path: string;
  readonly others: readonly string[];
}

/** @throws InvalidInputError that lists the volumes where it isn't clear which is meant */
export async function chooseVolume(
  file: Hdf5File,
  dataset: string | undefined,
  project: () => Promise<BdvProject | undefined>,
): Promise<ChosenVolume> {
  const listed = volumesOf(await file.list(), file.path);
  const isBdv = listed.some(({ path }) => bdvView(path) !== undefined);
  const volumes = together(listed, isBdv ? await project() : undefined);
  const name = dataset?.replace(/^\/+|\/+$/g, '') ?? '';
  const group = volumes.find(({ path }) => path === name);
  // Whatever is named is taken, be it not in the list of what looks like a volume.
  const exact = name === '' || group !== undefined ? undefined : await file.find(name);
  if (exact !== undefined) {
    const others = volumes.filter(({ isFinest, datasets }) => isFinest && !datasets.includes(name));
    return { described: exact, datasets: [name], path: name, others: others.map(({ path }) => path) };
  }
  const finest = volumes.filter(({ isFinest }) => isFinest);
  const { path, datasets } = group ?? chooseDataset(finest, dataset, file.path);
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
  return { described: first, datasets, path, others };
}

/**
 * Datasets of numbers with at least two axes, without small tables where there are others.
 * @throws UnsupportedError where there are only those of other things
 */
function volumesOf(listed: readonly ListedDataset[], path: string): Candidate[] {
  const byAddress = new Map(listed.toReversed().map((dataset) => [dataset.address, dataset]));
  // Of several names the first one counts.
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

/** Channels of Imaris at a point in time, setups of BigDataViewer that are channels, and all others by themselves. */
function together(candidates: readonly Candidate[], project: BdvProject | undefined): Volume[] {
  const setups = project?.setups ?? [];
  const groups = new Map<string, Volume>();
  for (const { path, description } of candidates) {
    const [imaris, view] = [imarisGroup(path), bdvView(path)];
    const [time] = path.split('/');
    const isFinest = imaris?.isFinest ?? (view === undefined || view.level === 0);
    // A name of its own where there is one for several.
    const group =
      imaris?.group ??
      (view === undefined || !isFinest
        ? path
        : areChannels(setups)
          ? (time ?? path)
          : path.replace('/0/cells', ''));
    const setup = setups.find(({ id }) => id === view?.setup);
    const about = project === undefined || setup === undefined ? '' : ` (${describeSetup(project, setup)})`;
    const datasets = [...(groups.get(group)?.datasets ?? []), path];
    const told =
      datasets.length === 1 ? `${description}${about}` : `${datasets.length} channels of ${description}`;
    groups.set(group, { path: group, description: told, datasets, isFinest });
  }
  return [...groups.values()];
}

function describe({ shape }: ListedDataset, type: string): string {
  return `${type}, ${shape?.join(' × ') ?? ''}`;
}
