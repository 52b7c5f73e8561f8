import type { PublishRecord, SavedTarget } from '../../shared/api/publish-types';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import type { StudioClient } from '../hosts/studio-client';

/** The places that are published to, and what is where; the same for all views. */
export class Publications {
  targets = $state.raw<readonly SavedTarget[]>();
  /** Newest first. */
  history = $state.raw<readonly PublishRecord[]>([]);
  /** Whether typed-in credentials can outlive the program. */
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

  /** The last target, where viewers could read what was sent to it: nothing is left to decide before the next one. */
  get settled(): SavedTarget | undefined {
    const { last } = this;
    const latest = this.history.find(({ target }) => target === last?.name);
    return latest?.result === 'done' && latest.checked === true ? last : undefined;
  }

  /** Where a dataset is, by what was sent last to each target; newest first. */
  placesOf(dataset: string): PublishRecord[] {
    const sent = this.history.filter((record) => record.dataset === dataset && record.result === 'done');
    return sent.filter((record, i) => sent.findIndex(({ target }) => target === record.target) === i);
  }

  /** Sends a dataset to a target, with no consent to what can't be undone. @returns the id of the job */
  async publish(dataset: string, target: string): Promise<string> {
    const consent = { deleteStale: false, overwrite: false };
    return (await this.client.publish.start({ dataset, target, consent })).id;
  }
}
