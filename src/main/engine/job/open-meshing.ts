import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { MeshSpec } from '../../../shared/api/job-spec';
import { OVERWRITE, RESUME } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { parseJson } from '../../../shared/base/parse-json';
import { say } from '../../../shared/base/words';
import { fileError, isMissing } from '../../base/file-error';
import { folderPath, PROVENANCE_FILES, type DatasetFolder } from '../../../shared/precomputed/dataset-files';
import type { MeshJobPlan } from './mesh-job-plan';
import type { JsonFields } from '../product';
import { readProvenance } from '../dataset/provenance';
import { whereOf } from '../../places/read-document';
import type { PrecomputedHandle } from '../../sources/precomputed-source';
import { workFolderTaken } from './output-folder';
import { SEGMENTS } from '../segments/segments-product';
import type { JobDescription, JobRecord } from '../run/job-record';
import type { RemoteOutput } from '../run/remote-output';
import { joinFolders } from '../run/replace-files';
import { openJob, type JobToOpen, type NewFiles, type OpenedJob, type OpeningMode } from './open-job';
import { isOfMeshing, provenanceStep } from './provenance-step';

/**
 * Prepares the dataset for a new meshing or one that is resumed.
 * @throws InvalidInputError if it has meshes or an unfinished job, and `mode` doesn't say what to do with them
 */
export function openMeshing(plan: MeshJobPlan, mode: OpeningMode): Promise<OpenedJob | 'complete'> {
  return openJob(meshingToOpen(plan, mode), mode);
}

/** Returns a meshing as a job that can be opened in its folder. */
export function meshingToOpen(plan: MeshJobPlan, mode: OpeningMode): JobToOpen {
  const { output } = plan;
  const { remote } = mode;
  const now = describe(plan, remote);
  return {
    output,
    plan,
    now,
    claimedFolders: [plan.mesh.folder],
    admit: (state, record) => {
      if (state === 'unfinished') admit(record, output, mode);
      else if (remote !== undefined && state !== 'free') throw workFolderTaken(output);
    },
    isDone: () => isDone(plan, now),
    newFiles: async (_, record) => {
      if (remote !== undefined) await requireSameInfo(plan, remote);
      return newFiles(plan, record, mode);
    },
  };
}

function admit(record: JobRecord | undefined, root: string, { resume, overwrite }: OpeningMode): void {
  if (resume || (overwrite && record?.kind !== 'convert')) return;
  const [what, remedy] =
    record?.kind === 'convert'
      ? ['conversion', say`Continue the conversion by ${RESUME} first, then make the meshes.`]
      : ['job', say`Continue it by ${RESUME} first, or restart the meshing by ${OVERWRITE}.`];
  throw new InvalidInputError(`There is an unfinished ${what} in ${root}.`, {
    remedy,
    fields: { state: 'unfinished' },
  });
}

/** Reports whether this meshing is done already. */
async function isDone(plan: MeshJobPlan, now: JobDescription): Promise<boolean> {
  return isOfMeshing((await readProvenance(plan)) ?? '', provenanceStep(now, plan.plans));
}

/** Returns the options of the meshing, except paths of files and those that don't affect the output. */
function meshSettings(spec: MeshSpec): JsonFields {
  const places: readonly string[] = [
    'kind',
    'dataset',
    'workers',
    'memory',
    'names',
    'namesColumns',
    'idsFile',
  ];
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !places.includes(name)));
}

/**
 * Looks at `info` again once the place is claimed, as a job that has ended meanwhile may have written another one.
 * @throws InvalidInputError if it isn't the one that the plan was made with, except for meshes in the same folder
 */
async function requireSameInfo({ root, json, mesh }: MeshJobPlan, remote: RemoteOutput): Promise<void> {
  const found = parseJson((await remote.text('info')) ?? '');
  const { mesh: folder = mesh.folder, ...now } = { ...(found as JsonFields | undefined) };
  const { mesh: _, ...planned } = json as JsonFields;
  if (folderPath(String(folder)) === mesh.folder && isDeepStrictEqual(now, planned)) return;
  throw new InvalidInputError(`The dataset in ${root} was changed by another job meanwhile.`, {
    remedy: 'Try again.',
    fields: { code: 'input-changed' },
  });
}

async function newFiles(
  { root, mesh, plans }: MeshJobPlan,
  unfinished: JobRecord | undefined,
  { overwrite, deleteFirst, remote }: OpeningMode,
): Promise<NewFiles> {
  const segments = plans.of(SEGMENTS);
  const folder: DatasetFolder = { path: mesh.folder, kind: 'mesh' };
  const hasMeshes = await (remote?.holds(mesh.folder) ?? holdsFiles(join(root, mesh.folder)));
  const made = unfinished === undefined || unfinished.staged ? [] : unfinished.makes;
  // These are of meshings that will never continue.
  const abandoned = (remote?.claimedMeshes ?? []).filter(({ path }) => path !== mesh.folder);
  const left = joinFolders(
    made.filter(({ kind }) => kind === 'mesh'),
    abandoned,
  );
  if (hasMeshes && unfinished === undefined && !overwrite) {
    throw new InvalidInputError(`The dataset in ${root} already has meshes, in ${mesh.folder}.`, {
      remedy: say`Replace them by ${OVERWRITE}.`,
      fields: { state: 'mesh' },
    });
  }
  // Incomplete meshes of an unfinished job aren't worth keeping. In a bucket nothing can be renamed.
  const staged = hasMeshes && left.length === 0 && deleteFirst !== true && remote === undefined;
  const mustClear = !staged && (hasMeshes || abandoned.length > 0);
  const list: DatasetFolder[] =
    segments?.isWritten === true ? [{ path: segments.folder, kind: 'segments' }] : [];
  return {
    staged,
    // In the dataset's own folder, the list may have been there before.
    makes: remote === undefined ? [folder] : [folder, ...list],
    files: [...PROVENANCE_FILES, ...plans.files],
    replaces: staged ? [folder, ...list] : mustClear ? joinFolders([folder], left) : [],
    phase: mustClear ? 'clear' : 'work',
  };
}

function describe(plan: MeshJobPlan, remote: OpeningMode['remote']): JobDescription {
  const { spec, json, plans } = plan;
  return {
    kind: 'mesh',
    settings: meshSettings(spec),
    info: { ...(json as JsonFields) },
    ...(remote === undefined ? {} : { source: handleOf(plan) }),
    input: [],
    views: [],
    products: plans.json,
  };
}

/** How the volume is opened if it isn't in the folder of the job. */
function handleOf(plan: MeshJobPlan): PrecomputedHandle {
  const { info, mesh } = plan;
  return { format: 'precomputed', ...whereOf(plan), info, scale: mesh.scale, missingChunks: 'zero' };
}

async function holdsFiles(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw fileError('list', folder, error);
  }
}
