/**
 * Writes NRRD with an attached header: lines of text, an empty line, and the voxels compressed with gzip. The space
 * is named, since ITK and VTK interpret files without a name differently. Its unit is the nanometre.
 *
 * Source: https://teem.sourceforge.net/nrrd/format.html
 */
import { EXPORT_FORMATS } from '../../../shared/api/export-spec';
import { createDenseFile } from './dense-file';
import type { ExportedVolume, VolumeFormat } from './exported-volume';

export const nrrdFormat: VolumeFormat = {
  ...EXPORT_FORMATS.nrrd,
  hasChannelsTogether: false,
  notes: () => ['ITK, VTK and Slicer show the nanometres of NRRD as millimetres.'],
  create: (path, volume) =>
    createDenseFile(path, { header: Buffer.from(headerOf(volume), 'latin1'), packs: 'voxels' }),
};

function headerOf({ size, channels, dataType, resolutionNm, voxelOffset }: ExportedVolume): string {
  const directions = resolutionNm.map(
    (length, axis) => `(${[0, 1, 2].map((i) => (i === axis ? length : 0)).join(',')})`,
  );
  const origin = resolutionNm.map((length, axis) => length * (voxelOffset[axis as 0 | 1 | 2] ?? 0));
  const several = channels > 1;
  return [
    'NRRD0005',
    '# Precomputed Studio',
    `type: ${dataType.startsWith('float') ? (dataType === 'float32' ? 'float' : 'double') : dataType}`,
    `dimension: ${several ? 4 : 3}`,
    'space: left-posterior-superior',
    `sizes: ${[...size, ...(several ? [channels] : [])].join(' ')}`,
    `space directions: ${[...directions, ...(several ? ['none'] : [])].join(' ')}`,
    `kinds: domain domain domain${several ? ' list' : ''}`,
    'endian: little',
    'encoding: gzip',
    'space units: "nm" "nm" "nm"',
    `space origin: (${origin.join(',')})`,
    '',
    '',
  ].join('\n');
}
