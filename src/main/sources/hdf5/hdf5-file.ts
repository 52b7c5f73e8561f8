import { isStudioError } from '../../../shared/base/errors';
import { programFile } from '../../base/program-file';
import { WatchedThread } from '../../base/watched-thread';
import { checkUnchanged, type FileRef } from '../array/random-bytes';
import type { DescribedDataset, Hdf5Answers, Hdf5Question } from './hdf5-questions';

/** The thread in which the library and its filters run. Each reading thread has its own. */
const thread = new WatchedThread(() => programFile('hdf5-thread.js'));

/** The time limit for listing all datasets. A large hierarchy on a slow disk takes a while. */
const LIST_LIMIT_MS = 300_000;
/** The time limit of a read is this constant plus the time for its bytes at the slowest rate of filters and disks. */
const READ_LIMIT_MS = 60_000;
const SLOWEST_BYTES_PER_MS = 4_000;

/** An HDF5 file that is read by another thread. */
export class Hdf5File {
  private wasAsked = false;

  private constructor(readonly ref: FileRef) {}

  get path(): string {
    return this.ref.path;
  }

  /** Opens a file. @throws InvalidInputError if it has changed since `ref` was made */
  static async open(ref: FileRef): Promise<Hdf5File> {
    await checkUnchanged(ref);
    return new Hdf5File(ref);
  }

  /** Lists all datasets, in the order of the file. @throws InvalidInputError if the file is damaged */
  list(): Promise<Hdf5Answers['list']> {
    return this.ask({ ask: 'list', file: this.ref }, LIST_LIMIT_MS);
  }

  /** Describes a dataset. @throws InvalidInputError if the file is damaged, or has no such dataset */
  describe(dataset: string): Promise<DescribedDataset> {
    return this.ask({ ask: 'describe', file: this.ref, dataset }, READ_LIMIT_MS);
  }

  /** Describes a dataset, or returns undefined if there is no such dataset. */
  async find(dataset: string): Promise<DescribedDataset | undefined> {
    try {
      return await this.describe(dataset);
    } catch (error) {
      if (isStudioError(error) && error.fields['reason'] === 'no-dataset') return undefined;
      throw error;
    }
  }

  /** Returns the attributes of a group, or none if there is no such group. */
  attributes(group: string): Promise<Hdf5Answers['attributes']> {
    return this.ask({ ask: 'attributes', file: this.ref, group }, READ_LIMIT_MS);
  }

  /**
   * Reads a part of a dataset.
   * @param ranges one for each axis, without its end
   * @param lengthBytes the decoded size of what is read, which the time limit depends on
   */
  read(
    dataset: string,
    ranges: readonly (readonly [from: number, to: number])[],
    lengthBytes: number,
  ): Promise<Hdf5Answers['read']> {
    const limitMs = READ_LIMIT_MS + lengthBytes / SLOWEST_BYTES_PER_MS;
    const place = `, ${dataset}, voxels ${ranges.map(([from, to]) => `${from} to ${to}`).join(', ')}`;
    return this.ask({ ask: 'read', file: this.ref, dataset, ranges }, limitMs, place);
  }

  async close(): Promise<void> {
    // Otherwise a thread would be started only to close nothing.
    if (this.wasAsked) await this.ask({ ask: 'close', file: this.ref }, READ_LIMIT_MS);
  }

  private async ask<K extends Hdf5Question['ask']>(
    question: Hdf5Question & { readonly ask: K },
    limitMs: number,
    place = '',
  ): Promise<Hdf5Answers[K]> {
    this.wasAsked = true;
    const answer = await thread.ask(question, `${this.path}${place} can't be read`, limitMs);
    return answer as Hdf5Answers[K];
  }
}
