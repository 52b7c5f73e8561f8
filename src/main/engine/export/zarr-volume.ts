/**
 * Writes Zarr 3 with OME-Zarr 0.5, or Zarr 2 with OME-Zarr 0.4: a group with one array, `0`, in chunks compressed with
 * gzip, which all readers support. Size and offset are the scale and translation of the array. Labels are marked as such (image-label), and
 * images have their range (omero).
 *
 * Source: https://zarr-specs.readthedocs.io/en/latest/v3/core/ ; https://ngff.openmicroscopy.org/0.5/ ;
 * https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html ; https://ngff.openmicroscopy.org/0.4/
 */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EXPORT_FORMATS } from '../../../shared/api/export-spec';
import { BoxGrid, boxOfShape, intersectBoxes, type Box } from '../../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, dataTypeOf, type DataType } from '../../../shared/base/data-type';
import { add3, min3, product3, type Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { errorCode, fileError } from '../../base/file-error';
import { bytesOf, type ExportedVolume, type VolumeFormat, type VolumeWriter } from './exported-volume';
import { PART, partThere, requireFree } from './part-file';

const CHUNK: Vec3 = [128, 128, 64];
const LEVEL = 5;
/** The number of chunks that are compressed at the same time. */
const AT_ONCE = 8;

const gzipBytes = promisify<Uint8Array, { level: number }, Buffer>(gzip);

/** One version of the format: the metadata files, by key, and the folder of the chunks. */
interface ZarrVersion {
  readonly chunkFolder: string;
  metadata(volume: ExportedVolume): Readonly<Record<string, object>>;
}

const VERSION_3: ZarrVersion = {
  chunkFolder: '0/c',
  metadata: (volume) => ({
    '0/zarr.json': arrayOf(volume),
    'zarr.json': { zarr_format: 3, node_type: 'group', attributes: { ome: omeOf(volume, '0.5') } },
  }),
};

const VERSION_2: ZarrVersion = {
  chunkFolder: '0',
  metadata: (volume) => ({
    '0/.zarray': arrayOf2(volume),
    '0/.zattrs': { _ARRAY_DIMENSIONS: axesOf(volume) },
    '.zattrs': omeOf(volume, '0.4'),
    '.zgroup': { zarr_format: 2 },
  }),
};

export const zarrFormat = formatOf(EXPORT_FORMATS.zarr, VERSION_3);
export const zarr2Format = formatOf(EXPORT_FORMATS.zarr2, VERSION_2);

function formatOf(names: Pick<VolumeFormat, 'title' | 'endings'>, version: ZarrVersion): VolumeFormat {
  return {
    ...names,
    hasChannelsTogether: false,
    chunk: CHUNK,
    files: ({ size, channels, ...shape }) =>
      new BoxGrid(boxOfShape(size), min3(CHUNK, size)).length * channels +
      Object.keys(version.metadata({ size, channels, least: 0, most: 0, ...shape })).length,
    notes: ({ voxelOffset }) =>
      voxelOffset.some((offset) => offset !== 0)
        ? ['The OME-Zarr plugin of napari (version 0.10) ignores the position and shows the volume at 0.']
        : [],
    create: (path, volume) => createZarr(path, volume, version),
  };
}

async function createZarr(path: string, volume: ExportedVolume, version: ZarrVersion): Promise<VolumeWriter> {
  await requireFree(path);
  const root = `${path}${PART}`;
  try {
    await mkdir(root);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw partThere(root);
    throw fileError('write', root, error);
  }
  const written = { files: 0, bytes: 0 };
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    const file = join(root, key);
    try {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(file, 'wx');
      await handle.writeFile(bytes).finally(() => handle.close());
    } catch (error) {
      throw fileError('write', file, error);
    }
    written.files++;
    written.bytes += bytes.length;
  };
  for (const [key, json] of Object.entries(version.metadata(volume))) {
    await put(key, Buffer.from(JSON.stringify(json, null, 2)));
  }
  const chunks = new BoxGrid(boxOfShape(volume.size), chunkOf(volume));
  return {
    async write(block, channel) {
      const boxes = [...chunks.touching(block.box)];
      for (let i = 0; i < boxes.length; i += AT_ONCE) {
        await Promise.all(
          boxes.slice(i, i + AT_ONCE).map(async (box) => {
            const packed = await gzipBytes(bytesOf(wholeChunk(block, box, chunkOf(volume))), {
              level: LEVEL,
            });
            await put(`${version.chunkFolder}/${keyOf(volume, box, channel)}`, packed);
          }),
        );
      }
    },
    async finish() {
      await requireFree(path);
      await rename(root, path).catch((error: unknown) => {
        throw fileError('write', path, error);
      });
      return written;
    },
    abandon: () => rm(root, { recursive: true, force: true }),
  };
}

