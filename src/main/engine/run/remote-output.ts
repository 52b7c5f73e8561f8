import { counted } from '../../../shared/base/format-quantity';
import type { JobEvent } from '../../../shared/api/job-events';
import { OVERWRITE } from '../../../shared/api/mentions';
import type { TargetSpec } from '../../../shared/api/publish-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { Retrier } from '../../base/retrier';
import { getUncompressed } from '../../places/compression';
import { attributesOf, outgoingBytes } from '../../places/outgoing-file';
import { callsThrough } from '../../places/calls-through';
import { listObjects, removeAll, type Place } from '../../places/place';
import {
  datasetFolders,
  INFO_FILES,
  isOwnName,
  type DatasetFolder,
} from '../../../shared/precomputed/dataset-files';
import { parseJson } from '../../../shared/base/parse-json';
import { isClaim, PlaceClaim } from './place-claim';
import { withoutMeshes } from './without-meshes';

/** The contents of a remote place before a job begins. */
export interface RemoteState {
  /** remains: objects that are named like those of the dataset, as an unfinished job leaves them, without an `info`. */
  readonly kind: 'free' | 'dataset' | 'remains' | 'other';
  /** The folders of the existing objects. */
  readonly folders: readonly DatasetFolder[];
  /** The key of an object that doesn't belong to a dataset. */
  readonly example?: string;
}

/** How a remote place is used. */
interface RemoteOptions {
  /** How other processes reach the place, for the record of the job. */
  readonly spec?: TargetSpec;
  readonly firstDelayMs?: number;
  /** After so long without a sign of life a job isn't running any more. */
  readonly silenceMs?: number;
}

/** The place of a dataset that isn't a folder on this machine. Objects can't be renamed there. */
export class RemoteOutput<P extends Place = Place> {
  /** Keeps other jobs from the place. */
  readonly claim: PlaceClaim;
  /** How other processes reach the place. */
  readonly spec: TargetSpec | undefined;
  /** The place, with calls that are repeated. */
  private readonly calls: Place;

  /** @param rootFiles files in a dataset's own folder, except `info` */
  constructor(
    readonly place: P,
    private readonly rootFiles: readonly string[],
    private readonly signal: AbortSignal,
    { spec, firstDelayMs, silenceMs }: RemoteOptions = {},
  ) {
    this.spec = spec;
    this.calls = callsThrough(place, new Retrier(signal, firstDelayMs).run);
    this.claim = new PlaceClaim(this.calls, signal, silenceMs);
  }

  /**
   * Finds out what the place holds.
   * @param planned the `info` of the planned dataset
   */
  async look(planned: unknown): Promise<RemoteState> {
    const info = await this.text('info');
    if (info !== undefined) {
      const folders = datasetFolders(parseJson(info) ?? planned);
      return { kind: 'dataset', folders };
    }
    const claimed = (await this.claim.named()).map((path): DatasetFolder => ({ path, kind: 'mesh' }));
    const folders = [...datasetFolders(planned), ...claimed];
    let kind: RemoteState['kind'] = 'free';
    for await (const { key } of listObjects(this.calls)) {
      if (isClaim(key)) continue;
      if (!this.isOfDataset(key, folders)) return { kind: 'other', folders: [], example: key };
      kind = 'remains';
    }
    return { kind, folders };
  }

  /** @throws InvalidInputError if the place holds objects that may not be overwritten */
  admit({ kind, example }: RemoteState, overwrite: boolean): void {
    const { id } = this.place;
    if (kind === 'free' || (overwrite && kind !== 'other')) return;
    const taken = { code: 'output-taken', options: ['output'], state: kind };
    if (kind === 'other') {
      throw new InvalidInputError(
        `${id} is not empty and does not hold a dataset; it holds, for example, ${example ?? ''}.`,
        {
          remedy: 'Choose another prefix.',
          fields: taken,
        },
      );
    }
    if (kind === 'dataset') {
      throw new InvalidInputError(`${id} already holds a dataset.`, {
        remedy: say`Choose another prefix, or replace the dataset by ${OVERWRITE}, which deletes it first.`,
        fields: taken,
      });
    }
    throw new InvalidInputError(
      `${id} holds parts of a dataset that an unfinished job has left, and the folder of that job is not here.`,
      {
        remedy: say`Continue that job on the machine that has its work folder, choose another prefix, or replace the parts by ${OVERWRITE}.`,
        fields: taken,
      },
    );
  }

