import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError } from '../../base/file-error';
import { openFolder } from '../../places/local-folder';
import { JOB_FOLDER } from '../run/journal';
import { workOfStage, type Stage } from '../run/stage';
import { parseJson } from '../../../shared/base/parse-json';

const FILE = 'parts.json';

const sharedStageSchema = z.object({
  /** The name of a folder as well, for the markers of its tasks. */
  name: z.string().regex(/^(?!\.\.?$)[^/\\]+$/),
  tasks: z.int(),
  parts: z.int(),
});

const shareOutSchema = z.object({
  /** Workers and memory of each process. */
  workers: z.int(),
  memoryBytes: z.number(),
  stages: z.array(sharedStageSchema),
});

/** A stage whose tasks are divided into parts, each for one process. */
export type SharedStage = Readonly<z.output<typeof sharedStageSchema>>;

/** The division of a job for many processes, stage by stage, in their order. */
export type ShareOut = Readonly<z.output<typeof shareOutSchema>>;

/** The work of a core in about a minute: voxels that are read and written, weighted by the cost of the stage. */
const PART_VOXELS = 2 ** 30;

/** Slurm allows arrays of 1,001 by default. */
const MOST_PARTS = 1000;

/** Divides stages into at most 1,000 parts each, which take about a minute or have `tasksPerPart` tasks. */
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

/** Returns the tasks of a part. They are neighbours, since neighbours share the data that is read. */
export function tasksOfPart({ tasks, parts }: SharedStage, part: number): { first: number; end: number } {
  return { first: Math.floor((part * tasks) / parts), end: Math.floor(((part + 1) * tasks) / parts) };
}

/** The tasks of a stage that aren't done. */
export interface MissingParts {
  readonly stage: SharedStage;
  readonly tasks: number;
  /** The parts that hold these tasks, in ascending order. */
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

/** Reports whether the job in `output` was planned for several machines. */
export async function hasShareOut(output: string): Promise<boolean> {
  return (await openFolder(join(output, JOB_FOLDER)).size(FILE)) !== undefined;
}

/** @throws InvalidInputError if `output` holds no job that was planned for several machines */
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
