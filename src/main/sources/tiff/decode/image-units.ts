/**
 * Decodes strips and tiles that are complete images. JPEGs may leave out the tables that all strips share. The page's
 * tag JPEGTables holds these as a JPEG without an image (TIFF Technical Note 2, Adobe 1995).
 */
import { inflateSync } from 'node:zlib';
import { InvalidInputError, UnsupportedError } from '../../../../shared/base/errors';
import {
  jpeg2000Decoder,
  jpegDecoder,
  lercDecoder,
  webpDecoder,
  type Frame,
} from '../../../codecs/images/frame-decoder';
import { loadZstd } from '../../../places/zstd';
import { samplesPerVoxel, type ImageCompression, type PageLayout, type TiffPage } from '../tiff-page';

const MOST_SAMPLE_BYTES = 8;
/** A generous limit for the headers of LERC data. */
const HEADER_BYTES = 1 << 16;

/**
 * Returns a function that decodes the units of a page to samples in this machine's byte order. The function throws if a
 * unit isn't an image of this compression or doesn't fit the page.
 */
export async function imageUnits(
  compression: ImageCompression,
  page: TiffPage,
): Promise<(content: Uint8Array) => Uint8Array> {
  const { layout } = page;
  const samples = samplesPerVoxel(layout);
  switch (compression) {
    case 'JPEG': {
      const decode = await jpegDecoder();
      return (content) => checked(decode(wholeJpeg(content, page)), layout);
    }
    case 'JPEG 2000': {
      const decode = await jpeg2000Decoder();
      return (content) => checked(decode(content), layout);
    }
    case 'LERC': {
      const [decode, unpack] = [await lercDecoder(), await lercUnpacker(page)];
      return (content) => checked(decode(unpack(content)), layout);
    }
    case 'WebP': {
      const decode = await webpDecoder(samples === 4 ? 4 : 3);
      return (content) => checked(decode(content), layout);
    }
  }
}

/**
 * Returns a function that undoes the additional compression of LERC data, which the second value of the page's
 * LercParameters names.
 */
async function lercUnpacker({ layout, lercPacking }: TiffPage): Promise<(content: Uint8Array) => Uint8Array> {
  const most =
    2 * layout.unitWidth * layout.unitHeight * samplesPerVoxel(layout) * MOST_SAMPLE_BYTES + HEADER_BYTES;
  switch (lercPacking) {
    case 0:
      return (content) => content;
    case 1:
      return (content) => inflateSync(content, { maxOutputLength: most });
    case 2: {
      const unpack = await loadZstd();
      return (content) => unpack(content, most);
    }
    default:
      throw new UnsupportedError(`its LERC data is packed in a way that isn't known (${lercPacking})`);
  }
}

/** Returns the samples of a decoded unit if it fits the page. The last strip may have fewer rows than others. */
function checked(frame: Frame, layout: PageLayout): Uint8Array {
  const { width, height, samples, dataType, bytes } = frame;
  const { unitWidth, unitHeight, dataType: wanted } = layout;
  const wantedSamples = samplesPerVoxel(layout);
  if (width !== unitWidth || height > unitHeight || samples !== wantedSamples || dataType !== wanted) {
    const found = `${width} × ${height} of ${samples} × ${dataType}`;
    throw new InvalidInputError(
      `it holds an image of ${found}, not ${unitWidth} × ${unitHeight} of ${wantedSamples} × ${wanted}`,
    );
  }
  return bytes;
}

/** Returns Adobe's segment of a JPEG, which says whether the colours are stored as YCbCr (1) or as RGB (0). */
function adobeSegment(transform: 0 | 1): Buffer {
  return Buffer.from([0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
}

/** Returns the unit's JPEG with the tables and the colour space of the page inserted. */
function wholeJpeg(content: Uint8Array, { layout, jpegTables, isYCbCr }: TiffPage): Uint8Array {
  const start = content.subarray(0, 2);
  const tables = jpegTables?.subarray(2, -2) ?? new Uint8Array(0);
  const colours = samplesPerVoxel(layout) === 3 ? adobeSegment(isYCbCr ? 1 : 0) : Buffer.alloc(0);
  return Buffer.concat([start, colours, tables, content.subarray(2)]);
}