function chunkOf({ size }: ExportedVolume): Vec3 {
  return min3(CHUNK, size);
}

function keyOf(volume: ExportedVolume, { min }: Box, channel: number): string {
  const [x, y, z] = chunkOf(volume);
  const place = [min[2] / z, min[1] / y, min[0] / x];
  return [...(volume.channels > 1 ? [channel] : []), ...place].join('/');
}

/** Returns a whole chunk of a block. Chunks at the border are as large as all others. */
function wholeChunk(block: VolumeBlock, { min }: Box, chunk: Vec3): VolumeBlock {
  const box: Box = { min, max: add3(min, chunk) };
  const target = { box, channels: 1, data: allocateVoxels(dataTypeOf(block.data), product3(chunk)) };
  copyBox(block, target, intersectBoxes(box, block.box));
  return target;
}

/** Returns the metadata of the array. The names and order of the axes are the same as in the group. */
function arrayOf(volume: ExportedVolume): object {
  const { channels, dataType, size } = volume;
  const chunk = chunkOf(volume).toReversed();
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: [...(channels > 1 ? [channels] : []), ...size.toReversed()],
    data_type: dataType,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [...(channels > 1 ? [1] : []), ...chunk] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [
      { name: 'bytes', configuration: { endian: 'little' } },
      { name: 'gzip', configuration: { level: LEVEL } },
    ],
    dimension_names: axesOf(volume),
    attributes: {},
  };
}

/** Returns the same metadata in version 2. Without a fill value xarray keeps integers as they are. */
function arrayOf2(volume: ExportedVolume): object {
  const { channels, dataType, size } = volume;
  const several = channels > 1;
  return {
    zarr_format: 2,
    shape: [...(several ? [channels] : []), ...size.toReversed()],
    chunks: [...(several ? [1] : []), ...chunkOf(volume).toReversed()],
    dtype: numpyType(dataType),
    compressor: { id: 'gzip', level: LEVEL },
    fill_value: null,
    order: 'C',
    filters: null,
    dimension_separator: '/',
  };
}

/** Returns the name of a type in numpy, such as `<u2` or `|u1`. */
function numpyType(dataType: DataType): string {
  const bytes = bytesPerVoxel(dataType);
  return `${bytes === 1 ? '|' : '<'}${dataType.charAt(0)}${bytes}`;
}

function axesOf({ channels }: ExportedVolume): string[] {
  return [...(channels > 1 ? ['c'] : []), 'z', 'y', 'x'];
}

/** Returns the metadata of OME-Zarr. Version 0.5 has its number beside the pyramids, 0.4 in each of them. */
function omeOf(volume: ExportedVolume, version: '0.4' | '0.5'): object {
  const { channels, kind, resolutionNm, voxelOffset } = volume;
  const several = channels > 1;
  const scale = [...(several ? [1] : []), ...resolutionNm.toReversed()];
  const translation = [
    ...(several ? [0] : []),
    ...resolutionNm.map((length, axis) => length * voxelOffset[axis as 0 | 1 | 2]).toReversed(),
  ];
  const axes = [
    ...(several ? [{ name: 'c', type: 'channel' }] : []),
    ...['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'nanometer' })),
  ];
  const coordinateTransformations = [
    { type: 'scale', scale },
    { type: 'translation', translation },
  ];
  const pyramid = { name: 'volume', axes, datasets: [{ path: '0', coordinateTransformations }] };
  const what =
    kind === 'segmentation' ? { 'image-label': { version } } : { omero: { channels: channelsOf(volume) } };
  return version === '0.5'
    ? { version, multiscales: [pyramid], ...what }
    : { multiscales: [{ version, ...pyramid }], ...what };
}

const COLOURS = ['FF0000', '00FF00', '0000FF'];

function channelsOf({ channels, channelNames, least, most }: ExportedVolume): object[] {
  return Array.from({ length: channels }, (_, i) => ({
    label: channelNames?.[i] ?? `channel ${i}`,
    color: channels === 1 ? 'FFFFFF' : (COLOURS[i % COLOURS.length] ?? 'FFFFFF'),
    active: true,
    window: { min: least, max: most, start: least, end: most },
  }));
}
