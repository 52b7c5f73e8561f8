/**
 * Neuroglancer's decoder of compresso keeps 64 bits of most labels, but only 32 bits of those of "indeterminate
 * locations" (`size_t` of WebAssembly). It is therefore given small numbers in place of the labels. Labels are in two
 * parts of a stream; all numbers are little endian:
 *
 *      0  "cpso", version, bytes per voxel (a byte each), x, y, z (16 bits), steps in x, y, z (a byte each)
 *     15  number of ids (64 bits), of windows (32 bits), of locations (64 bits), connectivity (a byte)
 *     36  ids; windows, with a bit for each voxel of a step, at least a byte; locations
 *
 * A location is 0 to 5 (the label of a neighbour), 6 followed by the label, or the label plus 7.
 *
 * Source: github.com/seung-lab/compresso, compresso.hpp.
 */
import { InvalidInputError } from '../../../shared/base/errors';

const IDS_AT = 36;
const LITERAL = 6;

export interface SmallLabels {
  /** The stream with an index in place of each label. */
  readonly bytes: Uint8Array;
  /** The labels by index. Label 0 has the index 0. */
  readonly labels: BigUint64Array;
}

/** @throws InvalidInputError if the stream is cut off */
export function withSmallLabels(stream: Uint8Array): SmallLabels {
  const bytes = Uint8Array.from(stream);
  const view = new DataView(bytes.buffer);
  const labels: bigint[] = [0n];
  const indices = new Map([[0n, 0n]]);
  const indexOf = (label: bigint): bigint => {
    const index = indices.get(label) ?? BigInt(labels.length);
    if (index === BigInt(labels.length)) labels.push(label);
    indices.set(label, index);
    return index;
  };
  const { locationsAt, end } = placesOf(view);
  for (let at = IDS_AT; at < idsEnd(view); at += 8) {
    view.setBigUint64(at, indexOf(view.getBigUint64(at, true)), true);
  }
  for (let at = locationsAt; at < end; at += 8) {
    const location = view.getBigUint64(at, true);
    if (location < LITERAL) continue;
    if (location > LITERAL) {
      view.setBigUint64(at, indexOf(location - 7n) + 7n, true);
      continue;
    }
    at += 8;
    if (at < end) view.setBigUint64(at, indexOf(view.getBigUint64(at, true)), true);
  }
  return { bytes, labels: BigUint64Array.from(labels) };
}

function idsEnd(view: DataView): number {
  return IDS_AT + 8 * Number(view.getBigUint64(15, true));
}

function placesOf(view: DataView): { readonly locationsAt: number; readonly end: number } {
  if (view.byteLength < IDS_AT) throw new InvalidInputError('Its compresso data is cut off.');
  const stepVoxels = view.getUint8(12) * view.getUint8(13) * view.getUint8(14);
  const windowBytes = [1, 2, 4].find((width) => stepVoxels <= 8 * width) ?? 8;
  const locationsAt = idsEnd(view) + windowBytes * view.getUint32(23, true);
  const end = locationsAt + 8 * Number(view.getBigUint64(27, true));
  if (end > view.byteLength) throw new InvalidInputError('Its compresso data is cut off.');
  return { locationsAt, end };
}

/** Replaces the indices in `voxels`, which are 64-bit numbers, by their labels. */
export function restoreLabels(voxels: BigUint64Array, labels: BigUint64Array): void {
  const words = new Uint32Array(voxels.buffer, voxels.byteOffset, 2 * voxels.length);
  const labelWords = new Uint32Array(labels.buffer);
  for (let i = 0; i < words.length; i += 2) {
    const index = 2 * (words[i] ?? 0);
    if (index >= labelWords.length) throw new InvalidInputError('Its compresso data is damaged.');
    words[i] = labelWords[index] ?? 0;
    words[i + 1] = labelWords[index + 1] ?? 0;
  }
}
