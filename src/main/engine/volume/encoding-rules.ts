import { about, named, set, value } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import type { ConvertSpec } from '../../../shared/api/job-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import {
  encodingFault,
  type EncodedKind,
  type EncodingFault,
} from '../../../shared/precomputed/encoding-rules';
import { MAX_JPEG_SIDE } from '../../codecs/images/jpeg-encoder';

export type WrittenEncoding = NonNullable<ConvertSpec['encoding']>;

interface ChunkContent extends EncodedKind {
  /** Shape of the largest chunk. */
  readonly chunkSize: Vec3;
}

/** @throws InvalidInputError if the encoding can't hold such chunks */
export function checkEncoding(content: ChunkContent): void {
  const fault = encodingFault(content);
  if (fault !== undefined) throw refusalOf(fault, content);
  if (content.encoding === 'jpeg') checkJpegSide(content.chunkSize);
}

function refusalOf(fault: EncodingFault, { encoding, dataType, channels }: EncodedKind): InvalidInputError {
  switch (fault) {
    case 'labels': {
      const why =
        encoding === 'jpeg'
          ? 'jpeg changes values, and a changed value is another id.'
          : 'png is for images.';
      return refusal(why, OTHER_ENCODING, ['encoding']);
    }
    case 'data-type':
      return refusal(`${HELD_TYPES[encoding]}, not ${dataType}.`, OTHER_TYPE[encoding], [
        'encoding',
        'dataType',
      ]);
    case 'channels': {
      const held = encoding === 'jpeg' ? 'jpeg holds 1 or 3 channels' : 'png holds up to 4 channels';
      const remedy =
        encoding === 'jpeg' ? say`Choose ${set('encoding', 'png')} or ${value('encoding', 'raw')}.` : RAW;
      return refusal(`${held}, not ${channels}.`, remedy, ['encoding']);
    }
    case 'wide-channels':
      return refusal('Neuroglancer reads png of 16 bits with one channel only.', RAW, ['encoding']);
  }
}

function checkJpegSide([x, y, z]: Vec3): void {
  if (Math.max(x, y * z) <= MAX_JPEG_SIDE) return;
  throw refusal(
    `A chunk of ${x} × ${y} × ${z} voxels is a JPEG of ${x} × ${y * z} voxels: the largest possible is ${MAX_JPEG_SIDE} a side.`,
    say`Choose a smaller ${named('chunkSize')}, such as 64.`,
    ['chunkSize', 'encoding'],
  );
}

const HELD_TYPES: Readonly<Record<WrittenEncoding, string>> = {
  raw: 'raw holds any values',
  compressed_segmentation: 'compressed_segmentation holds uint32 or uint64 labels',
  jpeg: 'jpeg holds uint8 values',
  png: 'png holds uint8 or uint16 values',
};

const RAW = say`Choose ${set('encoding', 'raw')}.`;
const OTHER_ENCODING = say`Choose ${set('encoding', 'compressed_segmentation')} or ${value('encoding', 'raw')}; or ${set('type', 'image')}, if these are grey values.`;
const OTHER_TYPE: Readonly<Record<WrittenEncoding, Words>> = {
  raw: RAW,
  compressed_segmentation: say`Choose ${set('dataType', 'uint32')} or ${value('dataType', 'uint64')}, or ${set('encoding', 'raw')}.`,
  jpeg: say`Map the values to uint8 with ${named('window')}, such as ${set('window', 'auto')}, or choose ${set('encoding', 'png')} or ${value('encoding', 'raw')}.`,
  png: say`Choose ${set('encoding', 'raw')}, or map the values to uint8 with ${named('window')}, such as ${set('window', 'auto')}.`,
};

function refusal(message: string, remedy: Words, options: readonly string[]): InvalidInputError {
  return new InvalidInputError(say`${about('encoding')}: ${message}`, {
    remedy,
    fields: { code: 'unfit-option', options },
  });
}
