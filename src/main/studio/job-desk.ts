import { basename } from 'node:path';
import { parseExportSpec } from '../../shared/api/export-spec';
import { lastName } from '../../shared/api/input-address';
import { workFolderOf } from '../../shared/api/job-types';
import { parseMeshSpec } from '../../shared/api/job-spec';
import { neverAborted } from '../base/never-aborted';
import { readShareOut } from '../engine/cluster/share-out';
import { openDataset } from '../engine/dataset/dataset';
import { requireExportable } from '../engine/export/export-volume';
import { planMeshJob } from '../engine/job/mesh-job';
import { placeOf } from '../engine/run/job-record';
import { Journal } from '../engine/run/journal';
import { openOutput, storedBucket, urlOf, withMeshedAddress, workFolder, workFolders } from './bucket-output';
import type { FileAccess } from './file-access';
import type { JobQueue } from './job-queue';
import type { PublishDesk } from './publish-desk';

/** Adds jobs about a dataset that exists, after checking what they are given. Each method returns the job's id. */
export class JobDesk {
  constructor(
    private readonly files: FileAccess,
    private readonly jobs: JobQueue,
    private readonly publishing: PublishDesk,
    private readonly dataFolder: string,
  ) {}

  /**
   * Adds a job that meshes an existing dataset and replaces the meshes that it has.
   * @param target the target by which a dataset at an address is reached
   */
  async addMesh(spec: unknown, target?: string): Promise<string> {
    const addressed = withMeshedAddress(spec);
    if (addressed !== undefined) return this.addMeshInBucket(addressed, target);
    const parsed = parseMeshSpec(spec);
    const dataset = await this.files.allow(parsed.dataset);
    const allowed = { ...parsed, ...(await this.files.allowFilesIn(parsed)), dataset };
    await planMeshJob(allowed);
    const name = `Meshes of ${basename(dataset)}`;
    return this.jobs.add({
      kind: 'mesh',
      name,
      spec: allowed,
      input: dataset,
      output: dataset,
      mode: 'overwrite',
    });
  }

  private async addMeshInBucket(
    spec: Readonly<Record<string, unknown>> & { readonly dataset: string },
    target: string | undefined,
  ): Promise<string> {
    const { dataset: address } = spec;
    const bucket = await this.publishing.targets.bucketOutput(address, undefined, target);
    const dataset = await workFolder(bucket.spec, workFolders(this.dataFolder));
    const parsed = parseMeshSpec({ ...spec, dataset });
    const allowed = { ...parsed, ...(await this.files.allowFilesIn(parsed)) };
    const remote = await openOutput(bucket, neverAborted());
    await planMeshJob(allowed, remote).finally(() => remote.close());
    return this.jobs.add({
      kind: 'mesh',
      name: `Meshes of ${lastName(address)}`,
      spec: allowed,
      input: address,
      output: address,
      mode: 'overwrite',
      bucket: storedBucket(bucket, remote.place.publicUrl),
    });
  }

  /** Adds a job that checks every chunk of a dataset. */
  async addVerify(path: string): Promise<string> {
    const { root } = await openDataset(await this.files.allow(path));
    const name = `Check of ${basename(root)}`;
    return this.jobs.add({
      kind: 'verify',
      name,
      spec: { dataset: root },
      input: root,
      output: root,
      mode: 'new',
    });
  }

  /**
   * Adds a job that completes a dataset once other processes have done its tasks. It doesn't read the input. If there is
   * one already, such as one that has failed, it is tried again.
   * @throws InvalidInputError if the dataset is to be in a bucket that can't be reached; IoError
   */
  async addFinish(path: string): Promise<string> {
    const folder = await this.files.allow(path);
    const known = this.jobs
      .list()
      .find((job) => job.kind !== 'publish' && workFolderOf(job) === folder && job.state !== 'done');
    if (known !== undefined) {
      this.jobs.resume(known.id);
      return known.id;
    }
    await readShareOut(folder);
    const record = await Journal.readRecord(folder);
    const { kind, settings } = record;
    const place = placeOf(record, folder);
    const places = kind === 'convert' ? { input: folder, output: folder } : { dataset: folder };
    const job = { kind, spec: { ...settings, kind, ...places }, input: folder, mode: 'resume' } as const;
    if (place === undefined) return this.jobs.add({ ...job, name: basename(folder), output: folder });
    const bucket = await this.publishing.targets.bucketOf(place);
    const output = place.address;
    const stored = storedBucket(bucket, await urlOf(bucket, neverAborted()));
    return this.jobs.add({ ...job, name: lastName(output), output, bucket: stored });
  }

  /** Adds a job that exports a dataset, or a part of it. @throws InvalidInputError if that isn't possible */
  async addExport(spec: unknown): Promise<string> {
    const parsed = parseExportSpec(spec);
    const dataset = await this.files.allowInput(parsed.dataset);
    const output = await this.files.allow(parsed.output);
    const allowed = { ...parsed, dataset, output };
    await requireExportable(allowed);
    const name = basename(output);
    return this.jobs.add({ kind: 'export', name, spec: allowed, input: dataset, output, mode: 'new' });
  }
}
