/**
 * Writes one classic TIFF with a page for each slice, in the form that most programs open: strips of whole rows,
 * little-endian, deflated, without predictor or tiles. ImageJ's description contains the meaning of the pages and the
 * voxel size. The size is in µm, because Bio-Formats makes z a thousand times too thick if the unit is nm. It also
 * contains the value shown as white, because otherwise a stack is shown with the range of its first slice.
 *
 *     "II", 42, offset of the first directory | strips, directory, data of its entries | strips, directory …
 *
 * Source: TIFF 6.0 (Adobe, 1992); ij.io.TiffEncoder and ij.io.FileInfo of ImageJ 1
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { EXPORT_FORMATS } from '../../../shared/api/export-spec';
import { named } from '../../../shared/api/mentions';
import { bytesPerVoxel, isInteger, isSigned, type DataType } from '../../../shared/base/data-type';
import { UnsupportedError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { say } from '../../../shared/base/words';
import { bytesOf, type ExportedVolume, type VolumeFormat, type VolumeWriter } from './exported-volume';
import { PartFile } from './part-file';

const STRIP_BYTES = 256 * 1024;
/** The deflate level. Labels compress well at any level. */
const LEVEL = 6;
const MOST_BYTES = 2 ** 32;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
const ASCII = 2;
const ENTRY_BYTES = 12;
/** Single-precision floats hold all integers up to here exactly. */
const MOST_EXACT = 2 ** 24;

const deflateBytes = promisify<Uint8Array, { level: number }, Buffer>(deflate);

export const tiffFormat: VolumeFormat = {
  ...EXPORT_FORMATS.tiff,
  hasChannelsTogether: true,
  notes: ({ dataType, most }) => [
    ...notesOf(dataType, most),
    'ITK and VTK take the voxels of a TIFF as 1 × 1 × 1; ImageJ, Fiji and napari read their size.',
  ],
  create: createTiff,
};

function notesOf(dataType: DataType, most: number): string[] {
  const way = 'write compact ids, numbered from 1 with a table beside them, or choose nrrd or zarr.';
  if (bytesPerVoxel(dataType) === 8)
    return [`Hardly any program except tifffile opens a 64-bit TIFF (ImageJ, ITK and Pillow do not): ${way}`];
  if (bytesPerVoxel(dataType) === 4 && isInteger(dataType) && most > MOST_EXACT)
    return [
      `ImageJ reads 32-bit TIFFs as floats, which are exact up to 16777216, but the largest id is ${most}: ${way}`,
    ];
  return [];
}

async function createTiff(path: string, volume: ExportedVolume): Promise<VolumeWriter> {
  const file = await PartFile.create(path);
  await file.append(Buffer.from('II*\0\0\0\0\0', 'latin1'));
  const { size, channels, dataType } = volume;
  const [width, height] = size;
  // The position at which the offset of the next directory is written.
  let link = 4;
  let pages = 0;
  const writePage = async (bytes: Uint8Array): Promise<void> => {
    const rowBytes = width * bytesPerVoxel(dataType);
    const rowsPerStrip = Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));
    const count = Math.ceil(height / rowsPerStrip);
    const part = (i: number) =>
      bytes.subarray(i * rowsPerStrip * rowBytes, (i + 1) * rowsPerStrip * rowBytes);
    const strips = await Promise.all(
      Array.from({ length: count }, (_, i) => deflateBytes(part(i), { level: LEVEL })),
    );
    const offsets: number[] = [];
    for (const strip of strips) offsets.push(await file.append(strip));
    if (file.length % 2 === 1) await file.append(new Uint8Array(1));
    const directory = directoryOf(volume, {
      at: file.length,
      rowsPerStrip,
      offsets,
      lengths: strips.map(({ length }) => length),
      description: pages === 0 ? describe(volume) : undefined,
    });
    if (file.length + directory.bytes.length > MOST_BYTES) throw tooLarge(path);
    const at = await file.append(directory.bytes);
    await file.writeAt(link, uint32(at));
    link = at + directory.linkAt;
    pages++;
  };
  return {
    async write(block: VolumeBlock) {
      const bytes = bytesOf(block);
      const depth = block.box.max[2] - block.box.min[2];
      const pageBytes = bytes.length / (depth * channels);
      // A block has all slices of one channel before those of the next.
      for (let z = 0; z < depth; z++) {
        for (let c = 0; c < channels; c++)
          await writePage(bytes.subarray((c * depth + z) * pageBytes, (c * depth + z + 1) * pageBytes));
      }
    },
    async finish() {
      await file.finish();
      return { files: 1, bytes: file.length };
    },
    abandon: () => file.abandon(),
  };
}

