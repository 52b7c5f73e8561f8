import type { Dataset } from '../../shared/api/contract-types';
import type {
  CheckReport,
  Inspection,
  SavedTarget,
  Secret,
  SetupItemReport,
} from '../../shared/api/publish-types';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import type { StudioClient } from '../hosts/studio-client';
import type { Publications } from './publications.svelte';

/** The choice of a dataset and a target, and what is known about both before anything is sent. */
export class Publishing {
  datasets = $state.raw<readonly Dataset[]>();
  loadError = $state.raw<StudioError>();

  dataset = $state('');
  targetName = $state('');
  inspection = $state.raw<Inspection>();
  inspecting = $state(false);
  error = $state.raw<StudioError>();
  /** Consent to changes that can't be undone, for the dataset and the target that are chosen. */
  deleteStale = $state(false);
  overwrite = $state(false);

  address = $state('');
  checking = $state(false);
  report = $state.raw<CheckReport>();
  checkError = $state.raw<StudioError>();
  private generation = 0;

  constructor(
    private readonly client: StudioClient,
    private readonly publications: Publications,
  ) {}

  get target(): SavedTarget | undefined {
    return this.publications.targets?.find(({ name }) => name === this.targetName);
  }

  get canStart(): boolean {
    const { inspection } = this;
    return inspection !== undefined && !this.inspecting && (!inspection.plan.foreign || this.overwrite);
  }

  async loadDatasets(): Promise<void> {
    try {
      this.datasets = await this.client.library.datasets();
    } catch (error) {
      this.loadError = toStudioError(error);
    }
  }

  /** Chooses the target that was used last, unless an existing one is chosen. */
  preselect(): void {
    if (this.target === undefined) this.targetName = this.publications.last?.name ?? '';
  }

  /** Compares the dataset with the files at the target, and inspects the target's settings. */
  async inspect(): Promise<void> {
    const generation = ++this.generation;
    const { dataset, target } = this;
    this.inspection = undefined;
    this.error = undefined;
    this.deleteStale = false;
    this.overwrite = false;
    this.inspecting = dataset !== '' && target !== undefined;
    if (dataset === '' || target === undefined) return;
    try {
      const { spec, name } = target;
      const inspection = await this.client.publish.inspect({ spec, name, dataset });
      if (generation !== this.generation) return;
      this.inspection = inspection;
      this.address = inspection.url ?? this.address;
    } catch (error) {
      if (generation === this.generation) this.error = toStudioError(error);
    } finally {
      if (generation === this.generation) this.inspecting = false;
    }
  }

  /** Carries out an action on the target, then inspects it again. */
  async change(action: (target: SavedTarget) => Promise<unknown>): Promise<void> {
    const { target } = this;
    if (target === undefined) return;
    try {
      this.inspecting = true;
      await action(target);
      await this.inspect();
    } catch (error) {
      this.inspecting = false;
      this.error = toStudioError(error);
    }
  }

  setUp(items: readonly SetupItemReport['name'][]): Promise<void> {
    const { dataset } = this;
    return this.change(({ spec, name }) =>
      this.client.publish.setUp({ spec, name, dataset, items: [...items] }),
    );
  }

  createBucket(): Promise<void> {
    return this.change(({ spec, name }) => this.client.publish.createBucket({ spec, name }));
  }

  confirmHost(fingerprint: string): Promise<void> {
    return this.change(({ spec }) => this.client.publish.confirmHost({ spec, fingerprint }));
  }

  saveSecret(secret: Secret, keep: boolean): Promise<void> {
    return this.change(({ name }) => this.client.publish.saveSecret({ name, secret, keep }));
  }

  /** @returns the id of the job */
  async start(): Promise<string> {
    const { dataset, targetName, deleteStale, overwrite } = this;
    const consent = { deleteStale, overwrite };
    return (await this.client.publish.start({ dataset, target: targetName, consent })).id;
  }

  async check(url: string): Promise<void> {
    this.address = url;
    this.checking = true;
    this.report = undefined;
    this.checkError = undefined;
    try {
      this.report = await this.client.publish.check({ url });
    } catch (error) {
      this.checkError = toStudioError(error);
    } finally {
      this.checking = false;
    }
  }
}
