import { about, named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { isInteger, isSigned, type DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { min3, type Vec3 } from '../../../shared/base/vec3';
import type { ConvertSpec } from '../../../shared/api/job-spec';
import { fitsInto } from '../../../shared/kernels/copy-box';
import type { DownsampleMethod } from '../../../shared/kernels/downsample';
import { chunkFit, fittingChunkSize } from '../../../shared/precomputed/compressed-segmentation-layout';
import { checkEncoding, type WrittenEncoding } from './encoding-rules';
import { hasRoundedOffsets, planPyramid, type PyramidScale } from '../../../shared/precomputed/pyramid';
import { isLossy } from '../../../shared/precomputed/scale-chunks';
import { parseVolumeInfo, VOLUME_DATA_TYPES, type VolumeInfo } from '../../../shared/precomputed/volume-info';
import { COMPONENTS_FILE, MESH_FOLDER, SEGMENTS_FOLDER } from '../../../shared/precomputed/dataset-files';
import { planShards } from '../shards/plan-shards';
import type { SourceMetadata } from '../../sources/volume-source';

/** The complete plan of what a conversion writes. */
export interface VolumePlan {
  readonly info: VolumeInfo;
  readonly pyramid: readonly PyramidScale[];
  readonly method: DownsampleMethod;
  readonly ignoreBackground: boolean;
}

/** A plan with notes for the user about assumptions and surprising effects. */
export type PlannedVolume = VolumePlan & { readonly notes: readonly string[] };

/** A request whose volume type has been decided. */
type TypedSpec = ConvertSpec & { readonly type: VolumeInfo['type'] };

type VolumeDataType = (typeof VOLUME_DATA_TYPES)[number];

/**
 * Plans the volume, choosing what `asked` leaves open from the properties of the source.
 * @throws InvalidInputError or UnsupportedError if the request and the source don't fit together
 */
export function planVolume(asked: ConvertSpec, source: SourceMetadata): PlannedVolume {
  const spec: TypedSpec = { ...asked, type: asked.type ?? source.kind ?? 'segmentation' };
  const resolutionNm = spec.resolution ?? source.resolutionNm;
  if (resolutionNm === undefined) {
    throw new InvalidInputError('The size of a voxel is not known: the input does not state it.', {
      remedy: say`Give ${named('resolution')} as x,y,z in nanometres, such as ${set('resolution', '16,16,40')}.`,
      fields: { code: 'no-resolution', usage: true, options: ['resolution'] },
    });
  }
  const encoding = spec.encoding ?? (spec.type === 'segmentation' ? 'compressed_segmentation' : 'raw');
  const dataType = outputType(spec, source.dataType, encoding);
  checkChannels(spec, source);
  checkComponents(spec);
  const chunkSize = min3(spec.chunkSize, [4096, 4096, 4096]);
  checkEncoding({
    encoding,
    type: spec.type,
    dataType,
    channels: source.channels,
    chunkSize: min3(chunkSize, source.size),
  });
  const method = downsampleMethod(spec, dataType);
  const voxelOffset = spec.voxelOffset ?? source.voxelOffset ?? [0, 0, 0];
  const pyramid = planPyramid({
    size: source.size,
    resolutionNm,
    voxelOffset,
    chunkSize,
    factors: spec.factors,
    scaleCount: spec.downsample === 'none' ? 1 : spec.scales,
  });
  if (encoding === 'compressed_segmentation') {
    checkChunkFits(chunkSize, min3(chunkSize, source.size), source.channels, spec.blockSize, dataType);
  }
  const unsharded = parseVolumeInfo(
    {
      '@type': 'neuroglancer_multiscale_volume',
      type: spec.type,
      data_type: dataType,
      num_channels: source.channels,
      scales: pyramid.map((scale) => scaleInfo(scale, chunkSize, encoding, spec)),
      ...(spec.type === 'segmentation' ? segmentFolders(spec) : {}),
    },
    'The planned dataset',
  );
  const info = planShards(unsharded, spec);
  return {
    info,
    pyramid,
    method,
    ignoreBackground: spec.ignoreBackground,
    notes: [...typeNotes(asked, info), ...planNotes(spec, source.dataType, info, pyramid)],
  };
}

function segmentFolders(spec: TypedSpec) {
  return {
    ...(spec.mesh === 'none' ? {} : { mesh: MESH_FOLDER }),
    segment_properties: SEGMENTS_FOLDER,
  };
}

function scaleInfo(scale: PyramidScale, chunkSize: Vec3, encoding: WrittenEncoding, spec: TypedSpec) {
  return {
    key: scale.key,
    size: scale.size,
    voxel_offset: scale.voxelOffset,
    chunk_sizes: [chunkSize],
    resolution: scale.resolutionNm,
    encoding,
    ...encodingSettings(encoding, spec),
  };
}

function encodingSettings(
  encoding: WrittenEncoding,
  { blockSize, jpegQuality, compressionLevel }: ConvertSpec,
) {
  switch (encoding) {
    case 'compressed_segmentation':
      return { compressed_segmentation_block_size: blockSize };
    case 'jpeg':
      return { jpeg_quality: jpegQuality };
    case 'png':
      return { png_level: compressionLevel };
    case 'raw':
      return {};
  }
}

function outputType(spec: TypedSpec, input: DataType, encoding: string): VolumeDataType {
  if (spec.type === 'segmentation' && !isInteger(input)) {
    throw new InvalidInputError(
      `The input's voxels are ${input}: labels of a segmentation are whole numbers.`,
      {
        remedy: say`Choose ${set('type', 'image')} for grey values, or convert the labels to integers; ${set('type', 'segmentation')} takes floats where all are whole numbers.`,
        fields: { code: 'unfit-option', options: ['type'] },
      },
    );
  }
  const type = spec.dataType ?? defaultType(spec, input, encoding);
  if (!fitsInto(input, type)) {
    throw new InvalidInputError(
      say`${about('dataType')}: ${input} voxels of the input don't fit into ${type}.`,
      {
        remedy:
          spec.type === 'image'
            ? say`Choose a type that holds every value of the input, or state with ${named('window')} which values to keep.`
            : 'Choose a type that holds every value of the input.',
        fields: { code: 'values-too-large', options: ['dataType'] },
      },
    );
  }
  return type;
}

/** Returns the input's type, or the narrowest wider type that the output supports. */
function defaultType(spec: TypedSpec, input: DataType, encoding: string): VolumeDataType {
  if (encoding === 'compressed_segmentation') return bytesOf(input) === 8 ? 'uint64' : 'uint32';
  // There may be more components than ids in the input.
  if (spec.components !== undefined && bytesOf(input) < 4) return 'uint32';
  if (spec.type === 'segmentation' && isSigned(input)) return unsignedOf(input);
  const own = VOLUME_DATA_TYPES.find((type) => type === input);
  if (own !== undefined) return own;
  throw new UnsupportedError(`The viewer has no ${input} voxels.`, {
    remedy: say`Say which range of values to keep: ${set('window', 'auto')}, or ${named('window')} low:high with ${named('dataType')} uint16. Labels are converted as they are: ${set('type', 'segmentation')}.`,
  });
}

function bytesOf(type: DataType): number {
  return Number(type.replace(/\D/g, '')) / 8;
}

function unsignedOf(type: DataType): VolumeDataType {
  return `u${type}` as VolumeDataType;
}

function checkChannels(spec: TypedSpec, source: SourceMetadata): void {
  if (spec.type === 'segmentation' && source.channels !== 1) {
    throw new InvalidInputError(`The input has ${source.channels} channels: a segmentation has one.`, {
      remedy: say`Choose the one that holds the labels with ${named('channel')}, or ${set('type', 'image')} for colours.`,
      fields: { code: 'unfit-option', options: ['channel', 'type'] },
    });
  }
}

function checkComponents(spec: TypedSpec): void {
  if (spec.components === undefined || spec.type === 'segmentation') return;
  throw new InvalidInputError(say`${about('components')}: an image has no ids to split.`, {
    remedy: say`Leave it out, or choose ${set('type', 'segmentation')}.`,
    fields: { code: 'unfit-option', options: ['components', 'type'] },
  });
}

function downsampleMethod(spec: TypedSpec, dataType: DataType): DownsampleMethod {
  const wanted = spec.downsample ?? (spec.type === 'segmentation' ? 'majority' : 'average');
  if (wanted === 'average' && spec.type === 'segmentation') {
    throw new InvalidInputError(say`${about('downsample')}: the average of labels is not a label.`, {
      remedy: 'Choose majority or stride for a segmentation.',
      fields: { code: 'unfit-option', options: ['downsample'] },
    });
  }
  if (wanted === 'majority' && !isInteger(dataType)) {
    throw new InvalidInputError(say`${about('downsample')}: there is no majority of ${dataType} values.`, {
      remedy: 'Choose average or stride.',
      fields: { code: 'unfit-option', options: ['downsample'] },
    });
  }
  return wanted === 'none' ? 'stride' : wanted;
}

function checkChunkFits(
  chunkSize: Vec3,
  largestChunk: Vec3,
  channels: number,
  blockSize: Vec3,
  dataType: DataType,
): void {
  const words = dataType === 'uint64' ? 2 : 1;
  if (chunkFit(largestChunk, channels, blockSize, words) !== 'never') return;
  const fitting = fittingChunkSize(chunkSize, channels, blockSize, words);
  throw new InvalidInputError(
    `A chunk of ${chunkSize.join(' × ')} voxels in blocks of ${blockSize.join(' × ')} is too large for the ` +
      `compressed_segmentation encoding, whose tables have 24-bit offsets.`,
    {
      remedy:
        fitting === undefined
          ? say`Choose larger blocks (${named('blockSize')}).`
          : say`Choose ${set('chunkSize', fitting.join(','))} or smaller.`,
      fields: { code: 'unfit-option', options: ['chunkSize'] },
    },
  );
}

function typeNotes(asked: ConvertSpec, { type }: VolumeInfo): string[] {
  if (asked.type !== undefined || type !== 'image') return [];
  return ['The input says that it is an image; as a segmentation, its values are taken for ids.'];
}

function planNotes(
  spec: TypedSpec,
  input: DataType,
  info: VolumeInfo,
  pyramid: readonly PyramidScale[],
): string[] {
  const notes: string[] = [];
  const output = info.data_type;
  if (spec.components !== undefined) {
    notes.push(
      `The largest component of an id keeps it, the others get new ids; ${COMPONENTS_FILE} in the dataset's folder lists them.`,
    );
  }
  if (input !== output) notes.push(`The input's ${input} voxels are written as ${output}.`);
  if (info.scales.some(isLossy)) {
    notes.push(
      'JPEG changes values a little. Each scale is computed from the exact values, so the loss does not add up.',
    );
  }
  if (hasRoundedOffsets(pyramid)) {
    notes.push(
      'The voxel offset is not a multiple of the coarser voxels, so coarser scales lie up to one of their voxels ' +
        'beside their true place.',
    );
  }
  return notes;
}
