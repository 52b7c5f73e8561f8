import { resolve } from 'node:path';
import { named, set } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { counted, formatBytes, formatCount } from '../../../shared/base/format-quantity';
import { say } from '../../../shared/base/words';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { product3 } from '../../../shared/base/vec3';
import { BoxGrid, boxOfShape } from '../../../shared/base/box';
import { freeSpace, type FreeSpace } from '../../base/disk-space';
import type { ConversionPlan } from '../job/conversion-plan';
import { keptSize } from '../volume/kept-size';
import { filesOf, plannedScales } from './plan-report';

/** The size of a gzipped chunk that holds a single label, the smallest possible chunk. */
const LEAST_CHUNK_BYTES = 64;

/** The most tasks that a journal can handle. */
const MOST_TASKS = 10_000_000;

/** Returns the number of chunk files or shards that a conversion writes, an upper limit if empty ones are left out. */
export function chunkFiles(plan: ConversionPlan): number {
  return plannedScales(plan).reduce((sum, scale) => sum + filesOf(scale), 0);
}

/**
 * Returns the size that the file for unpacked bytes of the input reaches while the job runs, 0 if there is none. It lies
 * in the job's folder and is deleted with it.
 */
export function unpackedBytes({ source, stages, volume }: ConversionPlan): number {
  if (source.isReadInOrder !== true) return 0;
  const inputBytes = product3(source.size) * source.channels * bytesPerVoxel(source.dataType);
  return Math.min(inputBytes, Math.max(0, ...stages.map((stage) => keptSize(stage, volume.info))));
}

/**
 * Refuses conversions that must fail, whatever the voxels are.
 * @param isHere whether the whole dataset is written to the output folder; otherwise that is only the work folder
 * @throws InvalidInputError if the disk has no space for so many chunks, however small, and for what is unpacked of the
 *   input, or there are too many tasks
 */
export async function requireRoom(plan: ConversionPlan, isHere = true): Promise<void> {
  const isAllHere = isHere && !plan.spec.skipEmpty;
  const free = await freeSpace(resolve(plan.spec.output));
  if (isAllHere) requireFree(plan, free);
  requireFreeToUnpack(plan, free, isHere, isAllHere ? leastBytes(plan) : 0);
  const { source, stages, volume } = plan;
  const tasks = stages.reduce((sum, { readScale, block }) => {
    const size = volume.info.scales[readScale]?.size ?? source.size;
    return sum + new BoxGrid(boxOfShape(size), block.shape).length;
  }, 0);
  if (tasks <= MOST_TASKS) return;
  const voxels = formatCount(product3(source.size));
  throw new InvalidInputError(
    `The volume has ${voxels} voxels, which are ${formatCount(tasks)} blocks of work: too many.`,
    {
      remedy: say`Convert a part of it (${named('roi')}), or allow more ${named('memory')}, so that blocks are larger.`,
      fields: { code: 'too-large', options: ['roi', 'memory'] },
    },
  );
}

function chunksOf(plan: ConversionPlan): number {
  return plannedScales(plan).reduce((sum, scale) => sum + scale.chunks, 0);
}

function leastBytes(plan: ConversionPlan): number {
  return chunksOf(plan) * LEAST_CHUNK_BYTES;
}

function requireFree(plan: ConversionPlan, { freeBytes, freeFiles }: FreeSpace): void {
  const { output } = plan.spec;
  const [files, chunks] = [chunkFiles(plan), chunksOf(plan)];
  if (files <= (freeFiles ?? Infinity) && leastBytes(plan) <= (freeBytes ?? Infinity)) return;
  const free = [
    ...(freeBytes === undefined ? [] : [formatBytes(freeBytes)]),
    ...(freeFiles === undefined ? [] : [counted(freeFiles, 'file', formatCount)]),
  ];
  throw new InvalidInputError(
    `The dataset has ${counted(chunks, 'chunk', formatCount)}, ${files === chunks ? 'each in a file of its own' : `in ${counted(files, 'file', formatCount)}`}, of at least ${formatBytes(leastBytes(plan))}; ` +
      `there is room for ${free.join(' and ')} in ${output}.`,
    {
      remedy: say`Choose a folder on a larger disk, larger chunks (${named('chunkSize')}), many of them in a file (${set('sharding', 'always')}), or a part of the volume (${named('roi')}).`,
      fields: { code: 'no-room', options: ['output', 'chunkSize', 'sharding', 'roi'] },
    },
  );
}

/**
 * @param isHere whether the dataset is in the output folder too
 * @param datasetBytes the least space that the dataset takes on the same disk
 */
function requireFreeToUnpack(
  plan: ConversionPlan,
  { freeBytes }: FreeSpace,
  isHere: boolean,
  datasetBytes: number,
): void {
  const unpacked = unpackedBytes(plan);
  if (unpacked === 0) return;
  const { output } = plan.spec;
  if (freeBytes === undefined || unpacked + datasetBytes <= freeBytes) return;
  throw new InvalidInputError(
    `While the job runs, it keeps ${formatBytes(unpacked)} of the unpacked input in ${isHere ? 'the output folder' : 'its work folder'}; ` +
      `there is room for ${formatBytes(freeBytes)} in ${output}.`,
    {
      remedy: say`${isHere ? 'Choose a folder on a larger disk' : 'Free space on that disk'}, allow more ${named('memory')}, so that blocks are larger, or unpack the input first.`,
      fields: { code: 'no-room', options: isHere ? ['output', 'memory'] : ['memory'] },
    },
  );
}
