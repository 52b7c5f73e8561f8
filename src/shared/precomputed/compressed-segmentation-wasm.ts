/** compressed_segmentation by the kernels in assembly/, one instance a thread. */
import { startAssembly, type AssemblyMemory } from '../base/assembly';
import type { UnsupportedError } from '../base/errors';
import type { Vec3 } from '../base/vec3';
import decoderModule from './assembly/decode-segmentation.ts?assembly';
import encoderModule from './assembly/encode-segmentation.ts?assembly';
import {
  chunkTooLarge,
  faultyBlock,
  offsetsOverflow,
  tooManyLabels,
  type BlockFault,
} from './compressed-segmentation-errors';
import type { SegmentationChunk } from './compressed-segmentation-layout';
import type { SegmentationCodec } from './compressed-segmentation-reference';

/** What assembly/encode-segmentation.ts exports. A status is 0, or 1 + the index of one of {@link ENCODER_FAULTS}. */
interface EncoderExports {
  readonly memory: AssemblyMemory;
  beginChunk(
    ...parameters: [...shape: Vec3, channels: number, ...blockSize: Vec3, wordsPerVoxel: number]
  ): number;
  beginChannel(channel: number): number;
  inputPointer(): number;
  outputPointer(): number;
  outputWords(): number;
  encodeLayer(depth: number): number;
}

const ENCODER_FAULTS: readonly ((chunk: SegmentationChunk) => UnsupportedError)[] = [
  offsetsOverflow,
  ({ blockSize }) => tooManyLabels(blockSize),
  ({ shape }) => chunkTooLarge(shape),
];

/** What assembly/decode-segmentation.ts exports. A status is 0, or 1 + the index of one of {@link DECODER_FAULTS}. */
interface DecoderExports {
  readonly memory: AssemblyMemory;
  /** 0 where there is no memory for the chunk. */
  beginChunk(
    ...parameters: [...shape: Vec3, ...blockSize: Vec3, wordsPerVoxel: number, words: number]
  ): number;
  beginChannel(): void;
  inputPointer(): number;
  outputPointer(): number;
  decodeLayer(start: number, words: number, depth: number): number;
  faultyBlock(): number;
}

const DECODER_FAULTS: readonly BlockFault[] = ['width', 'values', 'label'];

/** The codec, or `undefined` where this runtime can't run it. */
export function startWasmCodec(): SegmentationCodec | undefined {
  const encoder = startAssembly<EncoderExports>(encoderModule);
  const decoder = startAssembly<DecoderExports>(decoderModule);
  if (encoder === undefined || decoder === undefined) return undefined;
  return {
    encode: (voxels, chunk) => encode(encoder, voxels, chunk),
    decode: (words, chunk, out) => {
      decode(decoder, words, chunk, out);
    },
  };
}

function encode(
  encoder: EncoderExports,
  voxels: Uint32Array,
  chunk: SegmentationChunk,
): Uint8Array<ArrayBuffer> {
  const { shape, channels, blockSize, wordsPerVoxel } = chunk;
  requireOk(encoder.beginChunk(...shape, channels, ...blockSize, wordsPerVoxel), chunk);
  const sliceWords = shape[0] * shape[1] * wordsPerVoxel;
  for (let channel = 0; channel < channels; channel++) {
    requireOk(encoder.beginChannel(channel), chunk);
    const first = channel * shape[2];
    for (let z = 0; z < shape[2]; z += blockSize[2]) {
      const depth = Math.min(blockSize[2], shape[2] - z);
      const layer = voxels.subarray((first + z) * sliceWords, (first + z + depth) * sliceWords);
      new Uint32Array(encoder.memory.buffer, encoder.inputPointer(), layer.length).set(layer);
      requireOk(encoder.encodeLayer(depth), chunk);
    }
  }
  const output = new Uint8Array(encoder.memory.buffer, encoder.outputPointer(), 4 * encoder.outputWords());
  return output.slice();
}

function requireOk(status: number, chunk: SegmentationChunk): void {
  const fault = ENCODER_FAULTS[status - 1];
  if (fault !== undefined) throw fault(chunk);
}

function decode(
  decoder: DecoderExports,
  words: Uint32Array,
  { shape, channels, blockSize, wordsPerVoxel }: SegmentationChunk,
  out: Uint32Array,
): void {
  if (decoder.beginChunk(...shape, ...blockSize, wordsPerVoxel, words.length) === 0)
    throw chunkTooLarge(shape);
  new Uint32Array(decoder.memory.buffer, decoder.inputPointer(), words.length).set(words);
  const sliceWords = shape[0] * shape[1] * wordsPerVoxel;
  const layer = new Uint32Array(
    decoder.memory.buffer,
    decoder.outputPointer(),
    Math.min(shape[2], blockSize[2]) * sliceWords,
  );
  for (let channel = 0; channel < channels; channel++) {
    const start = words[channel] ?? 0;
    decoder.beginChannel();
    for (let z = 0; z < shape[2]; z += blockSize[2]) {
      const depth = Math.min(blockSize[2], shape[2] - z);
      const fault = DECODER_FAULTS[decoder.decodeLayer(start, words.length - start, depth) - 1];
      if (fault !== undefined) throw faultyBlock(channel, decoder.faultyBlock(), fault);
      out.set(layer.subarray(0, depth * sliceWords), (channel * shape[2] + z) * sliceWords);
    }
  }
}
