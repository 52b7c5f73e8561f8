import { lastName } from '../../shared/api/input-address';
import type { PlanReport } from '../../shared/api/contract-types';
import { parseConvertSpec, RUN_OPTIONS, type ConvertSpec } from '../../shared/api/job-spec';
import type { StoredEngineJob } from '../../shared/api/job-types';
import { MESH_OPTIONS } from '../../shared/api/mesh-options';
import type { Scheduler } from '../../shared/api/schedulers';
import { InvalidInputError } from '../../shared/base/errors';
import { neverAborted } from '../base/never-aborted';
import { planConversion } from '../engine/job/conversion-plan';
import {
  lookAtBucket,
  storedBucket,
  withAddress,
  workFolder,
  workFolders,
  type BucketOutput,
} from './bucket-output';
import { planClusterJob, type ClusterJob } from './cluster-desk';
import type { FileAccess } from './file-access';
import type { JobQueue } from './job-queue';
import type { PublishDesk } from './publish-desk';
import { reportConversion } from './report-conversion';
import type { StudioSettings } from './studio-settings';

/** A conversion as the interface requests it. */
export interface ConversionRequest {
  /** A ConvertSpec as JSON. */
  readonly spec: unknown;
  /** The target by which an output at an address is reached. */
  readonly target?: string;
}

/** A conversion that several machines do. */
export interface ClusterRequest extends ConversionRequest {
  readonly scheduler: Scheduler;
  /** The folder that the machines share, if the output is at an address. */
  readonly work?: string;
}

/** A conversion whose settings are valid and whose paths may be used. */
interface Conversion {
  /** Its output is the folder in which the dataset is made. */
  readonly spec: ConvertSpec;
  /** The folder or the address of the dataset. */
  readonly output: string;
  readonly bucket: BucketOutput | undefined;
}

/** What a conversion needs of the studio. */
export interface ConversionSurroundings {
  readonly dataFolder: string;
  readonly workerFile: string;
  readonly files: FileAccess;
  readonly jobs: JobQueue;
  readonly publishing: PublishDesk;
  readonly preferences: StudioSettings;
  /** Checks an input's path or address. @returns the real path */
  readonly allowInput: (input: string) => Promise<string>;
  readonly libraryChanged: () => void;
}

/** Conversions from their settings to a job. */
export class ConversionDesk {
  constructor(private readonly studio: ConversionSurroundings) {}

  /**
   * Parses a conversion, with its paths checked and made real.
   * @param work the folder in which the dataset has its work folder if its output is at an address
   * @throws an error that says what is wrong with the spec or the input
   */
  async parse({ spec, target }: ConversionRequest, work = this.workFolders): Promise<Conversion> {
    const { files, publishing, allowInput } = this.studio;
    const addressed = withAddress(spec);
    const bucket =
      addressed && (await publishing.targets.bucketOutput(addressed.output, addressed.layout, target));
    const folder = bucket && (await workFolder(bucket.spec, work));
    const parsed = parseConvertSpec(folder === undefined ? spec : { ...addressed, output: folder });
    const allowed = {
      ...parsed,
      ...(await files.allowFilesIn(parsed)),
      input: await allowInput(parsed.input),
      output: folder ?? (await files.allow(parsed.output)),
    };
    return { spec: allowed, bucket, output: addressed?.output ?? allowed.output };
  }

  async report(request: ConversionRequest, signal = neverAborted()): Promise<PlanReport> {
    const { spec, bucket } = await this.parse(request);
    const plan = await planConversion(spec);
    const report = await reportConversion(plan);
    if (bucket === undefined) return report;
    return { ...report, ...(await lookAtBucket(bucket, plan, signal)) };
  }

  /**
   * @param more `meshLater`: make the meshes in a separate job, so that the voxels can be used earlier; and the
   *   estimated duration of the job
   */
  async add(
    request: ConversionRequest,
    mode: StoredEngineJob['mode'],
    more: { readonly meshLater?: boolean; readonly expectedMs?: number } = {},
  ): Promise<string> {
    const { spec: whole, output, bucket } = await this.parse(request);
    const plan = await planConversion(whole);
    const place = bucket && (await lookAtBucket(bucket, plan, neverAborted()));
    const state = place?.outputState ?? plan.outputState;
    const { meshLater = false, expectedMs } = more;
    const isSplit = meshLater && plan.mesh !== undefined;
    const parsed: ConvertSpec = isSplit ? { ...whole, mesh: 'none' } : whole;
    if (mode === 'new' && state !== 'free') {
      throw new InvalidInputError(`The output folder ${output} is already in use.`, {
        remedy: 'Choose another one, or replace the existing files.',
        fields: { code: 'output-taken', options: ['output'], state },
      });
    }
    const { input } = parsed;
    const name = lastName(output);
    const optional = {
      ...(bucket === undefined ? {} : { bucket: storedBucket(bucket, place?.url) }),
      ...(isSplit ? { meshAfter: meshSpecOf(whole, output) } : {}),
      ...(expectedMs === undefined ? {} : { expectedMs }),
    };
    const id = this.studio.jobs.add({
      kind: 'convert',
      name,
      spec: { ...parsed },
      input,
      output,
      mode,
      ...optional,
    });
    await this.remember(parsed, bucket === undefined);
    return id;
  }

  /**
   * Plans a conversion as a job for several machines.
   * @throws InvalidInputError if its output is in a bucket, and the folder that the machines share isn't given
   */
  async planForCluster({ scheduler, work, ...request }: ClusterRequest): Promise<ClusterJob> {
    const { files, workerFile } = this.studio;
    if (work === undefined && withAddress(request.spec) !== undefined) {
      throw new InvalidInputError('The folder that the machines share is not known.', {
        remedy:
          'Choose one: the state of the job is in it, and what waits to be sent or is read by later steps.',
        fields: { options: ['work'] },
      });
    }
    const shared = work === undefined ? undefined : await files.allow(work);
    const { spec, bucket } = await this.parse(request, shared);
    const job = await planClusterJob(spec, bucket, scheduler, workerFile);
    await this.remember(spec, true);
    this.studio.libraryChanged();
    return job;
  }

  private get workFolders(): string {
    return workFolders(this.studio.dataFolder);
  }

  /** Notes the input as a recent one, and adds the folder of an output on this machine to the library. */
  private async remember({ input, output }: ConvertSpec, isHere: boolean): Promise<void> {
    const { preferences } = this.studio;
    await preferences.rememberInput(input);
    if (isHere) await preferences.includeInLibrary(output);
  }
}

/** Returns the options for meshes and resources of a conversion, for the later meshing of its dataset. */
function meshSpecOf(spec: ConvertSpec, dataset: string): Record<string, unknown> {
  const kept = Object.entries(spec).filter(([name]) => name in MESH_OPTIONS || name in RUN_OPTIONS);
  return { ...Object.fromEntries(kept), kind: 'mesh', dataset };
}
