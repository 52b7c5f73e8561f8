import { createHash } from 'node:crypto';
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { parseDescription } from './image-description';
import { lsmVoxelSize } from './lsm';
import { notesOnPage } from './page-notes';
import { PageTags, RESAVE, TAG, type Directory } from './page-tags';
import {
  unitCount,
  type Compression,
  type PageLayout,
  type Photometric,
  type Predictor,
  type TiffPage,
} from './tiff-page';

const COMPRESSIONS: Readonly<Record<number, Compression>> = {
  1: 'none',
  2: 'fax',
  3: 'fax Group 3',
  4: 'fax Group 4',
  5: 'LZW',
  7: 'JPEG',
  8: 'Deflate',
  32946: 'Deflate',
  32773: 'PackBits',
  34712: 'JPEG 2000',
  33004: 'JPEG 2000',
  // This is Aperio's code for JPEG 2000 with red, green and blue.
  33005: 'JPEG 2000',
  34887: 'LERC',
  // The code that libtiff had for Zstandard before 50000.
  34926: 'Zstandard',
  50000: 'Zstandard',
  50001: 'WebP',
};
const COMPRESSION_NAMES: Readonly<Record<number, string>> = {
  6: 'old JPEG',
  33003: 'JPEG 2000 in YCbCr',
  34892: 'lossy JPEG of DNG',
  34925: 'LZMA',
  34933: 'PNG',
  34934: 'JPEG XR',
  50002: 'JPEG XL',
};

/** Bits of NewSubfileType: smaller copies of other pages (1), and transparency masks (4), as GDAL writes them. */
const NO_SLICES = 1 | 4;

const PREDICTORS: Readonly<Record<number, Predictor>> = { 1: 'none', 2: 'horizontal', 3: 'floating point' };

/** Values of the tags PhotometricInterpretation and Compression. */
const YCBCR = 6;
const LAB = 8;
const JPEG = 7;

/** Ways to save a file again. The first keeps values, description and resolution. */
const BY_TIFFFILE = `Save it again in Python (pip install tifffile imagecodecs): python3 -c "from tifffile import *; t = TiffFile('OLD.tif'); p = t.pages[0]; imwrite('NEW.tif', t.asarray(), photometric=p.photometric, compression='zlib', metadata=None, description=p.description.encode(), resolution=p.resolution)".`;
const BY_PILLOW = savedByPillow("p.convert('RGB')", '');
const LAB_BY_PILLOW = savedByPillow(
  "C.profileToProfile(p, C.createProfile('LAB'), C.createProfile('sRGB'), outputMode='RGB')",
  ', ImageCms as C',
);

function savedByPillow(page: string, modules: string): string {
  return `Save it as RGB in Python (pip install pillow): python3 -c "from PIL import Image, ImageSequence${modules}; s = [${page} for p in ImageSequence.Iterator(Image.open('OLD.tif'))]; s[0].save('NEW.tif', save_all=True, append_images=s[1:], compression='tiff_adobe_deflate')".`;
}

const UNSIGNED = 1;
const FLOATS = 3;
/** Data types by the value of SampleFormat, then by bits per sample. */
const DATA_TYPES: Readonly<Record<number, Readonly<Record<number, DataType>>>> = {
  1: { 8: 'uint8', 16: 'uint16', 32: 'uint32', 64: 'uint64' },
  2: { 8: 'int8', 16: 'int16', 32: 'int32', 64: 'int64' },
  3: { 16: 'float32', 32: 'float32', 64: 'float64' },
  4: { 8: 'uint8', 16: 'uint16', 32: 'uint32', 64: 'uint64' },
};
const SAMPLE_FORMATS: Readonly<Record<number, string>> = {
  1: 'unsigned',
  2: 'signed',
  3: 'floating-point',
  4: 'untyped',
  5: 'complex',
  6: 'complex',
};

/**
 * Parses the directory of a page. `where` names the file and the page in messages.
 * @throws InvalidInputError if the directory contradicts itself; UnsupportedError for kinds that can't be decoded.
 */
