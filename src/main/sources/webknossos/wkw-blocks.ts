import { bytesPerVoxel, voxelView, type DataType } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { compressedMortonCode } from '../../../shared/precomputed/morton';
import { packedStrides } from '../array/array-axes';
import type { ChunkedArray, DecodedChunk } from '../array/chunked-source';
import { decodeLz4Block } from '../array/decode-lz4';
import type { Container } from '../containers/container';
import { HEADER_BYTES, parseWkwHeader, sameGrid, type WkwHeader } from './wkw-header';

/** The number of files whose tables of block positions are kept. The table of a file of 32³ blocks has 256 KiB. */
const MOST_TABLES = 32;
const PLACE_BYTES = 8;
const COPY_AGAIN = 'The file is cut off or damaged: copy it again from the original.';

/** The positions of the blocks in a file. Each block ends where the next one begins. Undefined if there is no file. */
type FileTable = { readonly start: number; readonly ends: BigUint64Array | undefined } | undefined;

/**
 * Reads the blocks of a magnification. The blocks of a file, such as `z0/y0/x0.wkw`, are in Morton order, with x in the
 * lowest bit. In a block, the channel is the fastest axis, then x, y and z. A missing file counts as zeros. The axes of
 * the array are c, x, y, z.
 */
export class WkwBlocks implements ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  private readonly tables = new Map<string, Promise<FileTable>>();
  private readonly blockBytes: number;

  /**
   * @param path the folder of the magnification
   * @param size the size in voxels, from the corner at 0, 0, 0
   */
  constructor(
    private readonly container: Container,
    private readonly path: string,
    private readonly header: WkwHeader,
    size: Vec3,
  ) {
    const { channels, blockEdge, dataType } = header;
    this.shape = [channels, ...size];
    this.chunkShape = [channels, blockEdge, blockEdge, blockEdge];
    this.dataType = dataType;
    this.blockBytes = channels * blockEdge ** 3 * bytesPerVoxel(dataType);
  }

  async readChunk([, x = 0, y = 0, z = 0]: readonly number[]): Promise<DecodedChunk | undefined> {
    const { fileBlocks } = this.header;
    const [fileX, fileY, fileZ] = [x, y, z].map((block) => Math.floor(block / fileBlocks));
    const key = [this.path, `z${fileZ}`, `y${fileY}`, `x${fileX}.wkw`]
      .filter((part) => part !== '')
      .join('/');
    const table = await this.table(key);
    if (table === undefined) return undefined;
    const index = Number(
      compressedMortonCode(
        [x % fileBlocks, y % fileBlocks, z % fileBlocks],
        [fileBlocks, fileBlocks, fileBlocks],
      ),
    );
    const bytes = await this.block(key, table, index);
    const data = voxelView(this.dataType, bytes.buffer, 0, bytes.length / bytesPerVoxel(this.dataType));
    return { data, shape: this.chunkShape, strides: packedStrides(this.chunkShape, 'F') };
  }

  close(): Promise<void> {
    return this.container.close();
  }

  private table(key: string): Promise<FileTable> {
    const table = this.tables.get(key) ?? this.readTable(key);
    this.tables.delete(key);
    this.tables.set(key, table);
    for (const [oldest] of this.tables) {
      if (this.tables.size <= MOST_TABLES) break;
      this.tables.delete(oldest);
    }
    return table;
  }

  private async readTable(key: string): Promise<FileTable> {
    const where = this.container.place(key);
    const head = await this.container.getRange(key, 0, HEADER_BYTES);
    if (head === undefined) return undefined;
    const header = parseWkwHeader(head, where);
    if (!sameGrid(header, this.header)) {
      throw new InvalidInputError(`${where} has other blocks or voxels than header.wkw says.`, {
        remedy: COPY_AGAIN,
      });
    }
    if (!header.isPacked) return { start: header.dataOffset, ends: undefined };
    const lengthBytes = header.fileBlocks ** 3 * PLACE_BYTES;
    const bytes = Uint8Array.from((await this.container.getRange(key, HEADER_BYTES, lengthBytes)) ?? []);
    if (bytes.length < lengthBytes) throw damaged(where, 'its table of blocks is cut off');
    return { start: header.dataOffset, ends: new BigUint64Array(bytes.buffer) };
  }

  /** Returns the voxels of a block in a new buffer. */
  private async block(
    key: string,
    { start, ends }: NonNullable<FileTable>,
    index: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const where = `${this.container.place(key)}, block ${index}`;
    const from = ends === undefined ? start + index * this.blockBytes : Number(ends[index - 1] ?? start);
    const length = ends === undefined ? this.blockBytes : Number(ends[index] ?? 0) - from;
    // LZ4 makes data longer by a 255th at most.
    if (length < 0 || length > 2 * this.blockBytes + HEADER_BYTES)
      throw damaged(where, 'its place makes no sense');
    const stored = await this.container.getRange(key, from, length);
    if (stored?.length !== length) throw damaged(where, 'the file ends before it');
    const bytes = ends === undefined ? stored : await this.unpacked(stored, where);
    if (bytes.length !== this.blockBytes)
      throw damaged(where, `it has ${bytes.length} bytes, not ${this.blockBytes}`);
    return Uint8Array.from(bytes);
  }

  private async unpacked(stored: Uint8Array, where: string): Promise<Uint8Array> {
    try {
      return await decodeLz4Block(stored, this.blockBytes);
    } catch (error) {
      throw damaged(where, isStudioError(error) ? error.message : 'its LZ4 data is damaged', error);
    }
  }
}

function damaged(where: string, what: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${where}: ${what}.`, { remedy: COPY_AGAIN, cause });
}
