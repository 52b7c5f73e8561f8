/**
 * Finds the chunks of a dataset in its B-tree of version 1. A node consists of these fields (little endian):
 *
 *     "TREE" | type 1 | level | entries (16 bits) | addresses of the nodes left and right
 *     key | address | key | address | … | key
 *     key = stored bytes (32 bits) | filters that were left out (32 bits) | offset along each axis and 0 (64 bits each)
 *
 * The address behind a key is that of a node one level below, or, at level 0, of the chunk. Keys are in ascending order.
 * The key before an address is the lowest one below it.
 *
 * Source: HDF5 File Format Specification Version 3.0, III.A.1 (version 1 B-trees)
 */
import { InvalidInputError } from '../../../shared/base/errors';
import type { FileBytes } from '../array/random-bytes';
import type { ChunkTreePlace } from './hdf5-questions';
import { addressIn } from './object-header';

/** A chunk as it is in the file. */
export interface StoredChunk {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Whether all filters were applied to it. */
  readonly isFiltered: boolean;
}

interface Node {
  readonly level: number;
  readonly entries: number;
  readonly keysAndAddresses: Buffer;
}

/** A tree of this many levels has more chunks than a file can hold. */
const MOST_LEVELS = 32;
/** A node takes some kilobytes. */
const MOST_NODES = 128;

export class ChunkTree {
  /** The nodes that were read last, by their addresses, the most recently used one last. */
  private readonly nodes = new Map<number, Promise<Node>>();
  private readonly keyBytes: number;
  private readonly entryBytes: number;

  /** @param axes the number of axes of the dataset */
  constructor(
    private readonly bytes: FileBytes,
    private readonly place: ChunkTreePlace,
    private readonly axes: number,
  ) {
    this.keyBytes = 8 + 8 * (axes + 1);
    this.entryBytes = this.keyBytes + place.addressBytes;
  }

  /**
   * Returns the chunk whose first voxel is at `offset`, or undefined if it isn't stored.
   * @throws InvalidInputError if a node is damaged or cut off
   */
  async find(offset: readonly number[]): Promise<StoredChunk | undefined> {
    const { base, root, addressBytes } = this.place;
    let address = root;
    for (let depth = 0; depth < MOST_LEVELS; depth++) {
      const { level, entries, keysAndAddresses } = await this.nodeAt(address);
      const entry = this.lastUpTo(offset, entries, keysAndAddresses);
      if (entry < 0) return undefined;
      const at = entry * this.entryBytes;
      const below = addressIn(keysAndAddresses, at + this.keyBytes, addressBytes);
      if (below === undefined) return undefined;
      if (level > 0) {
        address = below;
        continue;
      }
      return this.compare(offset, keysAndAddresses, at) === 0
        ? {
            offsetBytes: base + below,
            lengthBytes: keysAndAddresses.readUInt32LE(at),
            isFiltered: keysAndAddresses.readUInt32LE(at + 4) === 0,
          }
        : undefined;
    }
    throw this.damaged(address);
  }

  /** Returns the last entry whose key isn't above `offset`, or -1. */
  private lastUpTo(offset: readonly number[], entries: number, keys: Buffer): number {
    let [from, to] = [0, entries];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.compare(offset, keys, middle * this.entryBytes) < 0) to = middle;
      else from = middle + 1;
    }
    return from - 1;
  }

  private compare(offset: readonly number[], keys: Buffer, at: number): number {
    for (let axis = 0; axis < this.axes; axis++) {
      const difference = (offset[axis] ?? 0) - keys.readUIntLE(at + 8 + 8 * axis, 6);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  private nodeAt(address: number): Promise<Node> {
    const node = this.nodes.get(address) ?? this.readNode(address);
    this.nodes.delete(address);
    this.nodes.set(address, node);
    node.catch(() => this.nodes.delete(address));
    const [oldest] = this.nodes.keys();
    if (this.nodes.size > MOST_NODES && oldest !== undefined) this.nodes.delete(oldest);
    return node;
  }

  private async readNode(address: number): Promise<Node> {
    const { base, addressBytes } = this.place;
    const head = Buffer.alloc(8 + 2 * addressBytes);
    await this.bytes.read(base + address, head);
    const entries = head.readUInt16LE(6);
    if (head.toString('latin1', 0, 4) !== 'TREE' || head[4] !== 1) throw this.damaged(address);
    const keysAndAddresses = Buffer.alloc(entries * this.entryBytes);
    await this.bytes.read(base + address + head.length, keysAndAddresses);
    return { level: head.readUInt8(5), entries, keysAndAddresses };
  }

  private damaged(address: number): InvalidInputError {
    return new InvalidInputError(
      `${this.bytes.file.path}: the list of its chunks is damaged at byte ${this.place.base + address}.`,
      { remedy: 'The file is cut off or damaged: copy it again from the original.' },
    );
  }
}