export function parsePage(directory: Directory, littleEndian: boolean, where: string): TiffPage {
  const tags = new PageTags(directory, where);
  const depth = tags.number(TAG.imageDepth, 1);
  if (depth !== 1) {
    throw new UnsupportedError(`${where}: its page holds ${depth} slices (ImageDepth)`, {
      remedy: BY_TIFFFILE,
    });
  }
  // MetaMorph writes a rational number for each slice; a file of a single slice is an ordinary one.
  if (tags.has(TAG.metaMorph) && tags.list(TAG.metaMorph).length > 2) {
    throw new UnsupportedError(`${where}: it is a stack of MetaMorph (STK), whose slices have no pages`, {
      remedy: BY_TIFFFILE,
    });
  }
  const layout = layoutOf(tags, littleEndian);
  const description = parseDescription(tags.text(TAG.description), voxelsPerUnit(tags), layout.channels);
  const resolutionNm = description.resolutionNm ?? lsmVoxelSize(tags, littleEndian);
  const notes = notesOnPage(tags, resolutionNm !== undefined);
  return {
    layout,
    ...unitsOf(tags, layout),
    isReduced: (tags.number(TAG.subfileType, 0) & NO_SLICES) !== 0,
    description: { ...description, resolutionNm, passedOver: [...description.passedOver, ...notes] },
    jpegTables: tags.has(TAG.jpegTables) ? Uint8Array.from(tags.list(TAG.jpegTables)) : undefined,
    lercPacking: tags.has(TAG.lercParameters) ? (tags.list(TAG.lercParameters)[1] ?? 0) : 0,
    isYCbCr: tags.number(TAG.photometric, 1) === YCBCR,
    nextPageOffset: directory.nextIFDByteOffset,
  };
}

function layoutOf(tags: PageTags, littleEndian: boolean): PageLayout {
  const width = tags.count(TAG.width);
  const height = tags.count(TAG.height);
  const channels = tags.has(TAG.samplesPerPixel) ? tags.count(TAG.samplesPerPixel) : 1;
  const tiled = tags.has(TAG.tileWidth);
  const dataType = dataTypeOf(tags);
  const { packedBits, isHalf } = packingOf(tags);
  return {
    width,
    height,
    dataType,
    channels,
    planar: channels > 1 && tags.number(TAG.planar, 1) === 2,
    packedBits,
    isHalf,
    isTwoDimensional: (tags.number(TAG.faxOptions, 0) & 1) === 1,
    hasReversedBits: tags.number(TAG.fillOrder, 1) === 2,
    photometric: photometricOf(tags),
    palette: paletteOf(tags),
    littleEndian,
    compression: compressionOf(tags),
    predictor: predictorOf(tags, dataType, packedBits),
    tiled,
    unitWidth: tiled ? tags.count(TAG.tileWidth) : width,
    // Many writers give 2^32 - 1 rows if all rows are in one strip.
    unitHeight: tiled ? tags.count(TAG.tileHeight) : Math.min(height, tags.number(TAG.rowsPerStrip, height)),
  };
}

function unitsOf(tags: PageTags, layout: PageLayout): Pick<TiffPage, 'unitOffsets' | 'unitBytes'> {
  const [offsetTag, bytesTag] = layout.tiled
    ? [TAG.tileOffsets, TAG.tileBytes]
    : [TAG.stripOffsets, TAG.stripBytes];
  const unitOffsets = tags.list(offsetTag);
  const unitBytes = tags.list(bytesTag);
  const units = unitCount(layout);
  const listed = Math.min(unitOffsets.length, unitBytes.length);
  if (listed < units) {
    throw new InvalidInputError(
      `${tags.where}: it needs ${units} ${layout.tiled ? 'tiles' : 'strips'} but lists ${listed}`,
      { remedy: RESAVE },
    );
  }
  return { unitOffsets, unitBytes };
}