  /**
   * Deletes the objects of a dataset, which are those with names of the format, in its own folders. `info` is deleted
   * first, so that a partly deleted dataset doesn't count as complete.
   */
  async clear(folders: readonly DatasetFolder[], emit: (event: JobEvent) => void): Promise<void> {
    await this.calls.remove([...INFO_FILES]);
    await this.remove(this.keysOfDataset(folders), emit);
  }

  /**
   * Deletes the meshes of a dataset. Its `info` names them no longer before the first one goes, so that it stays a dataset,
   * without meshes.
   */
  async clearMeshes(folders: readonly DatasetFolder[], emit: (event: JobEvent) => void): Promise<void> {
    const bytes = Buffer.from(withoutMeshes((await this.text('info')) ?? ''));
    await this.calls.put(outgoingBytes(bytes, attributesOf('info')), this.signal);
    await this.clearFolders(folders, emit);
  }

  /** Deletes the objects of the format in folders of a dataset. Its `info` must not name them. */
  async clearFolders(folders: readonly DatasetFolder[], emit: (event: JobEvent) => void): Promise<void> {
    await this.remove(this.keysBelow(folders), emit);
  }

  /**
   * Folders of meshes that `info` may not name any more: of the job that has claimed the place, and of meshings that never
   * ended, whose claims it has replaced.
   */
  get claimedMeshes(): DatasetFolder[] {
    return this.claim.folders.map((path) => ({ path, kind: 'mesh' }));
  }

  /** Reports whether there are objects in a folder of the dataset. */
  async holds(folder: string): Promise<boolean> {
    const objects = listObjects(this.calls, `${folder}/`);
    const { done } = await objects.next();
    await objects.return();
    return done !== true;
  }

  private async remove(keys: AsyncIterable<string>, emit: (event: JobEvent) => void): Promise<void> {
    const removed = await removeAll(this.calls, keys);
    if (removed === 0) return;
    const message = `Deleted ${counted(removed, 'object')} of the dataset that was in ${this.place.id}.`;
    emit({ event: 'log', level: 'info', message });
  }

  /** Reads a small text file of the dataset; undefined if it doesn't exist. */
  async text(key: string): Promise<string | undefined> {
    const bytes = await this.bytes(key);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** Reads and unpacks a small file of the dataset; undefined if it doesn't exist. */
  bytes(key: string): Promise<Uint8Array | undefined> {
    return getUncompressed(this.calls, key);
  }

  /** Connects to the place. */
  async prepare(): Promise<void> {
    await this.calls.prepare();
  }

  /** Ends the connection. A claim stays. */
  async close(): Promise<void> {
    await this.claim.close();
    await this.place.close();
  }

  private async *keysOfDataset(folders: readonly DatasetFolder[]): AsyncGenerator<string> {
    for await (const { key } of listObjects(this.calls)) {
      if (this.isOfDataset(key, folders)) yield key;
    }
  }

  private async *keysBelow(folders: readonly DatasetFolder[]): AsyncGenerator<string> {
    for await (const key of this.keysOfDataset(folders)) if (key.includes('/')) yield key;
  }

  private isOfDataset(key: string, folders: readonly DatasetFolder[]): boolean {
    const slash = key.lastIndexOf('/');
    if (slash === -1) return [...INFO_FILES, ...this.rootFiles].includes(key);
    const [folder, name] = [key.slice(0, slash), key.slice(slash + 1)];
    return folders.some(({ path, kind }) => path === folder && isOwnName(kind, name));
  }
}
