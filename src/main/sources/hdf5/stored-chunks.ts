/**
 * Reads the chunks of HDF5 datasets without the library: those that are listed in a B-tree of version 1, which all
 * versions of HDF5 write by default, and are compressed with deflate, after shuffle or not, or not at all. Shuffle puts the
 * first bytes of all elements before the second ones.
 */
import { InvalidInputError } from '../../../shared/base/errors';
import { freshMemory } from '../../base/regular-file';
import { voxelCount } from '../array/chunked-source';
import { deflatePairs, ZLIB } from '../array/deflate-pairs';
import type { ChunkRoom } from '../array/chunk-room';
import { FileBytes, type FileRef } from '../array/random-bytes';
import { ChunkTree, type StoredChunk } from './chunk-tree';
import type { ChunkTreePlace, DescribedDataset } from './hdf5-questions';

/** How the chunks of several datasets are stored, as JSON. */
export interface StoredLayout {
  /** One for each dataset. */
  readonly trees: readonly ChunkTreePlace[];
  readonly chunkShape: readonly number[];
  readonly elementBytes: number;
  readonly isDeflated: boolean;
  readonly isShuffled: boolean;
}

const DEFLATE = 1;
const SHUFFLE = 2;
/** The library reads many smaller chunks at once. */
const LEAST_BYTES = 2 ** 12;
/** The memory of the kernel that unpacks chunks stays allocated. */
const MOST_BYTES = 2 ** 24;

/** Returns how to read datasets of one shape, or null if the library has to read one of them. */
export function storedLayoutOf(datasets: readonly DescribedDataset[]): StoredLayout | null {
  const layouts = datasets.map(ownLayout);
  const [first] = layouts;
  if (first === undefined || first === null) return null;
  const trees: ChunkTreePlace[] = [];
  for (const layout of layouts) {
    const [tree] = layout?.trees ?? [];
    const isAlike = JSON.stringify({ ...layout, trees: [] }) === JSON.stringify({ ...first, trees: [] });
    if (tree === undefined || !isAlike) return null;
    trees.push(tree);
  }
  return { ...first, trees };
}

function ownLayout({ place, chunks, size, littleEndian, filters }: DescribedDataset): StoredLayout | null {
  const tree = place?.chunkTree ?? null;
  const pipeline = filters.map(({ id }) => id).join();
  const isKnown = ['', `${DEFLATE}`, `${SHUFFLE},${DEFLATE}`].includes(pipeline);
  const shuffle = filters.find(({ id }) => id === SHUFFLE);
  if (shuffle !== undefined && shuffle.values[0] !== size) return null;
  if (tree === null || chunks === null || !isKnown || !(littleEndian || size === 1)) return null;
  const lengthBytes = voxelCount(chunks) * size;
  if (lengthBytes < LEAST_BYTES || lengthBytes > MOST_BYTES) return null;
  const isDeflated = pipeline !== '';
  const isShuffled = filters.length === 2 && size > 1;
  return { trees: [tree], chunkShape: chunks, elementBytes: size, isDeflated, isShuffled };
}

export class StoredChunks {
  private readonly bytes: FileBytes;
  private readonly trees: readonly ChunkTree[];
  private readonly lengthBytes: number;

  constructor(
    file: FileRef,
    private readonly layout: StoredLayout,
  ) {
    this.bytes = new FileBytes(file);
    this.trees = layout.trees.map((tree) => new ChunkTree(this.bytes, tree, layout.chunkShape.length));
    this.lengthBytes = voxelCount(layout.chunkShape) * layout.elementBytes;
  }

  /**
   * Reads a whole chunk, into the room if that has its length.
   * @param dataset the index of the dataset
   * @param offset the position of its first voxel
   * @returns undefined if the library has to read it: it isn't stored, or damaged
   */
  async read(
    dataset: number,
    offset: readonly number[],
    room: ChunkRoom | undefined,
  ): Promise<Uint8Array | undefined> {
    try {
      const chunk = await this.trees[dataset]?.find(offset);
      return chunk?.isFiltered === true ? await this.unpacked(chunk, room) : undefined;
    } catch {
      return undefined;
    }
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  private async unpacked(chunk: StoredChunk, room: ChunkRoom | undefined): Promise<Uint8Array> {
    const { isDeflated, isShuffled, elementBytes } = this.layout;
    const own = room?.voxels.length === this.lengthBytes ? room.voxels : undefined;
    if (!isDeflated) return this.stored(chunk, own && (() => own));
    const packed = await this.stored(chunk, room?.forStored);
    const bytes = await deflatePairs.unpack(ZLIB, packed, this.lengthBytes, isShuffled ? undefined : own);
    if (bytes.length !== this.lengthBytes) throw new InvalidInputError('a chunk is too short');
    return isShuffled ? unshuffled(bytes, elementBytes, own) : bytes;
  }

  private async stored(
    { offsetBytes, lengthBytes }: StoredChunk,
    allocate = freshMemory,
  ): Promise<Uint8Array> {
    const bytes = allocate(this.checked(offsetBytes, lengthBytes));
    if (bytes.length !== lengthBytes) throw new InvalidInputError('a chunk has another length');
    await this.bytes.read(offsetBytes, bytes);
    return bytes;
  }

  /** Returns the length of a part of the file, which damaged files have anywhere and of any length. */
  private checked(offsetBytes: number, lengthBytes: number): number {
    if (offsetBytes + lengthBytes <= this.bytes.file.sizeBytes) return lengthBytes;
    throw new InvalidInputError('a chunk is beyond the end of the file');
  }
}

function unshuffled(
  bytes: Uint8Array,
  elementBytes: number,
  into: Uint8Array = new Uint8Array(bytes.length),
): Uint8Array {
  const count = bytes.length / elementBytes;
  for (let byte = 0; byte < elementBytes; byte++) {
    const from = byte * count;
    for (let i = 0, to = byte; i < count; i++, to += elementBytes) into[to] = bytes[from + i] ?? 0;
  }
  return into;
}
