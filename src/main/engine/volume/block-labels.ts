/**
 * The labels that a task of the volume has counted, as an object of the job's state, little endian:
 *
 *     for each run:
 *       uint32    the run's bytes
 *       labels    in the binary form of LabelStatistics, by ascending id
 *
 * A label may be in several runs, each of which has some of its voxels. A block may have more labels than fit into
 * memory, so it is written, and read, run by run.
 */
import { BugError } from '../../../shared/base/errors';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import type { FilePlace, ObjectWriter } from '../../places/file-place';
import type { WrittenFile } from '../run/written-file';

/** With this many labels in memory, which are some megabytes, a run is written. */
const MOST_IN_MEMORY = 2 ** 17;
const HEADER_BYTES = 4;

/** Writes the labels of a block. The owner calls `finish` or `abandon`. */
export class BlockLabels {
  private labels = new LabelStatistics();
  private readonly object: ObjectWriter;

  /** @param mostInMemory the number of labels with which a run is written */
  constructor(
    place: FilePlace,
    key: string,
    private readonly mostInMemory = MOST_IN_MEMORY,
  ) {
    this.object = place.begin(key);
  }

  /** Adds labels in the binary form of LabelStatistics. */
  add(bytes: Uint8Array): void {
    this.labels.merge(LabelStatistics.fromBytes(bytes));
    if (this.labels.size >= this.mostInMemory) this.writeRun();
  }

  /** Completes the object. */
  finish(): WrittenFile {
    this.writeRun();
    this.object.finish();
    return [this.object.path, this.object.lengthBytes];
  }

  abandon(): void {
    this.object.abandon();
  }

  private writeRun(): void {
    if (this.labels.size === 0) return;
    const bytes = this.labels.toBytes();
    const header = new Uint8Array(HEADER_BYTES);
    new DataView(header.buffer).setUint32(0, bytes.length, true);
    this.object.write(header);
    this.object.write(bytes);
    this.labels = new LabelStatistics();
  }
}

/** Yields the runs of a block's labels. @throws BugError if the object is missing or cut off */
export async function* readBlockLabels(place: FilePlace, key: string): AsyncGenerator<Uint8Array> {
  const size = await place.size(key);
  if (size === undefined) throw new BugError(`the labels of block ${key} are missing`);
  const read = async (offsetBytes: number, lengthBytes: number): Promise<Uint8Array> => {
    const bytes = await place.getRange(key, offsetBytes, lengthBytes);
    if (bytes?.length !== lengthBytes) throw new BugError(`the labels of block ${key} are cut off`);
    return bytes;
  };
  for (let offset = 0; offset < size;) {
    const header = await read(offset, HEADER_BYTES);
    const bytes = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
    yield await read(offset + HEADER_BYTES, bytes);
    offset += HEADER_BYTES + bytes;
  }
}
