import type { Vec3 } from '../../../shared/base/vec3';
import { geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';
import { attributeOf, countOf, parseOmePlanes, type OmePlanes } from './ome-planes';

/**
 * What programs write into a TIFF's ImageDescription (tag 270), as far as a stack needs it: lines `key=value`
 * by ImageJ, XML by OME (https://docs.openmicroscopy.org/ome-model).
 */
export interface ImageDescription {
  /** Images in the file, where ImageJ says; it may write a directory for the first one only. */
  readonly images: number | undefined;
  readonly channels: number;
  readonly frames: number;
  /** Images of different kinds in the file (series). */
  readonly series: number;
  /** Which planes the pages are, where OME says. */
  readonly planes: OmePlanes | undefined;
  /** Of OME's channels, where all have one. */
  readonly channelNames: readonly string[] | undefined;
  /** Nanometres per voxel, where all three axes have a size and a unit. */
  readonly resolutionNm: Vec3 | undefined;
}

const NOTHING: ImageDescription = {
  images: undefined,
  channels: 1,
  frames: 1,
  series: 1,
  planes: undefined,
  channelNames: undefined,
  resolutionNm: undefined,
};

/**
 * @param voxelsPerUnit what the resolution tags say, which ImageJ uses for x and y
 * @param samples how many channels the page itself holds
 */
export function parseDescription(
  text: string,
  voxelsPerUnit: readonly [number, number] | undefined,
  samples: number,
): ImageDescription {
  if (text.startsWith('ImageJ=')) return parseImageJ(text, voxelsPerUnit);
  return /<(?:\w+:)?OME[\s>]/.test(text) ? parseOme(text, samples) : NOTHING;
}

function parseImageJ(text: string, voxelsPerUnit: readonly [number, number] | undefined): ImageDescription {
  const values = new Map(text.split('\n').map((line) => splitAt(line, line.indexOf('='))));
  const count = (key: string) => countOf(values.get(key));
  const unitNm = nanometresIn(values.get('unit'));
  const spacing = Number(values.get('spacing'));
  const sameUnits = !values.has('yunit') && !values.has('zunit');
  return {
    ...NOTHING,
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

function parseOme(text: string, samples: number): ImageDescription {
  const elements = [...text.matchAll(/<(?:\w+:)?Pixels\s([^>]*)>/g)].map((match) => match[1] ?? '');
  const [pixels] = elements;
  if (pixels === undefined) return NOTHING;
  const attribute = (name: string) => attributeOf(pixels, name);
  const edges = ['X', 'Y', 'Z'].map((axis) => {
    const unit = attribute(`PhysicalSize${axis}Unit`) ?? 'µm';
    return Number(attribute(`PhysicalSize${axis}`)) * (nanometresIn(unit) ?? NaN);
  });
  const [x = NaN, y = NaN, z = NaN] = edges;
  return {
    images: undefined,
    channels: countOf(attribute('SizeC')),
    frames: countOf(attribute('SizeT')),
    series: elements.length,
    planes: parseOmePlanes(text, pixels, samples),
    channelNames: channelNames(text),
    resolutionNm: geometry([x, y, z]).resolutionNm,
  };
}

function channelNames(text: string): readonly string[] | undefined {
  const names = [...text.matchAll(/<(?:\w+:)?Channel\b([^>]*)>/g)].map(([, attributes = '']) =>
    attributeOf(attributes, 'Name'),
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}
