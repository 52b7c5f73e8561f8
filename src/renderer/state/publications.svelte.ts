import type { PublishRecord, SavedTarget } from '../../shared/api/publish-types';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import type { StudioClient } from '../hosts/studio-client';

/** The targets for publishing, and what was published to each. All views share one. */
export class Publications {
  targets = $state.raw<readonly SavedTarget[]>();
  /** Newest first. */
  history = $state.raw<readonly PublishRecord[]>([]);
  /** Whether the program can remember credentials that were typed in after it is closed. */
  hasKeychain = $state(false);
  error = $state.raw<StudioError>();

  constructor(private readonly client: StudioClient) {}

  async load(): Promise<void> {
    try {
      const [{ targets, keychain }, history] = await Promise.all([
        this.client.publish.targets(),
        this.client.publish.history(),
      ]);
      this.targets = targets;
      this.hasKeychain = keychain;
      this.history = history;
      this.error = undefined;
    } catch (error) {
      this.error = toStudioError(error);
    }
  }

  /** The target that was used last, or the only one. */
  get last(): SavedTarget | undefined {
    const { targets = [] } = this;
    const used = this.history.map(({ target }) => targets.find(({ name }) => name === target));
    return used.find((target) => target !== undefined) ?? (targets.length === 1 ? targets[0] : undefined);
  }

  /** The last target, if viewers could read what was sent to it: the next upload then needs no decisions. */
  get settled(): SavedTarget | undefined {
    const { last } = this;
    const latest = this.history.find(({ target, result }) => target === last?.name && result !== 'removed');
    return latest?.result === 'done' && latest.checked === true ? last : undefined;
  }

  /** Returns where a dataset was published, with the last upload to each target; newest first. */
  placesOf(dataset: string): PublishRecord[] {
    const known = this.history.filter(
      (record) => record.dataset === dataset && (record.result === 'done' || record.result === 'removed'),
    );
    const latest = known.filter(
      (record, i) => known.findIndex(({ target }) => target === record.target) === i,
    );
    return latest.filter(({ result }) => result === 'done');
  }

  /**
   * Publishes a dataset to a target, without consent to anything that can't be undone.
   *
   * @returns the id of the job
   */
  async publish(dataset: string, target: string): Promise<string> {
    const consent = { deleteStale: false, overwrite: false };
    return (await this.client.publish.start({ dataset, target, consent })).id;
  }
}
