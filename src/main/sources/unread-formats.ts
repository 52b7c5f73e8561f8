import { contentHead } from './deflate/gzip-file';

const UNPACK = 'Unpack it first, and give what comes out.';

const IN_FIJI = 'Open it in Fiji (Bio-Formats) and save it as TIFF, or convert it by bfconvert to OME-TIFF.';
const TO_NETCDF4 = 'Convert it to NetCDF-4: nccopy -k nc4 old.nc new.nc; MINC by mincconvert -2.';
const BY_IMAGECODECS = `Save the slices as TIFF, in Python (pip install tifffile imagecodecs): python3 -c "import sys; from imagecodecs import imread; from tifffile import imwrite; [imwrite(f + '.tif', imread(f)) for f in sys.argv[1:]]" FILES.`;
// Pillow changes values whose greatest isn't 255.
const BY_NETPBMFILE = `Save the slices as TIFF, in Python (pip install tifffile netpbmfile): python3 -c "import sys; from netpbmfile import imread; from tifffile import imwrite; [imwrite(f + '.tif', imread(f)) for f in sys.argv[1:]]" FILES.`;
const BY_SIMPLEITK = `Save it as NRRD, in Python (pip install SimpleITK): python3 -c "import SimpleITK as s; s.WriteImage(s.ReadImage('OLD'), 'NEW.nrrd')", with the file's own name for OLD.`;
const IN_PARAVIEW = 'Save it as MetaImage (ParaView: File > Save Data).';

