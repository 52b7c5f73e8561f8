/** compressed_segmentation with the kernels in assembly/. */
import {
  allocateSharedAssemblyMemory,
  startAssembly,
  unsigned,
  type AssemblyMemory,
  type SharedAssemblyMemory,
} from '../base/assembly';
import type { UnsupportedError } from '../base/errors';
import { kernelInstances, kernelMemoryOf, scratchOf, type Scratch } from '../base/kernel-memory';
import { countedLabels, type LabelTableExports } from '../base/label-table';
import type { Vec3 } from '../base/vec3';
import decoderModule from './assembly/decode-segmentation.ts?assembly';
import encoderModule from './assembly/encode-segmentation.ts?assembly=shared-memory';
import {
  chunkTooLarge,
  faultyBlock,
  offsetsOverflow,
  tooManyLabels,
  type BlockFault,
} from './compressed-segmentation-errors';
import type { LabelCounting, SegmentationChunk, VoxelStrides } from './compressed-segmentation-layout';
import type { SegmentationCodec } from './compressed-segmentation-reference';

/** The exports of assembly/encode-segmentation.ts. A status is 0, or 1 + an index into {@link ENCODER_FAULTS}. */
interface EncoderExports extends LabelTableExports {
  chunkShape(...voxels: Vec3): void;
  blockShape(...voxels: Vec3): void;
  beginChunk(start: number, end: number, channels: number, wordsPerVoxel: number): number;
  countFrom(...origin: Vec3): void;
  countedAll(): boolean;
  beginChannel(channel: number): number;
  outputPointer(): number;
  outputWords(): number;
  encodeLayer(at: number, rowBytes: number, sliceBytes: number, depth: number): number;
}

const ENCODER_FAULTS: readonly ((chunk: SegmentationChunk) => UnsupportedError)[] = [
  offsetsOverflow,
  ({ blockSize }) => tooManyLabels(blockSize),
];
/** The next status after those: the memory is too small. */
const OUT_OF_MEMORY = 3;

/** The exports of assembly/decode-segmentation.ts. A status is 0, or 1 + an index into {@link DECODER_FAULTS}. */
interface DecoderExports {
  readonly memory: AssemblyMemory;
  chunkShape(...voxels: Vec3): void;
  blockShape(...voxels: Vec3): void;
  /** Returns 0 if there isn't enough memory for the chunk. */
  beginChunk(wordsPerVoxel: number, words: number): number;
  beginChannel(): void;
  inputPointer(): number;
  outputPointer(): number;
  decodeLayer(start: number, words: number, depth: number): number;
  faultyBlock(): number;
}

const DECODER_FAULTS: readonly BlockFault[] = ['width', 'values', 'label'];

/** Creates the codec, or returns `undefined` if this runtime can't run it. */
export function startWasmCodec(): SegmentationCodec | undefined {
  const encoderIn = kernelInstances<EncoderExports>(encoderModule);
  const decoder = startAssembly<DecoderExports>(decoderModule);
  const encoder = new WasmEncoder(encoderIn);
  if (!encoder.canRun || decoder === undefined) return undefined;
  return {
    encode: (voxels, chunk, strides) => encoder.encode(voxels, chunk, strides),
    encodeAndCount: (voxels, chunk, strides, counting) =>
      encoder.encodeInPlace(voxels, chunk, strides, counting),
    decode: (words, chunk, out) => {
      decode(decoder, words, chunk, out);
    },
  };
}

/** The location of a layer of blocks in the kernel's memory. */
interface LayerPlace {
  readonly at: number;
  readonly rowBytes: number;
  readonly sliceBytes: number;
}

/** Room for a layer, and for the encoder's notes on a chunk of the usual size. */
const FIRST_COPY_BYTES = 2 ** 22;
/** The kernel counts bytes in 32 bits. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

/**
 * Encodes voxels in place if they are in a kernel memory with a scratch area for this thread. Otherwise it encodes
 * copies.
 */
class WasmEncoder {
  /** The memory for copies. */
  private copies: SharedAssemblyMemory | undefined;

  constructor(private readonly encoderIn: (memory: SharedAssemblyMemory) => EncoderExports | undefined) {
    this.copies = allocateSharedAssemblyMemory(FIRST_COPY_BYTES);
  }

  get canRun(): boolean {
    return this.copies !== undefined && this.encoderIn(this.copies) !== undefined;
  }

  encode(voxels: Uint32Array, chunk: SegmentationChunk, strides: VoxelStrides): Uint8Array<ArrayBuffer> {
    const encoded = this.encodeInPlace(voxels, chunk, strides);
    if (encoded !== undefined) return encoded;
    const { shape, blockSize, wordsPerVoxel } = chunk;
    const layerBytes =
      16 * Math.ceil((shape[0] * shape[1] * Math.min(shape[2], blockSize[2]) * wordsPerVoxel) / 4);
    for (let bytes = layerBytes + FIRST_COPY_BYTES; bytes < 2 * MOST_BYTES; bytes *= 2) {
      const memory = this.memoryOf(Math.min(bytes, MOST_BYTES));
      const encoder = memory && this.encoderIn(memory);
      if (memory === undefined || encoder === undefined) break;
      const scratch = { start: layerBytes, end: memory.buffer.byteLength };
      const copied = encodeLayers(encoder, memory, scratch, chunk, (channel, z, depth) =>
        copyLayer(voxels, chunk, strides, memory, channel, z, depth),
      );
      if (copied !== undefined) return copied;
    }
    throw chunkTooLarge(shape);
  }

