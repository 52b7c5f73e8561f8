import { about, named, set, value } from '../../shared/api/mentions';
import { say, type Words } from '../../shared/base/words';
import type { ConvertSpec } from '../../shared/api/job-spec';
import type { DataType } from '../../shared/base/data-type';
import { InvalidInputError } from '../../shared/base/errors';
import type { Vec3 } from '../../shared/base/vec3';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { MAX_JPEG_SIDE } from '../codecs/images/jpeg-encoder';

export type WrittenEncoding = NonNullable<ConvertSpec['encoding']>;

interface ChunkContent {
  readonly encoding: WrittenEncoding;
  readonly type: VolumeInfo['type'];
  readonly dataType: DataType;
  readonly channels: number;
  /** Of the largest chunk that there will be. */
  readonly chunkSize: Vec3;
}

/** @throws InvalidInputError where the encoding can't hold such chunks */
export function checkEncoding(content: ChunkContent): void {
  switch (content.encoding) {
    case 'raw':
      return;
    case 'compressed_segmentation':
      if (content.dataType === 'uint32' || content.dataType === 'uint64') return;
      throw refusal(
        `compressed_segmentation holds uint32 or uint64 labels, not ${content.dataType}.`,
        say`Choose ${set('dataType', 'uint32')} or ${value('dataType', 'uint64')}, or ${set('encoding', 'raw')}.`,
        ['encoding', 'dataType'],
      );
    case 'jpeg':
      checkJpeg(content);
      return;
    case 'png':
      checkPng(content);
      return;
  }
}

function checkJpeg({ type, dataType, channels, chunkSize }: ChunkContent): void {
  if (type === 'segmentation') {
    throw refusal('jpeg changes values, and a changed label is another one.', OTHER_ENCODING, ['encoding']);
  }
  if (dataType !== 'uint8') {
    throw refusal(
      `jpeg holds uint8 values, not ${dataType}.`,
      say`Map the values to uint8 by ${named('window')}, such as ${set('window', 'auto')}, or choose ${set('encoding', 'png')} or ${value('encoding', 'raw')}.`,
      ['encoding', 'dataType'],
    );
  }
  if (channels !== 1 && channels !== 3) {
    throw refusal(
      `jpeg holds 1 or 3 channels, not ${channels}.`,
      say`Choose ${set('encoding', 'png')} or ${value('encoding', 'raw')}.`,
      ['encoding'],
    );
  }
  const [width, height] = [chunkSize[0], chunkSize[1] * chunkSize[2]];
  if (Math.max(width, height) > MAX_JPEG_SIDE) {
    throw refusal(
      `A chunk of ${chunkSize.join(' × ')} voxels is a JPEG of ${width} × ${height} voxels: the most is ` +
        `${MAX_JPEG_SIDE} a side.`,
      say`Choose a smaller ${named('chunkSize')}, such as 64.`,
      ['chunkSize', 'encoding'],
    );
  }
}

function checkPng({ type, dataType, channels }: ChunkContent): void {
  if (type === 'segmentation') {
    throw refusal('png is for images.', OTHER_ENCODING, ['encoding']);
  }
  if (dataType !== 'uint8' && dataType !== 'uint16') {
    throw refusal(
      `png holds uint8 or uint16 values, not ${dataType}.`,
      say`Choose ${set('encoding', 'raw')}, or map the values to uint8 by ${named('window')}, such as ${set('window', 'auto')}.`,
      ['encoding', 'dataType'],
    );
  }
  if (dataType === 'uint16' && channels > 1) {
    // Its decoder separates channels byte by byte (sliceview/png/index.ts), which mixes up samples of two bytes.
    throw refusal(
      'Neuroglancer reads png of 16 bits with one channel only.',
      say`Choose ${set('encoding', 'raw')}.`,
      ['encoding'],
    );
  }
  if (channels > 4) {
    throw refusal(`png holds up to 4 channels, not ${channels}.`, say`Choose ${set('encoding', 'raw')}.`, [
      'encoding',
    ]);
  }
}

const OTHER_ENCODING = say`Choose ${set('encoding', 'compressed_segmentation')} or ${value('encoding', 'raw')}; or ${set('type', 'image')}, where these are grey values.`;

function refusal(message: string, remedy: Words, options: readonly string[]): InvalidInputError {
  return new InvalidInputError(say`${about('encoding')}: ${message}`, { remedy, fields: { options } });
}
