/** The host's side of assembly/label-table.ts, for kernels that count labels. */
import { unsigned } from './assembly';

/** What such a kernel exports. */
export interface LabelTableExports {
  scratchBytes(): number;
  beginCounting(start: number): void;
  entriesPointer(): number;
  labelCount(): number;
}

/**
 * Takes labels that were counted, 10 words each, little endian: uint64 label, uint64 voxels, the least x, y, z of the label's
 * voxels, the greatest x, y, z plus 1. The array is good for this call only.
 */
export type TakeLabels = (entries: Int32Array) => void;

const ENTRY_WORDS = 10;

/** The labels that were counted since counting began, where they stand in the kernel's memory. */
export function countedLabels(kernel: LabelTableExports, buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, unsigned(kernel.entriesPointer()), kernel.labelCount() * ENTRY_WORDS);
}