interface Page {
  /** The offset at which the directory will be written. */
  readonly at: number;
  readonly rowsPerStrip: number;
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly description: string | undefined;
}

/** Returns a directory followed by the data that its entries point to. */
function directoryOf(
  volume: ExportedVolume,
  page: Page,
): { readonly bytes: Buffer; readonly linkAt: number } {
  const { size, dataType, resolutionNm } = volume;
  const longs = (values: readonly number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const entries: (readonly [tag: number, type: number, count: number, value: number | Buffer])[] = [
    [256, LONG, 1, size[0]],
    [257, LONG, 1, size[1]],
    [258, SHORT, 1, 8 * bytesPerVoxel(dataType)],
    [259, SHORT, 1, 8],
    [262, SHORT, 1, 1],
    ...(page.description === undefined
      ? []
      : [[270, ASCII, page.description.length + 1, Buffer.from(`${page.description}\0`, 'latin1')] as const]),
    [
      273,
      LONG,
      page.offsets.length,
      page.offsets.length === 1 ? (page.offsets[0] ?? 0) : longs(page.offsets),
    ],
    [277, SHORT, 1, 1],
    [278, LONG, 1, page.rowsPerStrip],
    [
      279,
      LONG,
      page.lengths.length,
      page.lengths.length === 1 ? (page.lengths[0] ?? 0) : longs(page.lengths),
    ],
    [282, RATIONAL, 1, longs(perMicrometre(resolutionNm[0]))],
    [283, RATIONAL, 1, longs(perMicrometre(resolutionNm[1]))],
    [296, SHORT, 1, 1],
    [339, SHORT, 1, !isInteger(dataType) ? 3 : isSigned(dataType) ? 2 : 1],
  ];
  const linkAt = 2 + ENTRY_BYTES * entries.length;
  const head = Buffer.alloc(linkAt + 4);
  head.writeUInt16LE(entries.length, 0);
  const behind: Buffer[] = [];
  let end = head.length;
  entries.forEach(([tag, type, count, value], i) => {
    const at = 2 + ENTRY_BYTES * i;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    head.writeUInt32LE(typeof value === 'number' ? value : page.at + end, at + 8);
    if (typeof value === 'number') return;
    behind.push(value, Buffer.alloc(value.length % 2));
    end += value.length + (value.length % 2);
  });
  return { bytes: Buffer.concat([head, ...behind]), linkAt };
}

/** Returns the pixels per micrometre as a fraction of whole numbers. */
function perMicrometre(nanometres: number): [number, number] {
  const scale = nanometres < 4000 ? 1e6 : 1000;
  return [scale * 1000, Math.round(nanometres * scale)];
}

function describe({ size, channels, resolutionNm, voxelOffset, least, most }: ExportedVolume): string {
  const slices = size[2];
  const origin = ['x', 'y', 'z'].flatMap((axis, i) => {
    const offset = voxelOffset[i as 0 | 1 | 2];
    return offset === 0 ? [] : [`${axis}origin=${-offset}`];
  });
  return [
    'ImageJ=1.54p',
    `images=${slices * channels}`,
    ...(channels > 1 ? [`channels=${channels}`] : []),
    `slices=${slices}`,
    ...(channels > 1 ? ['hyperstack=true', 'mode=grayscale'] : []),
    'unit=micron',
    ...origin,
    `spacing=${Number((resolutionNm[2] / 1000).toPrecision(9))}`,
    'loop=false',
    `min=${Math.min(0, least)}.0`,
    `max=${Number.isInteger(most) ? `${most}.0` : most}`,
    '',
  ].join('\n');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function tooLarge(path: string): UnsupportedError {
  return new UnsupportedError(
    `${path} would be larger than 4 GiB, the limit of TIFF files that ImageJ opens.`,
    {
      remedy: say`Choose nrrd or zarr, a coarser scale, or a part with ${named('roi')}.`,
    },
  );
}
