import { join } from 'node:path';
import type { JobEvent, JobSummary } from '../../../shared/api/job-events';
import { formatInfo, parseVolumeInfo, type VolumeInfo } from '../../../shared/precomputed/volume-info';
import { openFolder } from '../../places/local-folder';
import type { DatasetPlace } from '../../places/read-document';
import { isPrecomputedHandle } from '../../sources/precomputed-source';
import { Plans } from './plans';
import type { Finished, Job, Product } from '../product';
import { PRODUCTS } from '../products';
import { readProvenance } from '../dataset/provenance';
import { JOB_FOLDER, Journal } from '../run/journal';
import type { JobDescription, JobRecord } from '../run/job-record';
import type { MemoryBudget } from '../run/memory-budget';
import type { Outbox } from '../run/outbox';
import type { Stage, TaskContext } from '../run/stage';
import type { SharedBlock } from '../blocks/shared-block';
import { provenanceStep, withStep } from './provenance-step';

/** A job that makes products of a dataset. Its record describes it completely, so any process can do a part of it. */
export class DatasetJob implements Job {
  readonly info: VolumeInfo;
  readonly scratch: string;
  /** Set before `stages` is called. */
  outbox: Outbox | undefined;
  private readonly prepare: ReturnType<NonNullable<Product['prepareBlock']>>[];

  constructor(
    readonly output: string,
    readonly description: JobDescription & Pick<JobRecord, 'staged'>,
    readonly plans: Plans,
    readonly memory: MemoryBudget,
    readonly emit: (event: JobEvent) => void,
  ) {
    this.info = parseVolumeInfo(description.info, `the job in ${output}`);
    this.scratch = Journal.scratchFolder(output);
    this.prepare = plans
      .map((product, plan) => product.prepareBlock?.(plan, this))
      .filter((own) => own !== undefined);
  }

  /**
   * Reads the unfinished job in a folder; any process can do so.
   * @throws InvalidInputError if its record is damaged
   */
  static async read(
    output: string,
    memory: MemoryBudget,
    emit: (event: JobEvent) => void,
  ): Promise<DatasetJob> {
    const record = await Journal.readRecord(output);
    const plans = Plans.parse(record.products, join(output, JOB_FOLDER, 'job.json'), PRODUCTS);
    return new DatasetJob(output, record, plans, memory, emit);
  }

  get dataset(): DatasetPlace {
    const { kind, source } = this.description;
    return kind === 'mesh' && source !== undefined && isPrecomputedHandle(source)
      ? source
      : { root: this.output };
  }

  get root(): string {
    return Journal.newFilesOf(this.output, this.description);
  }

  stateFolder(name: string): string {
    return join(this.output, JOB_FOLDER, name);
  }

  planOf<Plan>(product: Product<Plan>): Plan | undefined {
    return this.plans.of(product);
  }

  async prepareBlock(block: SharedBlock, context: TaskContext): Promise<void> {
    for (const prepare of this.prepare) await prepare(block, context);
  }

  async put(key: string, text: string | AsyncIterable<string>): Promise<void> {
    const store = openFolder(this.root, this.scratch);
    const encoder = new TextEncoder();
    const object = store.begin(key);
    try {
      if (typeof text === 'string') object.write(encoder.encode(text));
      else for await (const part of text) object.write(encoder.encode(part));
      object.finish();
    } catch (error) {
      object.abandon();
      throw error;
    }
    // Otherwise readers might use an old file under the other name.
    await store.delete(`${key}.gz`);
  }

  /** Returns the stages of all products, in their order. */
  stages(): Stage[] {
    return this.plans.map((product, plan) => product.stages?.(plan, this) ?? []).flat();
  }

  /** Writes all remaining files when all stages are done, except `info`, and returns the text of `info`. */
  async finish(): Promise<{ readonly info: string; readonly summary: Partial<JobSummary> }> {
    let [info, summary] = [this.description.info, {}];
    for (const finish of this.plans.map((product, plan) => () => product.finish?.(plan, this))) {
      const finished: Finished = (await finish()) ?? {};
      info = { ...info, ...finished.info };
      summary = { ...summary, ...finished.summary };
    }
    await this.writeProvenance();
    return { info: formatInfo(info), summary };
  }

  private async writeProvenance(): Promise<void> {
    const isNew = this.description.kind === 'convert';
    const before = isNew ? undefined : await readProvenance(this.dataset);
    const step = provenanceStep(this.description, this.plans);
    const text = withStep(before, step);
    if (text !== undefined) await this.put('provenance', text);
  }
}
