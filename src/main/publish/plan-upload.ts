import { CancelledError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { Spool } from '../base/spool';
import { objectOrder, targetKey, type DatasetFile } from './dataset-files';
import { ownKeyTest } from './dataset-layout';
import { openOutgoing } from './outgoing-file';
import type { OutgoingFile, PublishTarget } from './publish-target';
import type { RemoteObject, RunWithRetries } from '../places/remote-place';
import type { SentFile } from './upload-record';

/** What an upload will do. */
export interface UploadPlan {
  /** `info` files are in {@link last}. */
  readonly send: Spool<OutgoingFile>;
  /** What makes the dataset readable, sent last, the dataset's own `info` at the very end. */
  readonly last: readonly OutgoingFile[];
  readonly files: number;
  /** Size on disk of what is sent. */
  readonly bytes: number;
  readonly unchangedFiles: number;
  /** Keys of objects that were part of the dataset and are no more, in order. */
  readonly stale: Spool<string>;
  /** Of these, the ones that servers and libraries may take for a file of the dataset: NAME beside NAME.gz. */
  readonly shadows: readonly string[];
  readonly shadowCount: number;
  /** Files of the dataset that stand beside one named NAME.gz, which is the one that is sent. */
  readonly doubles: readonly string[];
  /** Objects at the target that are none of the dataset's, as those of a nested one: left alone. */
  readonly otherFiles: number;
  /** The target holds an `info` that this program didn't send from this dataset. */
  readonly foreignInfo: boolean;
  /** What is known of the objects that are there. */
  readonly known: Spool<SentFile>;
  close(): Promise<void>;
}

export interface PlanOptions {
  readonly root: string;
  readonly info: VolumeInfo;
  /** In {@link objectOrder}, as what was sent. */
  readonly files: AsyncIterable<DatasetFile>;
  readonly sent: AsyncIterable<SentFile>;
  readonly target: PublishTarget;
  /** Compare the bytes of both sides, and not what is noted of them. */
  readonly checksum: boolean;
  readonly retry: RunWithRetries;
  readonly signal: AbortSignal;
}

const COMPARED_AT_ONCE = 8;
const GROUPS_AT_ONCE = 256;
const MOST_NAMED = 20;

/**
 * Compares the dataset with the target's listing and with what is known to have been sent: three sorted lists, which are
 * walked side by side, so that memory is bounded however many files there are.
 */
export async function planUpload(options: PlanOptions): Promise<UploadPlan> {
  const there = new Spool<RemoteObject>(({ key }) => objectOrder(key));
  const planner = new Planner(options);
  try {
    for await (const object of options.target.list(options.retry)) {
      if (options.signal.aborted) throw new CancelledError();
      await there.add(object);
    }
    let batch: Group[] = [];
    for await (const group of groups(options.files, there, options.sent)) {
      if (batch.push(group) < GROUPS_AT_ONCE) continue;
      await planner.add(batch);
      batch = [];
    }
    await planner.add(batch);
    return planner.finish();
  } catch (error) {
    await planner.close();
    throw error;
  } finally {
    await there.close();
  }
}

/** All that has the name of one object, with `.gz` or without. */
interface Group {
  readonly files: DatasetFile[];
  readonly there: RemoteObject[];
  readonly sent: SentFile[];
}

async function* groups(
  files: AsyncIterable<DatasetFile>,
  there: AsyncIterable<RemoteObject>,
  sent: AsyncIterable<SentFile>,
): AsyncGenerator<Group> {
  const lists = [
    new Peeked(files, ({ path }) => path),
    new Peeked(there, ({ key }) => key),
    new Peeked(sent, ({ key }) => key),
  ] as const;
  await Promise.all(lists.map((list) => list.step()));
  try {
    for (;;) {
      let least: string | undefined;
      for (const { name } of lists)
        if (name !== undefined && (least === undefined || name < least)) least = name;
      if (least === undefined) return;
      yield {
        files: await lists[0].take(least),
        there: await lists[1].take(least),
        sent: await lists[2].take(least),
      };
    }
  } finally {
    await Promise.all(lists.map((list) => list.close()));
  }
}

/** A sorted list, and the object's name of the one that is next. */
class Peeked<T> {
  name: string | undefined;
  private readonly list: AsyncIterator<T>;
  private value: T | undefined;

  constructor(
    list: AsyncIterable<T>,
    private readonly keyOf: (value: T) => string,
  ) {
    this.list = list[Symbol.asyncIterator]();
  }

  async step(): Promise<void> {
    const { done, value } = await this.list.next();
    this.value = done === true ? undefined : (value as T);
    this.name = this.value === undefined ? undefined : objectOrder(this.keyOf(this.value)).split('\0')[0];
  }

  async take(name: string): Promise<T[]> {
    const taken: T[] = [];
    while (this.name === name && this.value !== undefined) {
      taken.push(this.value);
      await this.step();
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.list.return?.();
  }
}

class Planner {
  private readonly send = new Spool<OutgoingFile>();
  private readonly last: OutgoingFile[] = [];
  private readonly stale = new Spool<string>();
  private readonly known = new Spool<SentFile>();
  private readonly shadows: string[] = [];
  private readonly doubles: string[] = [];
  private shadowCount = 0;
  private files = 0;
  private bytes = 0;
  private unchangedFiles = 0;
  private otherFiles = 0;
  private foreignInfo = false;
  private readonly isOwn: (key: string) => boolean;

  constructor(private readonly options: PlanOptions) {
    this.isOwn = ownKeyTest(options.info);
  }

  async add(batch: readonly Group[]): Promise<void> {
    const { signal } = this.options;
    const arrived = new Map<Group, SentFile>();
    await inLanes(batch, COMPARED_AT_ONCE, async (group) => {
      if (signal.aborted) throw new CancelledError();
      const [remote, sent] = this.counterparts(group);
      const file = group.files.at(-1);
      const same =
        file === undefined || remote === undefined ? undefined : await this.compare(file, remote, sent);
      if (same !== undefined) arrived.set(group, same);
    });
    for (const group of batch) {
      await this.addFile(group, arrived.get(group));
      for (const remote of group.there) await this.addRemote(group, remote);
    }
  }

  finish(): UploadPlan {
    const { send, last, files, bytes, unchangedFiles, stale, shadows, shadowCount } = this;
    const { doubles, otherFiles, foreignInfo, known } = this;
    last.sort((a, b) => Number(a.file.object === 'info') - Number(b.file.object === 'info'));
    const close = () => this.close();
    const counts = { files, bytes, unchangedFiles, shadowCount, otherFiles, foreignInfo };
    return { send, last, stale, shadows, doubles, known, close, ...counts };
  }

  async close(): Promise<void> {
    await Promise.all([this.send.close(), this.stale.close(), this.known.close()]);
  }

  /** Of two files for one object the last is taken, which is the one named `.gz`. */
  private keyOf({ files }: Group): string | undefined {
    const file = files.at(-1);
    return file === undefined ? undefined : targetKey(file, this.options.target.naming);
  }

  private counterparts(group: Group): [RemoteObject | undefined, SentFile | undefined] {
    const wanted = this.keyOf(group);
    return [group.there.find(({ key }) => key === wanted), group.sent.find(({ key }) => key === wanted)];
  }

  private async addFile(group: Group, arrived: SentFile | undefined): Promise<void> {
    const file = group.files.at(-1);
    if (file === undefined) return;
    for (const { path } of group.files.slice(0, -1)) this.doubles.push(path);
    if (arrived !== undefined) {
      this.unchangedFiles++;
      await this.known.add(arrived);
      return;
    }
    const [remote, sent] = this.counterparts(group);
    const outgoing = { file, ...(remote === undefined ? {} : { before: remote }) };
    this.files++;
    this.bytes += file.sizeBytes;
    if (isLast(file)) this.last.push(outgoing);
    else await this.send.add(outgoing);
    if (sent !== undefined && remote !== undefined) await this.known.add(sent);
  }

  private async addRemote(group: Group, remote: RemoteObject): Promise<void> {
    const { key, tag } = remote;
    const sent = group.sent.find((one) => one.key === key);
    if (sent === undefined && (key === 'info' || key === 'info.gz')) this.foreignInfo = true;
    const wanted = this.keyOf(group);
    if (key === wanted) return;
    if (!this.isOwn(key) && sent?.tag !== tag) {
      this.otherFiles++;
      return;
    }
    await this.stale.add(key);
    if (sent !== undefined) await this.known.add(sent);
    if (wanted === undefined) return;
    this.shadowCount++;
    if (this.shadows.length < MOST_NAMED) this.shadows.push(key);
  }

  /** What is noted of an object that needn't be sent; undefined where it must. */
  private async compare(
    file: DatasetFile,
    remote: RemoteObject,
    sent: SentFile | undefined,
  ): Promise<SentFile | undefined> {
    const { root, target, checksum, retry } = this.options;
    const { sizeBytes, modifiedMs } = file;
    const untouched = sent?.remoteBytes === remote.sizeBytes && sent.tag === remote.tag;
    if (!checksum) {
      if (!untouched) return undefined;
      if (sent.sizeBytes === sizeBytes && sent.modifiedMs === modifiedMs) return sent;
    }
    const object = await openOutgoing(root, file, target.naming, target.partBytes);
    const same = checksum ? await target.holds(remote, object, retry) : sent?.md5 === object.md5;
    const { key, md5 } = object;
    return same
      ? { key, sizeBytes, modifiedMs, md5, remoteBytes: remote.sizeBytes, tag: remote.tag }
      : undefined;
  }
}

/** `info` files go up after all else, so that a reader never sees half of a dataset. */
function isLast({ object }: DatasetFile): boolean {
  return object === 'info' || object.endsWith('/info') || object === 'provenance';
}
