import type Bzip2 from '@foxglove/wasm-bz2';

let decoder: Promise<Bzip2> | undefined;

/** Unpacks bzip2 data. @throws if it is damaged, or unpacks to more than `mostBytes` */
export async function decodeBzip2(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  decoder ??= import('@foxglove/wasm-bz2').then((module) => module.default.init());
  return Uint8Array.from((await decoder).decompress(bytes, mostBytes));
}
