/**
 * Reads what the header of a segmentation of DICOM says. Its frames are planes; those of a binary one show a segment each, those of
 * a label map show all of them.
 *
 * Source: DICOM PS3.3, sections C.8.20 (Segmentation) and C.7.6.16 (Multi-frame Functional Groups)
 */
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { decimalsOf, itemsOf, PIXELS, readDataSet, textOf, wordsOf, type DataSet } from './data-set';

export interface SegmentationFrame {
  readonly plane: number;
  /** The segment that the frame shows, or 0 for all. */
  readonly segment: number;
}

export interface Segmentation {
  readonly size: Vec3;
  /** 1 for a binary segmentation, whose voxels follow each other without gaps, the lowest bit of a byte first. */
  readonly bitsPerVoxel: 1 | 8 | 16;
  readonly frames: readonly SegmentationFrame[];
  readonly pixelsAt: number;
  readonly segments: readonly { readonly number: number; readonly label: string; readonly meaning: string }[];
  /** True if the segments have colours, which are stored as CIELAB. */
  readonly hasColours: boolean;
  /** A vector for each axis, as long as a voxel, and the position of the first one, in millimetres (LPS). */
  readonly columns: readonly (readonly number[])[];
  readonly origin: readonly number[];
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const META_AT = 132;
const SAVE_AGAIN = `Save it again in Python (pip install pydicom numpy): python3 -c "import pydicom as p; d = p.dcmread('OLD.dcm'); s = d.file_meta.TransferSyntaxUID; s.is_compressed and d.decompress(); d.file_meta.TransferSyntaxUID = p.uid.ExplicitVRLittleEndian; d.save_as('NEW.dcm', implicit_vr=False, little_endian=True)".`;

export function parseSegmentation(file: Buffer, where: string): Segmentation {
  const meta = readDataSet(file.subarray(0, metaEnd(file)), META_AT, where);
  const syntax = textOf(meta, '0002,0010');
  if (syntax !== EXPLICIT_LITTLE_ENDIAN) {
    throw new UnsupportedError(`${where} has the transfer syntax ${syntax}, which is not supported.`, {
      remedy: SAVE_AGAIN,
    });
  }
  const set = readDataSet(file, metaEnd(file), where);
  const pixelsAt = set.get(PIXELS)?.at;
  const [width = 0, height = 0] = [wordsOf(set, '0028,0011')[0], wordsOf(set, '0028,0010')[0]];
  if (pixelsAt === undefined || width === 0 || height === 0) throw invalid(where, 'has no voxels');
  const type = textOf(set, '0062,0001');
  if (type === 'FRACTIONAL') {
    throw new UnsupportedError(`${where} holds shares of voxels (FRACTIONAL), not labels.`, {
      remedy: 'Save it as a binary segmentation, or its shares as an image.',
    });
  }
  const [shared] = itemsOf(set, '5200,9229');
  const groups = itemsOf(set, '5200,9230');
  const { planes, columns, origin } = planesOf(groups, shared, where);
  const segmentIn = (group: DataSet | undefined) => {
    const [about] = itemsOf(group, '0062,000a');
    return wordsOf(about, '0062,000b')[0];
  };
  const segments = itemsOf(set, '0062,0002');
  const bits = wordsOf(set, '0028,0100')[0] ?? 0;
  if (bits !== 1 && bits !== 8 && bits !== 16) throw invalid(where, `has ${bits} bits a voxel`);
  return {
    size: [width, height, Math.max(...planes) + 1],
    bitsPerVoxel: bits,
    frames: groups.map((group, i) => ({
      plane: planes[i] ?? 0,
      segment: type === 'LABELMAP' ? 0 : (segmentIn(group) ?? segmentIn(shared) ?? 1),
    })),
    pixelsAt,
    // A label map also lists the background.
    segments: segments
      .map((segment) => ({
        number: wordsOf(segment, '0062,0004')[0] ?? 0,
        label: textOf(segment, '0062,0005'),
        meaning: textOf(itemsOf(segment, '0062,000f')[0], '0008,0104'),
      }))
      .filter(({ number }) => number > 0),
    hasColours: segments.some((segment) => segment.has('0062,000d')),
    columns,
    origin,
  };
}

/** Returns where the group of elements about the file ends. Its first element is its length. */
function metaEnd(file: Buffer): number {
  return META_AT + 12 + file.readUInt32LE(META_AT + 8);
}

/** Finds the plane of each frame. Planes without a frame are empty. @throws InvalidInputError if they aren't evenly spaced */
function planesOf(groups: readonly DataSet[], shared: DataSet | undefined, where: string) {
  const first = (tag: string): DataSet | undefined => itemsOf(shared, tag)[0] ?? itemsOf(groups[0], tag)[0];
  const [rx = 1, ry = 0, rz = 0, cx = 0, cy = 1, cz = 0] = decimalsOf(first('0020,9116'), '0020,0037');
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx];
  const measures = first('0028,9110');
  const [rows = NaN, columns = NaN] = decimalsOf(measures, '0028,0030');
  const positions = groups.map((group) =>
    decimalsOf(itemsOf(group, '0020,9113')[0] ?? first('0020,9113'), '0020,0032'),
  );
  const heights = positions.map((position) => dot(position, normal));
  const sorted = [...new Set(heights)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((height, i) => height - (sorted[i] ?? 0));
  const stated = decimalsOf(measures, '0018,0088')[0] ?? decimalsOf(measures, '0018,0050')[0];
  const smallest = Math.min(...gaps.filter((gap) => gap > 1e-4));
  // The distance may be rounded, and the thickness of a slice may be another one.
  const isStated =
    stated !== undefined && gaps.every((gap) => Math.abs(gap / stated - Math.round(gap / stated)) < 0.05);
  const step = isStated || smallest === Infinity ? (stated ?? NaN) : smallest;
  const lowest = sorted[0] ?? 0;
  const planes = heights.map((height) =>
    heights.length === 1 || sorted.length === 1 ? 0 : (height - lowest) / step,
  );
  const uneven = planes.find((plane) => !(Math.abs(plane - Math.round(plane)) < 0.1));
  if (uneven !== undefined || positions.some((position) => position.length !== 3)) {
    throw invalid(where, 'has planes that are not evenly spaced, or without a position');
  }
  return {
    planes: planes.map(Math.round),
    columns: [
      [rx, ry, rz].map((part) => part * columns),
      [cx, cy, cz].map((part) => part * rows),
      normal.map((part) => part * step),
    ],
    origin: positions[heights.indexOf(lowest)] ?? [0, 0, 0],
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, part, i) => sum + part * (b[i] ?? 0), 0);
}

function invalid(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is a segmentation of DICOM that ${what}.`, {
    remedy: 'Save it again with the program that wrote it, or as NIfTI or NRRD.',
  });
}
