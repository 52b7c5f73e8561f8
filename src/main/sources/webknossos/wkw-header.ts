/**
 * Parses the header of a WKW file. The file `header.wkw` has the same header, for all files of a magnification. All
 * numbers are little endian:
 * - 3 bytes: "WKW"
 * - 1 byte: the version (1)
 * - 1 byte: log2 of the blocks along the edge of a file (high 4 bits), and log2 of the voxels along the edge of a block
 *   (low 4 bits)
 * - 1 byte: the type of the blocks
 * - 1 byte: the type of the voxels
 * - 1 byte: the bytes of a voxel with all channels
 * - 8 bytes: the position of the first block
 *
 * In compressed files, a table follows with the position at which each block ends (8 bytes each).
 *
 * Source: https://github.com/scalableminds/webknossos-wrap (Readme and rust/src/header.rs)
 */
import type { DataType } from '../../../shared/base/data-type';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';

export const HEADER_BYTES = 16;

export interface WkwHeader {
  /** The number of blocks along each edge of a file. */
  readonly fileBlocks: number;
  /** The number of voxels along each edge of a block. */
  readonly blockEdge: number;
  /** Whether the blocks are compressed with LZ4. */
  readonly isPacked: boolean;
  readonly dataType: DataType;
  readonly channels: number;
  /** The position of the first block in the file; 0 in header.wkw. */
  readonly dataOffset: number;
}

const DATA_TYPES: Readonly<Record<number, DataType>> = {
  1: 'uint8',
  2: 'uint16',
  3: 'uint32',
  4: 'uint64',
  5: 'float32',
  6: 'float64',
  7: 'int8',
  8: 'int16',
  9: 'int32',
  10: 'int64',
};
const RAW = 1;
const PACKED = [2, 3];

/** Parses a header. @param where the path of the file, for messages @throws InvalidInputError; UnsupportedError */
export function parseWkwHeader(bytes: Uint8Array, where: string): WkwHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES || Buffer.from(bytes.subarray(0, 3)).toString('latin1') !== 'WKW') {
    throw new InvalidInputError(`${where} has no header of WKW.`, {
      remedy: 'Copy it again from the original.',
    });
  }
  const [version, edges, blockType, voxelType, voxelBytes] = [3, 4, 5, 6, 7].map((at) => view.getUint8(at));
  const dataType = DATA_TYPES[voxelType ?? 0];
  const isPacked = PACKED.includes(blockType ?? 0);
  if (version !== 1 || dataType === undefined || (blockType !== RAW && !isPacked)) {
    const what = `version ${version}, blocks of type ${blockType}, voxels of type ${voxelType}`;
    throw new UnsupportedError(`${where} is of a kind of WKW that isn't known: ${what}.`, {
      remedy: 'Convert its dataset to Zarr: webknossos convert-zarr INPUT OUTPUT.',
    });
  }
  const channels = (voxelBytes ?? 0) / bytesPerVoxel(dataType);
  if (channels < 1 || !Number.isInteger(channels)) {
    throw new InvalidInputError(
      `${where} has voxels of ${voxelBytes} bytes, which is not a whole number of ${dataType}.`,
      {
        remedy: 'Copy it again from the original.',
      },
    );
  }
  return {
    fileBlocks: 2 ** ((edges ?? 0) >> 4),
    blockEdge: 2 ** ((edges ?? 0) & 15),
    isPacked,
    dataType,
    channels,
    dataOffset: Number(view.getBigUint64(8, true)),
  };
}

/** Reports whether two headers agree in everything except the position of the first block. */
export function sameGrid(a: WkwHeader, b: WkwHeader): boolean {
  return (['fileBlocks', 'blockEdge', 'isPacked', 'dataType', 'channels'] as const).every(
    (key) => a[key] === b[key],
  );
}
