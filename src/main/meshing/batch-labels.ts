import { closeSync, openSync, readSync } from 'node:fs';
import type { LabelEntry } from '../../shared/kernels/label-statistics';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import { fileError } from '../base/file-error';
import { readPiece, readPieceTables, readStatistics, type PieceEntry, type ReadRange } from './piece-file';
import type { SurfacePart, SurfaceParts } from './surface-parts';

/** A label of a batch with its pieces from all blocks. */
export interface LabelPieces {
  readonly entry: LabelEntry;
  readonly pieces: SurfaceParts;
}

/**
 * Pieces of a batch stay in memory up to this number of bytes. Those of larger batches are read when they are needed.
 */
const MAX_BYTES_IN_MEMORY = 24 * 2 ** 20;

/**
 * Returns the labels of one part of a batch (batch-parts.ts) by ascending id, each with all of its pieces, in an
 * order that doesn't depend on the blocks.
 *
 * @param files the objects of all blocks (piece-file.ts)
 */
export function labelsOfPart(part: number, files: readonly string[]): LabelPieces[] {
  const statistics = new LabelStatistics();
  const entries = new Map<bigint, { entry: PieceEntry; read: ReadRange }[]>();
  let bytesInMemory = 0;
  for (const file of files) {
    for (const table of readPieceTables(part, fileReader(file))) {
      statistics.merge(LabelStatistics.fromBytes(table.statistics));
      if (table.pieces.length === 0) continue;
      const isKept = bytesInMemory + table.pieceBytes <= MAX_BYTES_IN_MEMORY;
      if (isKept) bytesInMemory += table.pieceBytes;
      const begin = table.pieces[0]?.offsetBytes ?? 0;
      const read = isKept ? memoryReader(fileReader(file)(begin, table.pieceBytes), begin) : fileReader(file);
      for (const entry of table.pieces) {
        const list = entries.get(entry.label);
        if (list === undefined) entries.set(entry.label, [{ entry, read }]);
        else list.push({ entry, read });
      }
    }
  }
  return [...statistics].map((entry) => {
    const found = entries.get(entry.id) ?? [];
    return {
      entry,
      pieces: found
        .sort((a, b) => comparePieces(a.entry, b.entry))
        .map((piece) => pieceAsPart(piece.entry, piece.read)),
    };
  });
}

/** Yields the statistics of the labels of one part of a batch, block by block. */
export function* statisticsOfPart(part: number, files: readonly string[]): Generator<LabelStatistics> {
  for (const file of files) {
    for (const bytes of readStatistics(part, fileReader(file))) {
      yield LabelStatistics.fromBytes(bytes);
    }
  }
}

function comparePieces({ piece: a }: PieceEntry, { piece: b }: PieceEntry): number {
  return a[2] - b[2] || a[1] - b[1] || a[0] - b[0];
}

function pieceAsPart(entry: PieceEntry, read: ReadRange): SurfacePart {
  const { triangles, bounds } = entry;
  return { triangles, bounds, read: () => readPiece(entry, read) };
}

function memoryReader(bytes: Uint8Array, begin: number): ReadRange {
  return (offset, length) => bytes.subarray(offset - begin, offset - begin + length);
}

/** Opens the file for each range, because there may be more blocks than files that can be open at the same time. */
function fileReader(path: string): ReadRange {
  return (offset, length) => {
    try {
      const file = openSync(path, 'r');
      try {
        const bytes = new Uint8Array(length);
        let at = 0;
        for (let got = -1; got !== 0 && at < length; at += got) {
          got = readSync(file, bytes, at, length - at, offset + at);
        }
        return bytes.subarray(0, at);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw fileError('read', path, error);
    }
  };
}
