import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { targetSpecSchema } from '../../../shared/api/publish-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError } from '../../base/file-error';
import { openFolder } from '../../places/local-folder';
import { JOB_FOLDER } from '../run/journal';
import { workOfStage, type Stage } from '../run/stage';

const FILE = 'parts.json';

const sharedStageSchema = z.object({ name: z.string(), tasks: z.int(), parts: z.int() });

const shareOutSchema = z.object({
  /** Of each process. */
  workers: z.int(),
  memoryBytes: z.number(),
  /** Where the dataset is to be, if not in the folder of the job. */
  place: targetSpecSchema.optional(),
  stages: z.array(sharedStageSchema),
});

/** A stage whose tasks are shared out in parts, each for one process. */
export type SharedStage = Readonly<z.output<typeof sharedStageSchema>>;

/** How a job is shared out to many processes, stage by stage, in their order. */
export type ShareOut = Readonly<z.output<typeof shareOutSchema>>;

/** What a core does in about a minute, in voxels that are read and written, each as often as its stage's cost says. */
const PART_VOXELS = 2 ** 30;

/** Slurm takes arrays of 1,001 where a site says nothing else. */
const MOST_PARTS = 1000;

/** Parts of about a minute, 1,000 of a stage at the most; or of so many tasks each. */
export function shareOutStages(stages: readonly Stage[], tasksPerPart: number | undefined): SharedStage[] {
  return stages.map((stage) => {
    const { name, taskCount: tasks } = stage;
    const wanted =
      tasksPerPart === undefined
        ? Math.ceil(workOfStage(stage) / PART_VOXELS)
        : Math.ceil(tasks / tasksPerPart);
    return { name, tasks, parts: Math.max(1, Math.min(wanted, tasks, MOST_PARTS)) };
  });
}

/** The tasks of a part: neighbours, as these share what is read. */
export function tasksOfPart({ tasks, parts }: SharedStage, part: number): { first: number; end: number } {
  return { first: Math.floor((part * tasks) / parts), end: Math.floor(((part + 1) * tasks) / parts) };
}

/** What of a stage isn't done. */
export interface MissingParts {
  readonly stage: SharedStage;
  readonly tasks: number;
  /** Ascending: those that hold the tasks. */
  readonly parts: readonly number[];
}

export function missingParts(stage: SharedStage, isDone: (task: number) => boolean): MissingParts {
  const parts: number[] = [];
  let missing = 0;
  for (let part = 0; part < stage.parts; part++) {
    const { first, end } = tasksOfPart(stage, part);
    const before = missing;
    for (let task = first; task < end; task++) if (!isDone(task)) missing++;
    if (missing > before) parts.push(part);
  }
  return { stage, tasks: missing, parts };
}

export async function writeShareOut(output: string, shareOut: ShareOut): Promise<void> {
  const path = join(output, JOB_FOLDER, FILE);
  await writeFile(path, `${JSON.stringify(shareOut, null, 2)}\n`).catch((error: unknown) => {
    throw fileError('write', path, error);
  });
}

/** Whether the job in `output` was planned for several machines. */
export async function hasShareOut(output: string): Promise<boolean> {
  return (await openFolder(join(output, JOB_FOLDER)).size(FILE)) !== undefined;
}

/** @throws InvalidInputError where `output` holds no job that was shared out */
export async function readShareOut(output: string): Promise<ShareOut> {
  const path = join(output, JOB_FOLDER, FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InvalidInputError(`${output} holds no job that was planned for several machines.`, {
      remedy: 'Plan one: precomputed-studio plan INPUT OUTPUT.',
      fields: { path },
      cause: error,
    });
  }
  const parsed = shareOutSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`${path} is damaged.`, { remedy: 'Plan the job again.', fields: { path } });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