  /**
   * Returns undefined if the voxels aren't in a kernel memory, this thread has no scratch area there, the scratch
   * area is too small, or there are more labels than can be counted.
   */
  encodeInPlace(
    voxels: Uint32Array,
    chunk: SegmentationChunk,
    strides: VoxelStrides,
    counting?: LabelCounting,
  ): Uint8Array<ArrayBuffer> | undefined {
    const memory = kernelMemoryOf(voxels.buffer);
    const scratch = memory && scratchOf(memory);
    const encoder = memory && this.encoderIn(memory);
    if (memory === undefined || scratch === undefined || encoder === undefined) return undefined;
    const placeOf = (channel: number, z: number): LayerPlace => ({
      at: voxels.byteOffset + 4 * (channel * strides.channel + z * strides.slice),
      rowBytes: 4 * strides.row,
      sliceBytes: 4 * strides.slice,
    });
    if (counting === undefined) return encodeLayers(encoder, memory, scratch, chunk, placeOf);
    encoder.beginCounting(scratch.start);
    const rest = { start: scratch.start + encoder.scratchBytes(), end: scratch.end };
    const encoded = encodeLayers(encoder, memory, rest, chunk, placeOf, counting.origin);
    if (encoded === undefined || !encoder.countedAll()) return undefined;
    counting.take(countedLabels(encoder, memory.buffer));
    return encoded;
  }

  private memoryOf(bytes: number): SharedAssemblyMemory | undefined {
    if (this.copies === undefined || this.copies.buffer.byteLength < bytes) {
      this.copies = allocateSharedAssemblyMemory(bytes) ?? this.copies;
    }
    return this.copies !== undefined && this.copies.buffer.byteLength >= bytes ? this.copies : undefined;
  }
}

/** Returns undefined if the scratch area is too small. */
function encodeLayers(
  encoder: EncoderExports,
  { buffer }: SharedAssemblyMemory,
  { start, end }: Scratch,
  chunk: SegmentationChunk,
  placeOf: (channel: number, z: number, depth: number) => LayerPlace,
  countFrom?: Vec3,
): Uint8Array<ArrayBuffer> | undefined {
  const { shape, channels, blockSize, wordsPerVoxel } = chunk;
  encoder.chunkShape(...shape);
  encoder.blockShape(...blockSize);
  if (!isOk(encoder.beginChunk(start, end, channels, wordsPerVoxel), chunk)) return undefined;
  if (countFrom !== undefined) encoder.countFrom(...countFrom);
  for (let channel = 0; channel < channels; channel++) {
    if (!isOk(encoder.beginChannel(channel), chunk)) return undefined;
    for (let z = 0; z < shape[2]; z += blockSize[2]) {
      const depth = Math.min(blockSize[2], shape[2] - z);
      const { at, rowBytes, sliceBytes } = placeOf(channel, z, depth);
      if (!isOk(encoder.encodeLayer(at, rowBytes, sliceBytes, depth), chunk)) return undefined;
    }
  }
  return new Uint8Array(buffer, unsigned(encoder.outputPointer()), 4 * encoder.outputWords()).slice();
}

/** Returns false if the memory is too small. @throws UnsupportedError for the other faults */
function isOk(status: number, chunk: SegmentationChunk): boolean {
  if (status === OUT_OF_MEMORY) return false;
  const fault = ENCODER_FAULTS[status - 1];
  if (fault !== undefined) throw fault(chunk);
  return true;
}

/** Copies a layer to the beginning of the memory, without gaps. */
function copyLayer(
  voxels: Uint32Array,
  { shape, wordsPerVoxel }: SegmentationChunk,
  strides: VoxelStrides,
  { buffer }: SharedAssemblyMemory,
  channel: number,
  z: number,
  depth: number,
): LayerPlace {
  const row = shape[0] * wordsPerVoxel;
  const slice = row * shape[1];
  const layer = new Uint32Array(buffer, 0, slice * depth);
  const first = channel * strides.channel + z * strides.slice;
  if (strides.row === row && strides.slice === slice) {
    layer.set(voxels.subarray(first, first + layer.length));
  } else {
    for (let i = 0; i < shape[1] * depth; i++) {
      const start = first + Math.floor(i / shape[1]) * strides.slice + (i % shape[1]) * strides.row;
      layer.set(voxels.subarray(start, start + row), i * row);
    }
  }
  return { at: 0, rowBytes: 4 * row, sliceBytes: 4 * slice };
}

function decode(
  decoder: DecoderExports,
  words: Uint32Array,
  { shape, channels, blockSize, wordsPerVoxel }: SegmentationChunk,
  out: Uint32Array,
): void {
  decoder.chunkShape(...shape);
  decoder.blockShape(...blockSize);
  if (decoder.beginChunk(wordsPerVoxel, words.length) === 0) throw chunkTooLarge(shape);
  new Uint32Array(decoder.memory.buffer, unsigned(decoder.inputPointer()), words.length).set(words);
  const sliceWords = shape[0] * shape[1] * wordsPerVoxel;
  const layer = new Uint32Array(
    decoder.memory.buffer,
    unsigned(decoder.outputPointer()),
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