function dataTypeOf(tags: PageTags): DataType {
  const bits = tags.uniform(TAG.bitsPerSample, 1, 'bits per sample');
  const format = tags.uniform(TAG.sampleFormat, 1, 'sample formats');
  const type = DATA_TYPES[format]?.[bits] ?? (format === UNSIGNED ? packedType(bits) : undefined);
  if (type === undefined) {
    throw new UnsupportedError(
      `${tags.where}: ${bits}-bit ${SAMPLE_FORMATS[format] ?? 'unknown'} samples can't be read`,
      { remedy: 'Save it as 8, 16, 32 or 64-bit integers, or as 32 or 64-bit floating point.' },
    );
  }
  return type;
}

/**
 * Returns the type of samples whose bits don't fill whole bytes. Such samples are packed without gaps, and each row
 * begins at a whole byte.
 */
function packedType(bits: number): DataType | undefined {
  if (bits < 1 || bits > 31) return undefined;
  return bits < 8 ? 'uint8' : bits < 16 ? 'uint16' : 'uint32';
}

function packingOf(tags: PageTags): Pick<PageLayout, 'packedBits' | 'isHalf'> {
  const bits = tags.uniform(TAG.bitsPerSample, 1, 'bits per sample');
  const format = tags.uniform(TAG.sampleFormat, UNSIGNED, 'sample formats');
  return { packedBits: bits % 8 === 0 && bits !== 24 ? 0 : bits, isHalf: format === FLOATS && bits === 16 };
}

function compressionOf(tags: PageTags): Compression {
  const code = tags.number(TAG.compression, 1);
  const compression = COMPRESSIONS[code];
  if (compression === undefined || !mayPack(compression, tags)) {
    throw new UnsupportedError(
      `${tags.where}: its compression can't be read: ${COMPRESSION_NAMES[code] ?? 'unknown'} (code ${code})`,
      { remedy: BY_TIFFFILE },
    );
  }
  return compression;
}

/** Reports whether the decoder of a compression supports the page's bits and channels. */
function mayPack(compression: Compression, tags: PageTags): boolean {
  const bits = tags.number(TAG.bitsPerSample, 1);
  const isSplit = tags.number(TAG.planar, 1) === 2;
  const together = isSplit ? 1 : tags.number(TAG.samplesPerPixel, 1);
  if (compression.startsWith('fax')) return bits === 1;
  if (compression === 'JPEG') return bits === 8 && (together === 1 || together === 3);
  if (compression === 'WebP') return bits === 8 && (together === 3 || together === 4);
  return compression !== 'JPEG 2000' || bits === 8 || bits === 16;
}

function predictorOf(tags: PageTags, dataType: DataType, packedBits: number): Predictor {
  const code = tags.number(TAG.predictor, 1);
  const predictor = PREDICTORS[code];
  const isFloat = dataType.startsWith('float');
  const isUnfit = predictor === 'floating point' ? !isFloat : predictor === 'horizontal' && packedBits > 0;
  if (predictor === undefined || isUnfit) {
    throw new UnsupportedError(`${tags.where}: the predictor ${code} can't be undone for ${dataType}`, {
      remedy: BY_TIFFFILE,
    });
  }
  return predictor;
}

function photometricOf(tags: PageTags): Photometric {
  const code = tags.number(TAG.photometric, 1);
  if (code === 0) return 'white is zero';
  // Code 4 marks masks, which are skipped.
  if (code === 1 || code === 4) return 'black is zero';
  if (code === 2) return 'RGB';
  if (code === 3) return 'palette';
  if (code === YCBCR && tags.number(TAG.compression, 1) === JPEG) return 'RGB';
  throw new UnsupportedError(
    `${tags.where}: its colours are of a kind that can't be read (photometric ${code})`,
    { remedy: code === LAB ? LAB_BY_PILLOW : BY_PILLOW },
  );
}

function paletteOf(tags: PageTags): string {
  if (tags.number(TAG.photometric, 1) !== 3 || !tags.has(TAG.colourMap)) return '';
  return createHash('sha256')
    .update(Array.from(tags.list(TAG.colourMap)).join())
    .digest('hex');
}

function voxelsPerUnit(tags: PageTags): readonly [number, number] | undefined {
  const x = tags.rational(TAG.xResolution);
  const y = tags.rational(TAG.yResolution);
  return x === undefined || y === undefined ? undefined : [x, y];
}
