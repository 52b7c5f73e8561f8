import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeshSpec } from '../../shared/api/job-spec';
import { OVERWRITE, RESUME } from '../../shared/api/mentions';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { fileError, isMissing } from '../base/file-error';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { PROVENANCE_FILES, type DatasetFolder } from '../../shared/precomputed/dataset-files';
import type { MeshJobPlan } from './mesh-job-plan';
import type { Plans } from './plans';
import type { JsonFields } from './product';
import { isOfMeshing, provenanceStep } from './provenance';
import { SEGMENTS } from './segments/segments-product';
import { Journal } from './run/journal';
import { newRecord, type JobDescription, type JobRecord } from './run/job-record';
import { clearFiles, isSwapping, joinFolders, swapFiles } from './run/replace-files';
import type { JobOptions } from './run/run-job';
import type { OpenedJob } from './run-products';

type Mode = Pick<JobOptions, 'resume' | 'overwrite' | 'deleteFirst' | 'emit'>;

/**
 * Makes the dataset ready to be meshed, or to be gone on with.
 * @throws InvalidInputError where it has meshes, or an unfinished job, and `mode` doesn't say what becomes of them
 */
export async function openMeshing(plan: MeshJobPlan, mode: Mode): Promise<OpenedJob | 'complete'> {
  const { root } = plan;
  const record = (await Journal.isIn(root)) ? await Journal.readRecord(root) : undefined;
  if (record === undefined) {
    return mode.resume && (await isDone(plan)) ? 'complete' : beginMeshing(plan, undefined, mode);
  }
  const plans = mode.resume ? resumedPlans(record, plan) : plan.plans;
  if (!mode.resume && (record.kind !== 'mesh' || !mode.overwrite)) {
    throw new InvalidInputError(`There is an unfinished job in ${root}.`, {
      remedy: say`Go on with it by ${RESUME} first, or restart the meshing by ${OVERWRITE}.`,
      fields: { state: 'unfinished' },
    });
  }
  if (isSwapping(record)) {
    await swapFiles(await Journal.resume(root), mode.emit);
    return mode.resume ? 'complete' : beginMeshing(plan, undefined, mode);
  }
  if (!mode.resume) return beginMeshing(plan, record, mode);
  const journal = await Journal.resume(root);
  await clearFiles(journal, mode.emit);
  return { journal, description: describe(plan), plans, memory: plan.memory };
}

/** True where the very meshing was done; what its job has left goes. */
async function isDone(plan: MeshJobPlan): Promise<boolean> {
  const { root, plans } = plan;
  const bytes = await getUncompressed(new LocalFolder(root), 'provenance');
  const step = provenanceStep(describe(plan), plans);
  if (bytes === undefined || !isOfMeshing(new TextDecoder().decode(bytes), step)) return false;
  await Journal.removeLeftovers(root);
  return true;
}

/** What the user asked for, without the places of files and what decides no byte. */
function meshSettings(spec: MeshSpec): JsonFields {
  const places: readonly string[] = ['kind', 'dataset', 'workers', 'memory', 'names', 'idsFile'];
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !places.includes(name)));
}

async function beginMeshing(
  plan: MeshJobPlan,
  unfinished: JobRecord | undefined,
  mode: Mode,
): Promise<OpenedJob> {
  const { root, mesh, memory, plans } = plan;
  const description = describe(plan);
  const segments = plans.of(SEGMENTS);
  const folder: DatasetFolder = { path: mesh.folder, kind: 'mesh' };
  const hasMeshes = await holdsFiles(join(root, mesh.folder));
  const left = unfinished === undefined || unfinished.staged ? [] : unfinished.makes;
  if (hasMeshes && unfinished === undefined && !mode.overwrite) {
    throw new InvalidInputError(`The dataset in ${root} already has meshes, in ${mesh.folder}.`, {
      remedy: say`Replace them by ${OVERWRITE}.`,
      fields: { state: 'mesh' },
    });
  }
  // Half-made meshes of an unfinished job aren't worth keeping.
  const staged = hasMeshes && left.length === 0 && mode.deleteFirst !== true;
  const list: DatasetFolder[] =
    segments?.isWritten === true ? [{ path: segments.folder, kind: 'segments' }] : [];
  const journal = await Journal.create(
    root,
    newRecord({
      ...description,
      memoryBytes: memory.totalBytes,
      perWorkerBytes: plan.perWorkerBytes,
      staged,
      makes: [folder],
      files: [...PROVENANCE_FILES, ...plans.files],
      replaces: staged ? [folder, ...list] : hasMeshes ? joinFolders([folder], left) : [],
      phase: hasMeshes && !staged ? 'clear' : 'work',
    }),
  );
  await clearFiles(journal, mode.emit);
  return { journal, description, plans, memory };
}

function describe({ spec, json, plans }: MeshJobPlan): JobDescription {
  return {
    kind: 'mesh',
    settings: meshSettings(spec),
    info: { ...(json as JsonFields) },
    input: [],
    views: [],
    products: plans.json,
  };
}

/** @throws InvalidInputError where the job on record isn't the one that was asked for */
function resumedPlans({ kind, products, info }: JobRecord, { root, json, plans }: MeshJobPlan): Plans {
  const resumed = kind === 'mesh' ? plans.resume(products, root) : undefined;
  if (resumed === undefined) {
    throw new InvalidInputError(`The unfinished job in ${root} is a different job, or had other options.`, {
      remedy: say`Give the same options as before, or start again by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    });
  }
  if (JSON.stringify(info['scales']) === JSON.stringify((json as JsonFields)['scales'])) return resumed;
  throw new InvalidInputError(`The dataset in ${root} has changed since its meshing was started.`, {
    remedy: say`Restart the meshing by ${OVERWRITE}.`,
    fields: { code: 'input-changed' },
  });
}

async function holdsFiles(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw fileError('list', folder, error);
  }
}
