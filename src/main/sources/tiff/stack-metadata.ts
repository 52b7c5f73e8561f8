import { createHash } from 'node:crypto';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import type { SourceMetadata } from '../volume-source';
import { PIECE_BYTES } from './read-cell';
import type { FileSummary, PageSummary } from './survey';
import type { PageLayout } from './tiff-page';

interface SurveyedStack {
  /** Number of slices, those of zeros too. */
  readonly depth: number;
  /** The layout whose size, type and channels all pages have. */
  readonly layout: PageLayout;
  readonly files: readonly FileSummary[];
  readonly pages: readonly PageSummary[];
  readonly passedOver: readonly string[];
  /** Facts beside those that the files tell. */
  readonly facts: SourceMetadata['facts'];
}

/** What is known of a stack from its directories. Precondition: at least one page. */
export function describeStack(stack: SurveyedStack): SourceMetadata {
  const { width, height, dataType, channels } = stack.layout;
  const layouts = stack.pages.map((page) => page.layout);
  return {
    format: 'TIFF stack',
    size: [width, height, stack.depth],
    dataType,
    channels,
    storageShape: storageShape(layouts),
    decodeBytes: stack.pages.reduce((most, page) => Math.max(most, decodeBytes(page)), 0),
    facts: [
      ['slices', String(stack.depth)],
      ...stack.facts,
      ['compression', distinct(layouts.map((each) => each.compression))],
      ['predictor', distinct(layouts.map((each) => each.predictor))],
      ['layout', distinct(layouts.map(describeCells))],
      ['byte order', distinct(layouts.map((each) => (each.littleEndian ? 'little endian' : 'big endian')))],
      ['variant', distinct(stack.files.map((file) => (file.isBigTiff ? 'BigTIFF' : 'TIFF')))],
    ],
    passedOver: stack.passedOver,
    fingerprint: fingerprint(stack.files),
  };
}

/** The stored bytes of a cell, its decoded form, and the copy that separates channels or that Zstandard makes. */
function decodeBytes({ layout, largestCellBytes }: PageSummary): number {
  const { cellWidth, cellHeight, channels, planar, compression } = layout;
  const rowBytes = cellWidth * (planar ? 1 : channels) * bytesPerVoxel(layout.dataType);
  const decoded = rowBytes * cellHeight;
  const extraCopies = (channels > 1 && !planar ? 1 : 0) + (compression === 'Zstandard' ? 1 : 0);
  if (compression === 'none') return Math.min(decoded, Math.max(rowBytes, PIECE_BYTES)) * (1 + extraCopies);
  return largestCellBytes * (compression === 'Zstandard' ? 2 : 1) + decoded * (1 + extraCopies);
}

function storageShape(layouts: readonly PageLayout[]): Vec3 {
  let best: Vec3 = [1, 1, 1];
  for (const layout of layouts) {
    // Of strips that aren't compressed, single rows are read.
    const rows = layout.compression === 'none' && !layout.tiled ? 1 : layout.cellHeight;
    if (layout.cellWidth * rows > best[0] * best[1]) best = [layout.cellWidth, rows, 1];
  }
  return best;
}

function describeCells(layout: PageLayout): string {
  const kind = layout.tiled ? 'tiles' : 'strips';
  const bytes = layout.cellWidth * layout.cellHeight * bytesPerVoxel(layout.dataType);
  return `${kind} of ${layout.cellWidth} × ${layout.cellHeight} (${Math.ceil(bytes / 1024)} KiB)`;
}

function distinct(values: readonly string[]): string {
  return [...new Set(values)].join(', ');
}

function fingerprint(files: readonly FileSummary[]): string {
  const hash = createHash('sha256');
  for (const { name, sizeBytes, modifiedMs } of files) hash.update(`${name}\0${sizeBytes}\0${modifiedMs}\n`);
  return hash.digest('hex');
}
