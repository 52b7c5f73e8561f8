import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeshSpec } from '../../shared/api/job-spec';
import { OVERWRITE, RESUME } from '../../shared/api/mentions';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { fileError, isMissing } from '../base/file-error';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { SEGMENTS_FOLDER, type DatasetFolder } from './dataset-folders';
import type { MeshJobPlan } from './mesh-job-plan';
import { isOfMeshing } from './provenance';
import { Journal } from './run/journal';
import { newRecord, type JobRecord } from './run/job-record';
import { clearFiles, isSwapping, joinFolders, swapFiles } from './run/replace-files';
import type { JobOptions } from './run/run-job';

type Mode = Pick<JobOptions, 'resume' | 'overwrite' | 'deleteFirst' | 'emit'>;

/** The folder of the dataset's list of segments. */
export function segmentsFolderOf({ info }: Pick<MeshJobPlan, 'info'>): string {
  return info.segment_properties ?? SEGMENTS_FOLDER;
}

/** Whether the job writes a list of segments. */
export function listsSegments({ info, spec }: Pick<MeshJobPlan, 'info' | 'spec'>): boolean {
  return info.segment_properties === undefined || spec.names !== undefined;
}

/**
 * Makes the dataset ready to be meshed, or to be gone on with.
 * @throws InvalidInputError where it has meshes, or an unfinished job, and `mode` doesn't say what becomes of them
 */
export async function openMeshing(plan: MeshJobPlan, mode: Mode): Promise<Journal | 'complete'> {
  const { root } = plan;
  const record = (await Journal.isIn(root)) ? await Journal.readRecord(root) : undefined;
  if (record === undefined) {
    return mode.resume && (await isDone(plan)) ? 'complete' : beginMeshing(plan, undefined, mode);
  }
  if (mode.resume) checkSame(record, plan);
  else if (record.kind !== 'mesh' || !mode.overwrite) {
    throw new InvalidInputError(`There is an unfinished job in ${root}.`, {
      remedy: say`Go on with it by ${RESUME} first, or start a meshing anew by ${OVERWRITE}.`,
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
  return journal;
}

/** True where the very meshing was done; what its job has left goes. */
async function isDone({ root, spec }: MeshJobPlan): Promise<boolean> {
  const bytes = await getUncompressed(new LocalFolder(root), 'provenance');
  if (bytes === undefined || !isOfMeshing(new TextDecoder().decode(bytes), meshSettings(spec))) return false;
  await Journal.removeLeftovers(root);
  return true;
}

/** What the user asked for, without the places of files and what decides no byte. */
export function meshSettings(spec: MeshSpec): object {
  const places: readonly string[] = ['kind', 'dataset', 'workers', 'memory', 'names', 'idsFile'];
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !places.includes(name)));
}

async function beginMeshing(
  plan: MeshJobPlan,
  unfinished: JobRecord | undefined,
  mode: Mode,
): Promise<Journal> {
  const { root, mesh, json, memory } = plan;
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
  const list: DatasetFolder[] = listsSegments(plan)
    ? [{ path: segmentsFolderOf(plan), kind: 'segments' }]
    : [];
  const journal = await Journal.create(
    root,
    newRecord({
      kind: 'mesh',
      settings: { mesh },
      info: { ...json },
      input: [],
      views: [],
      stages: [],
      memoryBytes: memory.totalBytes,
      staged,
      makes: [folder],
      replaces: staged ? [folder, ...list] : hasMeshes ? joinFolders([folder], left) : [],
      phase: hasMeshes && !staged ? 'clear' : 'work',
    }),
  );
  await clearFiles(journal, mode.emit);
  return journal;
}

function checkSame({ kind, settings, info }: JobRecord, { root, mesh, json }: MeshJobPlan): void {
  const isSame = kind === 'mesh' && JSON.stringify(settings) === JSON.stringify({ mesh });
  if (!isSame) {
    throw new InvalidInputError(`The unfinished job in ${root} is another one, or had other options.`, {
      remedy: say`Give the same options as before, or start anew by ${OVERWRITE}.`,
      fields: { code: 'settings-changed' },
    });
  }
  if (JSON.stringify(info['scales']) === JSON.stringify(json['scales'])) return;
  throw new InvalidInputError(`The dataset in ${root} has changed since its meshing was begun.`, {
    remedy: say`Start the meshing anew by ${OVERWRITE}.`,
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
