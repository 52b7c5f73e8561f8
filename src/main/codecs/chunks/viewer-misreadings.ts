/**
 * Valid chunks of images that Neuroglancer shows wrongly without an error.
 *
 * Source: tests with Neuroglancer 2.41.2, src/async_computation/decode_jpeg.ts, src/sliceview/png and jxl; libjpeg,
 * jdapimin.c (`default_decompress_parms`), for what three components are. ../images/jpeg.ts describes JPEG's segments;
 * Adobe's (ff ee) has "Adobe", version, flags (16 bits each, twice), transform (a byte). A frame has bits per sample,
 * height, width (16 bits each), components, then id, sampling and table of each component.
 */
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';

const PROGRESSIVE = 0xc2;
const JFIF = 0xe0;
const ADOBE = 0xee;
const SCAN = 0xda;
/** The markers of frames, without those of tables (c4), extensions (c8) and conditioning (cc). */
const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
const ADOBE_TRANSFORM_AT = 11;
const PNG_BITS_AT = 24;
const PNG_COLOUR_TYPE_AT = 25;
const PNG_GREY = 0;

/**
 * Returns, as the end of a sentence, what the viewer does with the chunk, or undefined if it shows the right values.
 */
export function misreadByViewer(
  { encoding }: ScaleInfo,
  channels: number,
  bytes: Uint8Array,
): string | undefined {
  if (encoding === 'jpeg') return misreadJpeg(bytes);
  if (encoding === 'jxl' && channels > 1) return 'a JPEG XL of several channels, which Neuroglancer mixes up';
  if (encoding === 'png' && bytes[PNG_BITS_AT] === 16 && bytes[PNG_COLOUR_TYPE_AT] !== PNG_GREY) {
    return 'a PNG of 16 bits and several channels, whose bytes Neuroglancer mixes up';
  }
  return undefined;
}

function misreadJpeg(bytes: Uint8Array): string | undefined {
  const segments = [...segmentsBeforeScan(bytes)];
  const frame = segments.find(({ marker }) => FRAMES.includes(marker));
  if (frame?.marker === PROGRESSIVE) return 'a progressive JPEG, which Neuroglancer shows with other values';
  if (frame === undefined || !isRgb(frame.content, segments)) return undefined;
  return 'a JPEG of RGB, which Neuroglancer takes for YCbCr';
}

interface JpegSegment {
  readonly marker: number;
  readonly content: Uint8Array;
}

function* segmentsBeforeScan(bytes: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === SCAN) return;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0);
    yield { marker, content: bytes.subarray(at + 4, end) };
    at = end;
  }
}

/** Three components are YCbCr by JFIF. Without it they are what Adobe's marker says, or what their ids spell. */
function isRgb(frame: Uint8Array, segments: readonly JpegSegment[]): boolean {
  const [components, first, second, third] = [5, 6, 9, 12].map((at) => frame[at] ?? 0);
  if (components !== 3) return false;
  const named = (marker: number, name: string) =>
    segments.find((segment) => segment.marker === marker && startsWith(segment.content, name))?.content;
  if (named(JFIF, 'JFIF\0') !== undefined) return false;
  const adobe = named(ADOBE, 'Adobe');
  if (adobe !== undefined) return adobe[ADOBE_TRANSFORM_AT] === 0;
  return String.fromCharCode(first ?? 0, second ?? 0, third ?? 0) === 'RGB';
}

function startsWith(content: Uint8Array, name: string): boolean {
  return Buffer.from(content.subarray(0, name.length)).toString('latin1') === name;
}

/** What the user can do about such chunks. */
export const MISREAD_REMEDY = 'Convert the volume again, which writes what the viewer reads.';
