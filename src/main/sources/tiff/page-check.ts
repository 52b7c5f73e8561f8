import { storedRowBytes } from './unit-decoder';
import { unitCount, type PageLayout, type TiffPage } from './tiff-page';

/**
 * Checks the positions and lengths of a page's units without decoding them. Returns the first problem, or undefined if
 * there is none. `sizeBytes` is the size of the file.
 */
export function damageOf(page: TiffPage, sizeBytes: number): string | undefined {
  const { layout, unitOffsets, unitBytes } = page;
  const kind = layout.tiled ? 'tile' : 'strip';
  const units = unitCount(layout);
  for (let i = 0; i < units; i++) {
    const [offset = 0, bytes = 0] = [unitOffsets[i], unitBytes[i]];
    if (offset + bytes > sizeBytes) {
      return `the file is cut off: ${kind} ${i} ends at byte ${offset + bytes}, the file at byte ${sizeBytes}`;
    }
    // Sparse files leave out units of zeros; the position of such a unit is 0 too.
    if (bytes === 0 && offset !== 0) return `${kind} ${i} is at byte ${offset} but has no bytes`;
    const needed = rowsOfUnit(layout, i) * storedRowBytes(layout);
    if (layout.compression === 'none' && bytes > 0 && bytes < needed) {
      return `${kind} ${i} has ${bytes} bytes where ${needed} are needed`;
    }
  }
  return undefined;
}

/** Returns the rows that a unit holds. Tiles always have their full height; the last strip ends with the image. */
function rowsOfUnit({ tiled, height, unitHeight }: PageLayout, index: number): number {
  if (tiled) return unitHeight;
  const strip = index % Math.ceil(height / unitHeight);
  return Math.min(unitHeight, height - strip * unitHeight);
}
