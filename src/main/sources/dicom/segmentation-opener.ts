import { basename } from 'node:path';
import { BugError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import {
  affineIn,
  isUpright,
  orientationFacts,
  orientationOf,
  orientedGeometry,
  placeNotes,
} from '../array/affine';
import { geometry } from '../array/geometry';
import { endsEarly, fileFingerprint, lookAtFile, readHead } from '../array/random-bytes';
import type { OpenOptions, SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { parseSegmentation, type Segmentation } from './segmentation';
import { SegmentationSource, type SegmentationHandle } from './segmentation-source';

/** The headers of all frames are before the voxels. */
const MOST_HEADER_BYTES = 2 ** 28;
const MARK_AT = 128;
const META_BYTES = 1024;
const MILLIMETRE_NM = 1e6;
/** The names of the two kinds of objects: segmentations, and label maps. */
const SEGMENTATIONS = /1\.2\.840\.10008\.5\.1\.4\.1\.1\.66\.[47](?![\d.])/;

/** Opens segmentations of DICOM (DICOM-SEG), whose segments become labels. */
export const segmentationOpener: SourceOpener = {
  format: 'dicom-seg',
  title: 'a segmentation of DICOM',
  recognises({ head }) {
    const text = Buffer.from(head.subarray(0, META_BYTES)).toString('latin1');
    return text.startsWith('DICM', MARK_AT) && SEGMENTATIONS.test(text);
  },
  async open({ path }, options) {
    const file = await lookAtFile(path);
    const where = basename(path);
    const stored = parseSegmentation(await readHead(file, MOST_HEADER_BYTES), where);
    const { size, bitsPerVoxel, pixelsAt, segments } = stored;
    const end = pixelsAt + Math.ceil((size[0] * size[1] * stored.frames.length * bitsPerVoxel) / 8);
    if (end > file.sizeBytes) throw endsEarly(path, file.sizeBytes, end);
    // Segments may overlap, so that each is a channel if the user chooses one.
    const isSplit = options.channel !== undefined && bitsPerVoxel === 1;
    const planes = new Set(stored.frames.map(({ plane }) => plane)).size;
    const placed = placeOf(stored, options);
    // A frame may show a segment that isn't listed.
    const isWide = [
      ...segments.map(({ number }) => number),
      ...stored.frames.map(({ segment }) => segment),
    ].some((number) => number > 255);
    const metadata: SourceMetadata = {
      format: 'DICOM-SEG',
      kind: 'segmentation',
      size,
      dataType: bitsPerVoxel === 16 || isWide ? 'uint16' : 'uint8',
      channels: isSplit ? segments.length : 1,
      ...(isSplit ? { channelNames: segments.map(({ label }) => label) } : {}),
      storageShape: [size[0], size[1], 1],
      decodeBytes: 4 * size[0] * size[1],
      ...placed.geometry,
      segmentNames: segments.map(({ number, label, meaning }) => [
        String(number),
        { label, description: meaning, tags: [] },
      ]),
      facts: [
        ['segments', String(segments.length)],
        ['frames', `${stored.frames.length}, in ${planes} of ${size[2]} planes`],
        ...placed.facts,
      ],
      passedOver: [
        ...placed.passedOver,
        ...(stored.hasColours ? ['the colours of the segments (CIELAB)'] : []),
      ],
      fingerprint: fileFingerprint(file),
    };
    const handle = {
      format: 'dicom-seg',
      file,
      stored: { size, bitsPerVoxel, pixelsAt, frames: stored.frames },
      channels: isSplit ? segments.map(({ number }) => number) : null,
      metadata,
    } as const;
    return new SegmentationSource(handle);
  },
  reopen(handle) {
    if (!isSegmentationHandle(handle)) throw new BugError('not a handle of a segmentation of DICOM');
    return Promise.resolve(new SegmentationSource(handle));
  },
};

/** The axes of space are those of LPS. A position is kept in LPS if the axes are parallel to them, as for NRRD. */
function placeOf({ columns, origin, size }: Segmentation, { orientation }: OpenOptions) {
  const affine = affineIn('LPS', columns, origin);
  const [x = [], y = [], z = []] = columns;
  const spacing: Vec3 = [x, y, z].map((column) => Math.hypot(...column) * MILLIMETRE_NM) as [
    number,
    number,
    number,
  ];
  const isStraight =
    isUpright(affineIn('RAS', columns, origin)) && columns.every((column, i) => (column[i] ?? 0) > 0);
  const own = geometry(spacing, isStraight ? vec3((axis) => (origin[axis] ?? 0) * MILLIMETRE_NM) : undefined);
  const oriented = orientedGeometry(own, affine, size, orientation === 'ras');
  return {
    geometry: oriented,
    facts: orientationFacts(orientationOf(affine)),
    passedOver: placeNotes(oriented, affine),
  };
}

function isSegmentationHandle(handle: SourceHandle): handle is SegmentationHandle {
  return handle.format === 'dicom-seg' && typeof handle['stored'] === 'object';
}
