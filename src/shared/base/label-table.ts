/** The host's side of assembly/label-table.ts, for kernels that count labels. */
import { unsigned } from './assembly';

/** The exports of such a kernel. */
export interface LabelTableExports {
  scratchBytes(): number;
  beginCounting(start: number): void;
  entriesPointer(): number;
  labelCount(): number;
}

/**
 * Receives labels that were counted, 10 words each, little endian: uint64 label, uint64 voxels, the least x, y, z of
 * the label's voxels, the greatest x, y, z plus 1. The array is valid only during the call.
 */
export type TakeLabels = (entries: Int32Array) => void;

const ENTRY_WORDS = 10;

/** Returns a view, in the kernel's memory, of the labels that were counted since counting began. */
export function countedLabels(kernel: LabelTableExports, buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, unsigned(kernel.entriesPointer()), kernel.labelCount() * ENTRY_WORDS);
}
