import type { Vec3 } from '../../../shared/base/vec3';
import { geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';

/**
 * What programs write into a TIFF's ImageDescription (tag 270), as far as a stack needs it: lines `key=value`
 * by ImageJ, XML by OME (https://docs.openmicroscopy.org/ome-model).
 */
export interface ImageDescription {
  /** Images in the file, where ImageJ says; it may write a directory for the first one only. */
  readonly images: number | undefined;
  readonly channels: number;
  readonly frames: number;
  /** Nanometres per voxel, where all three axes have a size and a unit. */
  readonly resolutionNm: Vec3 | undefined;
}

const NOTHING: ImageDescription = { images: undefined, channels: 1, frames: 1, resolutionNm: undefined };

/** `voxelsPerUnit` is what the resolution tags say, which ImageJ uses for x and y. */
export function parseDescription(
  text: string,
  voxelsPerUnit: readonly [number, number] | undefined,
): ImageDescription {
  if (text.startsWith('ImageJ=')) return parseImageJ(text, voxelsPerUnit);
  return /<OME[\s>]/.test(text) ? parseOme(text) : NOTHING;
}

function parseImageJ(text: string, voxelsPerUnit: readonly [number, number] | undefined): ImageDescription {
  const values = new Map(text.split('\n').map((line) => splitAt(line, line.indexOf('='))));
  const count = (key: string) => Number(values.get(key) ?? 1) || 1;
  const unitNm = nanometresIn(values.get('unit'));
  const spacing = Number(values.get('spacing'));
  const sameUnits = !values.has('yunit') && !values.has('zunit');
  return {
    images: values.has('images') ? count('images') : undefined,
    channels: count('channels'),
    frames: count('frames'),
    resolutionNm:
      unitNm !== undefined && voxelsPerUnit !== undefined && spacing > 0 && sameUnits
        ? geometry([unitNm / voxelsPerUnit[0], unitNm / voxelsPerUnit[1], unitNm * spacing]).resolutionNm
        : undefined,
  };
}

function splitAt(line: string, index: number): [string, string] {
  return index < 0 ? [line, ''] : [line.slice(0, index), line.slice(index + 1).trim()];
}

function parseOme(text: string): ImageDescription {
  const elements = [...text.matchAll(/<Pixels\s([^>]*)>/g)].map((match) => match[1] ?? '');
  const [pixels] = elements;
  if (pixels === undefined || elements.length !== 1) return NOTHING;
  const attribute = (name: string) =>
    new RegExp(`(?:^|\\s)${name}\\s*=\\s*["']([^"']*)["']`).exec(pixels)?.[1];
  const edges = ['X', 'Y', 'Z'].map((axis) => {
    const unit = attribute(`PhysicalSize${axis}Unit`) ?? 'µm';
    return Number(attribute(`PhysicalSize${axis}`)) * (nanometresIn(unit) ?? NaN);
  });
  const [x = NaN, y = NaN, z = NaN] = edges;
  return {
    images: undefined,
    channels: Number(attribute('SizeC') ?? 1) || 1,
    frames: Number(attribute('SizeT') ?? 1) || 1,
    resolutionNm: geometry([x, y, z]).resolutionNm,
  };
}
