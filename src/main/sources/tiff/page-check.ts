import { storedRowBytes } from './cell-decoder';
import { cellCount, type PageLayout, type TiffPage } from './tiff-page';

/** What can be told to be wrong with the cells of a page, in a file of `sizeBytes`, before one is decoded. */
export function damageOf(page: TiffPage, sizeBytes: number): string | undefined {
  const { layout, cellOffsets, cellBytes } = page;
  const kind = layout.tiled ? 'tile' : 'strip';
  const cells = cellCount(layout);
  for (let i = 0; i < cells; i++) {
    const [offset = 0, bytes = 0] = [cellOffsets[i], cellBytes[i]];
    if (offset + bytes > sizeBytes) {
      return `the file is cut off: ${kind} ${i} ends at byte ${offset + bytes}, the file at byte ${sizeBytes}`;
    }
    // Sparse files leave cells of zeros out: their position is 0 too.
    if (bytes === 0 && offset !== 0) return `${kind} ${i} stands at byte ${offset} but has no bytes`;
    const needed = rowsOfCell(layout, i) * storedRowBytes(layout);
    if (layout.compression === 'none' && bytes > 0 && bytes < needed) {
      return `${kind} ${i} has ${bytes} bytes where ${needed} are needed`;
    }
  }
  return undefined;
}

/** Tiles are whole; the last strip ends with the image. */
function rowsOfCell({ tiled, height, cellHeight }: PageLayout, index: number): number {
  if (tiled) return cellHeight;
  const strip = index % Math.ceil(height / cellHeight);
  return Math.min(cellHeight, height - strip * cellHeight);
}
