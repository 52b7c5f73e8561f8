import type Bzip2 from '@foxglove/wasm-bz2';

let decoder: Promise<Bzip2> | undefined;

/** A stream that isn't empty starts with `BZh`, a digit, and the mark of a block. */
const STREAM_START = /BZh[1-9]1AY&SY/g;

/** Returns the decoder, which is loaded once. */
export function bzip2Decoder(): Promise<Bzip2> {
  return (decoder ??= import('@foxglove/wasm-bz2').then((module) => module.default.init()));
}

/**
 * Unpacks bzip2 data, which may be several streams one after another, as pbzip2 writes them. The decoder unpacks one
 * stream alone and doesn't say where it ends.
 * @throws if it is damaged, or unpacks to more than `mostBytes`
 */
export async function decodeBzip2(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  const bzip2 = await bzip2Decoder();
  const parts: Uint8Array[] = [];
  let left = mostBytes;
  for (const stream of streamsOf(bytes)) {
    const part = Uint8Array.from(bzip2.decompress(stream, left));
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts);
}

/** Data that doesn't start like a stream is returned as one, so that the decoder says what is wrong with it. */
function streamsOf(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const starts = [...text.matchAll(STREAM_START)].map(({ index }) => index);
  if (starts[0] !== 0) return [bytes];
  return starts.map((start, stream) => bytes.subarray(start, starts[stream + 1]));
}
