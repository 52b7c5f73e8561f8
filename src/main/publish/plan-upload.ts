import { CancelledError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { inBatches } from '../base/batches';
import { march } from '../base/march';
import { Spool } from '../base/spool';
import { objectName } from '../places/compression';
import { objectOrder, targetKey, type DatasetFile } from './dataset-files';
import { ownKeyTest } from './dataset-layout';
import { openOutgoing } from './outgoing-file';
import type { TargetNaming } from './publish-target';
import { holdsObject, listObjects, type Place, type PlacedObject } from '../places/place';
import type { SentFile } from './upload-record';

/** The files to send in an upload, and the differences from the target. */
export interface UploadPlan {
  /** The files to send, without those in {@link last}. */
  readonly send: Spool<DatasetFile>;
  /** The files that make the dataset readable. They are sent last, with the dataset's own `info` at the very end. */
  readonly last: readonly DatasetFile[];
  readonly files: number;
  /** Size on disk of the files to send. */
  readonly bytes: number;
  readonly unchangedFiles: number;
  /** Keys of objects that no longer belong to the dataset, in order. */
  readonly stale: Spool<string>;
  /** The stale keys that servers and libraries may use instead of a sent file: NAME next to NAME.gz, or the reverse. */
  readonly shadows: readonly string[];
  readonly shadowCount: number;
  /** Local files that aren't sent, because there is also a file NAME.gz, which is sent. */
  readonly doubles: readonly string[];
  /** Number of objects at the target that don't belong to the dataset, such as nested datasets. They are left alone. */
  readonly otherFiles: number;
  /** True if the target holds an `info` that this program didn't send from this dataset. */
  readonly foreignInfo: boolean;
  /** Records of the objects that are at the target. */
  readonly known: Spool<SentFile>;
  close(): Promise<void>;
}

export interface PlanOptions {
  readonly root: string;
  readonly info: VolumeInfo;
  /** In {@link objectOrder}, like `sent`. */
  readonly files: AsyncIterable<DatasetFile>;
  readonly sent: AsyncIterable<SentFile>;
  /** True if what was sent may be at another server, so that only equal tags show that an object is one of these. */
  readonly isOfUnknownServer: boolean;
  /** Repeats what failed. */
  readonly place: Place;
  readonly naming: TargetNaming;
  /** Compares the bytes of both sides instead of their records. */
  readonly checksum: boolean;
  readonly signal: AbortSignal;
}

const COMPARED_AT_ONCE = 8;
const GROUPS_AT_ONCE = 256;
const MOST_NAMED = 20;

/**
 * Compares the dataset with the target's listing and with the record of sent files. The three lists are sorted and read
 * in parallel, so that memory is bounded for any number of files.
 */
export async function planUpload(options: PlanOptions): Promise<UploadPlan> {
  const there = new Spool<PlacedObject>(({ key }) => objectOrder(key));
  const planner = new Planner(options);
  try {
    for await (const object of listObjects(options.place)) {
      if (options.signal.aborted) throw new CancelledError();
      await there.add(object);
    }
    const rows = march(
      { values: options.files, keyOf: ({ object }) => object },
      { values: there, keyOf: ({ key }) => objectName(key) },
      { values: options.sent, keyOf: ({ key }) => objectName(key) },
    );
    for await (const batch of inBatches(rows, GROUPS_AT_ONCE)) {
      await planner.add(batch.map(([files, there, sent]) => ({ files, there, sent })));
    }
    return planner.finish();
  } catch (error) {
    await planner.close();
    throw error;
  } finally {
    await there.close();
  }
}

/** The files, objects and records for one object name, with and without `.gz`. */
interface Group {
  readonly files: readonly DatasetFile[];
  readonly there: readonly PlacedObject[];
  readonly sent: readonly SentFile[];
}

class Planner {
  private readonly send = new Spool<DatasetFile>();
  private readonly last: DatasetFile[] = [];
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
    last.sort((a, b) => Number(a.object === 'info') - Number(b.object === 'info'));
    const close = () => this.close();
    const counts = { files, bytes, unchangedFiles, shadowCount, otherFiles, foreignInfo };
    return { send, last, stale, shadows, doubles, known, close, ...counts };
  }

  async close(): Promise<void> {
    await Promise.all([this.send.close(), this.stale.close(), this.known.close()]);
  }

  /** Returns the key of a group's file. If two files hold the same object, the last one is sent, which is NAME.gz. */
  private keyOf({ files }: Group): string | undefined {
    const file = files.at(-1);
    return file === undefined ? undefined : targetKey(file, this.options.naming);
  }

  private counterparts(group: Group): [PlacedObject | undefined, SentFile | undefined] {
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
    this.files++;
    this.bytes += file.sizeBytes;
    if (isLast(file)) this.last.push(file);
    else await this.send.add(file);
    if (sent !== undefined && remote !== undefined) await this.known.add(sent);
  }

  private async addRemote(group: Group, remote: PlacedObject): Promise<void> {
    const { key, tag } = remote;
    const sent = group.sent.find((one) => one.key === key);
    const isOwnInfo = sent !== undefined && (!this.options.isOfUnknownServer || sent.tag === tag);
    if (!isOwnInfo && (key === 'info' || key === 'info.gz')) this.foreignInfo = true;
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

  /** Returns the record of an object that is unchanged; undefined if it must be sent. */
  private async compare(
    file: DatasetFile,
    remote: PlacedObject,
    sent: SentFile | undefined,
  ): Promise<SentFile | undefined> {
    const { root, place, naming, checksum } = this.options;
    const { sizeBytes, modifiedMs } = file;
    const untouched = sent?.remoteBytes === remote.sizeBytes && sent.tag === remote.tag;
    if (!checksum) {
      if (!untouched) return undefined;
      if (sent.sizeBytes === sizeBytes && sent.modifiedMs === modifiedMs) return sent;
    }
    const object = await openOutgoing(root, file, naming, place.partBytes);
    const same = checksum ? await holdsObject(place, remote, object) : sent?.md5 === object.md5;
    const { key, md5 } = object;
    return same
      ? { key, sizeBytes, modifiedMs, md5, remoteBytes: remote.sizeBytes, tag: remote.tag }
      : undefined;
  }
}

/** Reports whether a file is sent last: `info` files are, so that a reader never sees half of a dataset. */
function isLast({ object }: DatasetFile): boolean {
  return object === 'info' || object.endsWith('/info') || object === 'provenance';
}
