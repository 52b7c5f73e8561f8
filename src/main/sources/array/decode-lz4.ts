import { requireSize } from './decode-blosc';

const SIZE_BYTES = 4;

/**
 * Unpacks LZ4 data as numcodecs writes it: the unpacked size in 4 bytes, little endian, followed by an LZ4 block.
 * @throws if it is damaged, or unpacks to more than `mostBytes`
 */
export async function decodeLz4(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  requireSize(bytes.length < SIZE_BYTES ? 0 : view.getUint32(0, true), mostBytes);
  const { default: Lz4 } = await import('numcodecs/lz4');
  return Lz4.fromConfig({ id: 'lz4' }).decode(bytes);
}

/** Unpacks an LZ4 block whose unpacked size is known. @throws if it is damaged */
export function decodeLz4Block(block: Uint8Array, sizeBytes: number): Promise<Uint8Array> {
  const sized = new Uint8Array(SIZE_BYTES + block.length);
  new DataView(sized.buffer).setUint32(0, sizeBytes, true);
  sized.set(block, SIZE_BYTES);
  return decodeLz4(sized, sizeBytes);
}
