import type { DataType } from '../base/data-type';
import type { VolumeInfo } from './volume-info';

/** The reason why an encoding can't hold chunks of a kind. */
export type EncodingFault = 'labels' | 'data-type' | 'channels' | 'wide-channels';

export interface EncodedKind {
  readonly encoding: 'compressed_segmentation' | 'raw' | 'jpeg' | 'png';
  readonly type: VolumeInfo['type'];
  readonly dataType: DataType;
  readonly channels: number;
}

/** Returns why the encoding can't hold chunks of this kind, or undefined if it can. */
export function encodingFault({
  encoding,
  type,
  dataType,
  channels,
}: EncodedKind): EncodingFault | undefined {
  switch (encoding) {
    case 'raw':
      return undefined;
    case 'compressed_segmentation':
      return dataType === 'uint32' || dataType === 'uint64' ? undefined : 'data-type';
    case 'jpeg':
      if (type === 'segmentation') return 'labels';
      if (dataType !== 'uint8') return 'data-type';
      return channels === 1 || channels === 3 ? undefined : 'channels';
    case 'png':
      if (type === 'segmentation') return 'labels';
      if (dataType !== 'uint8' && dataType !== 'uint16') return 'data-type';
      // Neuroglancer's decoder separates channels byte by byte (sliceview/png/index.ts), which mixes up samples of
      // two bytes.
      if (dataType === 'uint16' && channels > 1) return 'wide-channels';
      return channels > 4 ? 'channels' : undefined;
  }
}
