import { parseExportSpec } from '../../shared/api/export-spec';
import { product3 } from '../../shared/base/vec3';
import { exportVolume } from '../engine/export/export-volume';
import { CountedJob } from './counted-job';
import type { EngineSurroundings } from './job-process';

/** Exports a dataset, or a part of it, and reports its progress as the events of a job. */
export async function exportAsJob(spec: unknown, surroundings: EngineSurroundings): Promise<void> {
  const { workerFile, signal, send } = surroundings;
  const job = new CountedJob('export', send);
  const { size, channels, files, bytes, output, dataType, idTable } = await exportVolume({
    ...parseExportSpec(spec),
    workerFile,
    signal,
    onNote: (note) => job.log('info', note),
    onProgress: job.onProgress,
  });
  job.log('info', `${size.join(' × ')} voxels, written as ${dataType}.`);
  if (idTable !== undefined) job.log('info', `The ids and their new numbers are in ${idTable}.`);
  job.done({ output, files, scales: 1, voxels: product3(size) * channels, bytesWritten: bytes });
}
