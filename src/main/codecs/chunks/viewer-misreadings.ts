/**
 * Valid chunks of images that Neuroglancer shows wrongly without an error.
 *
 * Source: tests with Neuroglancer 2.41.2, src/async_computation/decode_jpeg.ts and src/sliceview/png.
 * ../images/jpeg.ts describes JPEG's segments; Adobe's (ff ee) has "Adobe", version, flags (16 bits each, twice),
 * transform (a byte).
 */
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';

const PROGRESSIVE = 0xc2;
const ADOBE = 0xee;
const SCAN = 0xda;
/** The markers of frames, without those of tables (c4), extensions (c8) and conditioning (cc). */
const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
const PNG_PALETTE = 3;
const PNG_COLOUR_TYPE_AT = 25;

/**
 * Returns, as the end of a sentence, what the viewer does with the chunk, or undefined if it shows the right values.
 */
export function misreadByViewer({ encoding }: ScaleInfo, bytes: Uint8Array): string | undefined {
  if (encoding === 'jpeg') return misreadJpeg(bytes);
  if (encoding === 'png' && bytes[PNG_COLOUR_TYPE_AT] === PNG_PALETTE) {
    return 'a PNG with a palette, whose colours Neuroglancer shows wrongly';
  }
  return undefined;
}

function misreadJpeg(bytes: Uint8Array): string | undefined {
  let isRgb = false;
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === SCAN) return undefined;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === PROGRESSIVE) return 'a progressive JPEG, which Neuroglancer shows with other values';
    if (marker === ADOBE) isRgb = isAdobeRgb(bytes.subarray(at + 4));
    if (FRAMES.includes(marker)) {
      const components = bytes[at + 9];
      return isRgb && components === 3
        ? 'a JPEG of RGB by its Adobe marker, which Neuroglancer takes for YCbCr'
        : undefined;
    }
    at += 2 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0);
  }
  return undefined;
}

function isAdobeRgb(segment: Uint8Array): boolean {
  const name = Buffer.from(segment.subarray(0, 5)).toString('latin1');
  return name === 'Adobe' && segment[11] === 0;
}

/** What the user can do about such chunks. */
export const MISREAD_REMEDY = 'Convert the volume again, which writes what the viewer reads.';
