/**
 * Writes NIfTI-1 (nifti1.h): a header of 348 bytes, 4 bytes for extensions, and the voxels with x fastest. Sizes are
 * in millimetres, since MRtrix and VTK ignore the unit. They are in the matrix of the sform and in the qform, both
 * upright: x to the right, y to the front, z up.
 *
 * Source: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
 */
import { EXPORT_FORMATS } from '../../../shared/api/export-spec';
import { bytesPerVoxel, type DataType } from '../../../shared/base/data-type';
import { createDenseFile } from './dense-file';
import type { ExportedVolume, VolumeFormat } from './exported-volume';

const TYPES: Readonly<Record<DataType, number>> = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
};
const HEADER_BYTES = 352;
const MOST_VOXELS = 32767;
const MILLIMETRES = 2;
const SCANNER = 1;
const VECTOR = 1007;

export const niftiFormat: VolumeFormat = {
  ...EXPORT_FORMATS.nifti,
  hasChannelsTogether: false,
  refuse: ({ size }) =>
    size.some((edge) => edge > MOST_VOXELS)
      ? `NIfTI has at most ${MOST_VOXELS} voxels per axis, and the volume has ${size.join(' × ')}: choose nrrd or zarr, or a smaller part.`
      : undefined,
  notes: ({ dataType }) =>
    dataType === 'uint64' || dataType === 'int64'
      ? [
          "NIfTI of 64 bits is read by nibabel, SimpleITK, VTK and MRtrix, and refused by ITK's Python, ANTs and Bio-Formats. Write compact ids, numbered from 1, for those.",
        ]
      : [],
  create: (path, volume) =>
    createDenseFile(path, { header: headerOf(volume), packs: path.endsWith('.gz') ? 'all' : 'nothing' }),
};

function headerOf({
  size,
  channels,
  dataType,
  resolutionNm,
  voxelOffset,
  least,
  most,
}: ExportedVolume): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  const millimetres = resolutionNm.map((nanometres) => nanometres * 1e-6);
  const shape = channels === 1 ? [3, ...size] : [5, ...size, 1, channels];
  header.writeInt32LE(348, 0);
  for (let i = 0; i < 8; i++) header.writeInt16LE(shape[i] ?? 1, 40 + 2 * i);
  if (channels > 1) header.writeInt16LE(VECTOR, 68);
  header.writeInt16LE(TYPES[dataType], 70);
  header.writeInt16LE(8 * bytesPerVoxel(dataType), 72);
  [1, ...millimetres, 1, 1, 1, 1].forEach((length, i) => header.writeFloatLE(length, 76 + 4 * i));
  header.writeFloatLE(HEADER_BYTES, 108);
  header.writeFloatLE(1, 112);
  header.writeUInt8(MILLIMETRES, 123);
  header.writeFloatLE(most, 124);
  header.writeFloatLE(Math.min(least, most), 128);
  header.write('Precomputed Studio', 148, 'latin1');
  header.writeInt16LE(SCANNER, 252);
  header.writeInt16LE(SCANNER, 254);
  millimetres.forEach((length, axis) => {
    const origin = length * (voxelOffset[axis as 0 | 1 | 2] ?? 0);
    header.writeFloatLE(origin, 268 + 4 * axis);
    header.writeFloatLE(length, 280 + 16 * axis + 4 * axis);
    header.writeFloatLE(origin, 280 + 16 * axis + 12);
  });
  header.write('n+1\0', 344, 'latin1');
  return header;
}