/** Formats that can't be read: the first bytes of a file, the name of the format, and what the user can do. */
const FORMATS: readonly (readonly [start: string, name: string, remedy: string])[] = [
  ['BZh', 'compressed with bzip2', UNPACK],
  ['\xfd7zXZ\0', 'compressed with xz', UNPACK],
  ["7z\xbc\xaf'\x1c", 'a 7z archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd', UNPACK],
  ['SIMPLE  =', 'a FITS image', 'Save it as NIfTI, NRRD or TIFF.'],
  ['ics_version', 'an ICS image', IN_FIJI],
  ['ZISRAWFILE', 'a Zeiss CZI file', IN_FIJI],
  ['\xda\xce\xbe\x0a', 'a Nikon ND2 file', IN_FIJI],
  ['CDF\x01', 'NetCDF of version 3', TO_NETCDF4],
  ['CDF\x02', 'NetCDF of version 3 (or MINC 1)', TO_NETCDF4],
  ['CDF\x05', 'NetCDF of version 3', TO_NETCDF4],
  ['# HyperSurface', 'an Amira surface', 'Give the file of the label field that it was made from.'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an OLE file, such as Zeiss TXM or Olympus OIB', IN_FIJI],
  ['II\x97\x01', 'a SER file of FEI', 'Save it as TIFF (Fiji with its TIA reader).'],
  ['\x9e\xa8b2frame', 'a Blosc2 array', 'Save it as npy: blosc2.open(…)[:] and numpy.save, in Python.'],
  ['<VTKFile', 'a VTK file', IN_PARAVIEW],
  ['# vtk DataFile', 'a VTK file', BY_SIMPLEITK],
  ['\0\0\0\x0cjP  ', 'a JPEG 2000 image', BY_IMAGECODECS],
  ['\xff\x4f\xff\x51', 'a JPEG 2000 image', BY_IMAGECODECS],
  ['\0\0\0\x0cJXL ', 'a JPEG XL image', BY_IMAGECODECS],
  ['\xff\x0a', 'a JPEG XL image', BY_IMAGECODECS],
  ['II\xbc', 'a JPEG XR image', BY_IMAGECODECS],
  ['qoif', 'a QOI image', BY_IMAGECODECS],
  [
    'WKW',
    'a single WKW file of webknossos',
    'Give the folder of its dataset, or of its magnification, which has the file header.wkw.',
  ],
  [
    'crkl',
    'a crackle file',
    // Its axes are x, y, z; of an .npy file the last axis is x.
    `Save it as npy, in Python (pip install crackle-codec): python3 -c "import crackle, numpy; numpy.save('NEW.npy', crackle.decompress(open('OLD.ckl', 'rb').read()).T)". Decompress a .ckl.gz first.`,
  ],
  [
    'cpso',
    'a compresso file',
    `Save it as npy, in Python (pip install compresso): python3 -c "import compresso, numpy; numpy.save('NEW.npy', compresso.decompress(open('OLD.cpso', 'rb').read()).T)".`,
  ],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file of version 7 or older', "Save it as v7.3: save(…, '-v7.3')."],
];

/** Formats whose first bytes aren't the same in all files. */
const PATTERNS: readonly (readonly [start: RegExp, name: string, remedy: string])[] = [
  [/^<\?xml [^>]*\?>\s*<VTKFile/, 'a VTK file', IN_PARAVIEW],
  [/^P[14]\s/, 'a PBM image', BY_NETPBMFILE],
  [/^P[25]\s/, 'a PGM image', BY_NETPBMFILE],
  [/^P[36]\s/, 'a PPM image', BY_NETPBMFILE],
  [/^[^]{4}ftypavi[fs]/, 'an AVIF image', BY_IMAGECODECS],
  [
    /^[^]{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1)/,
    'a HEIC image',
    `Save the slices as PNG, in Python (pip install pillow-heif): python3 -c "import sys; from PIL import Image; from pillow_heif import register_heif_opener; register_heif_opener(); [Image.open(f).save(f + '.png') for f in sys.argv[1:]]" FILES.`,
  ],
];

/**
 * DICOM has its signature after a preamble, and GIPL at the end of its header. The only signature of Analyze is the
 * length of its header.
 */
const DICOM_AT = 128;
const GIPL_AT = 252;
const GIPL_MARKS = [0xefffe9b0, 0x2ae389b8];
const ANALYZE_BYTES = 348;

/** Recognises a file of a known format that can't be read. Returns its name and what the user can do. */
export function unreadFormat(
  head: Uint8Array,
): { readonly name: string; readonly remedy: string } | undefined {
  const text = Buffer.from(head.subarray(0, 80)).toString('latin1');
  const found = FORMATS.find(([start]) => text.startsWith(start));
  if (found !== undefined) return { name: found[1], remedy: found[2] };
  const [, name, remedy] = PATTERNS.find(([pattern]) => pattern.test(text)) ?? [];
  if (name !== undefined && remedy !== undefined) return { name, remedy };
  return markedLater(Buffer.from(contentHead(head)));
}

function markedLater(head: Buffer): { readonly name: string; readonly remedy: string } | undefined {
  const ofMicroscope = microscopeFormat(head);
  if (ofMicroscope !== undefined) return { name: ofMicroscope, remedy: IN_FIJI };
  if (head.toString('latin1', DICOM_AT, DICOM_AT + 4) === 'DICM') {
    return {
      name: 'a DICOM file',
      remedy:
        'Convert the series to NIfTI: dcm2niix FOLDER. Only segmentations (DICOM-SEG) are read directly.',
    };
  }
  if (head.length >= GIPL_AT + 4 && GIPL_MARKS.includes(head.readUInt32BE(GIPL_AT))) {
    return { name: 'a GIPL image', remedy: BY_SIMPLEITK };
  }
  if (!isAnalyzeHeader(head)) return undefined;
  return {
    name: 'the header of an Analyze 7.5 image',
    remedy: 'Save it as NIfTI (nibabel: Nifti1Image; FSL: fslchfiletype NIFTI_GZ).',
  };
}

/** The bytes from the start of a file to the end of the number of tags in the root of DM4. */
const MARKED_BYTES = 26;
const LIF_BLOCK = 0x70;
const LIF_TEXT = 0x2a;

/**
 * Recognises formats whose first number alone could be a voxel of a file without a header. Leica's LIF begins with a block:
 * 0x70 and its length as little-endian int32, the byte 0x2a, the number of characters, XML in UTF-16. DM3 and DM4 begin with
 * big-endian numbers: the version (3, 4), the size (of 4 bytes, of 8), the byte order (0 or 1). The root follows: a byte each
 * for sorted and open, and the number of tags (of 4 bytes, of 8).
 */
function microscopeFormat(head: Buffer): string | undefined {
  if (head.length < MARKED_BYTES) return undefined;
  const isLif =
    head.readUInt32LE(0) === LIF_BLOCK && head[8] === LIF_TEXT && head.toString('latin1', 13, 15) === '<\0';
  if (isLif) return 'a Leica LIF file';
  const version = head.readUInt32BE(0);
  if (version !== 3 && version !== 4) return undefined;
  const width = version === 3 ? 4 : 8;
  const orderAt = 4 + width;
  const isPositive = (at: number) => head.subarray(at, at + width).some((byte) => byte !== 0);
  const flags = [head.readUInt32BE(orderAt), head.readUInt8(orderAt + 4), head.readUInt8(orderAt + 5)];
  const isTagged = isPositive(4) && flags.every((flag) => flag <= 1) && isPositive(orderAt + 6);
  return isTagged ? `a DM${version} file of DigitalMicrograph` : undefined;
}

/** Reports whether the bytes are the header of an Analyze 7.5 image, or of the NIfTI formats that go back to it. */
export function isAnalyzeHeader(head: Uint8Array): boolean {
  if (head.length < ANALYZE_BYTES) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return [true, false].some((littleEndian) => view.getInt32(0, littleEndian) === ANALYZE_BYTES);
}
