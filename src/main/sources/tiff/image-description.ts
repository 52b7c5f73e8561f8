import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';
import type { Scaling } from '../volume-source';
import { parseArrayShape, type ArrayShape } from './array-shape';
import { attributeOf, countOf, parseOmePlanes, type OmePlanes } from './ome-planes';

/**
 * What programs write into a TIFF's ImageDescription (tag 270), as far as a stack needs it: lines `key=value`
 * by ImageJ (ij.io.FileInfo, ij.measure.Calibration), XML by OME (https://docs.openmicroscopy.org/ome-model), the shape of
 * the whole array as JSON by tifffile.
 */
export interface ImageDescription {
  /** Images in the file, where ImageJ says; it may write a directory for the first one only. */
  readonly images: number | undefined;
  readonly channels: number;
  readonly frames: number;
  /** Images of different kinds in the file, of which one is a volume; none where there is one only. */
  readonly series: readonly Series[];
  /** Which planes the pages are, where OME says. */
  readonly planes: OmePlanes | undefined;
  /** Of OME's channels, where all have one. */
  readonly channelNames: readonly string[] | undefined;
  /** The array that tifffile wrote; undefined where it doesn't say. */
  readonly array: ArrayShape | undefined;
  /** What the stored numbers stand for, where ImageJ says. */
  readonly scaling: Scaling | undefined;
  /** Position of the first voxel, in voxels, where ImageJ says. */
  readonly voxelOffset: Vec3 | undefined;
  /** What is said that isn't taken over, a line each. */
  readonly passedOver: readonly string[];
  /** Nanometres per voxel, where all three axes have a size and a unit. */
  readonly resolutionNm: Vec3 | undefined;
}

/** One of several images. */
interface Series {
  /** Its name, or its id where names aren't there for all, or not different ones. */
  readonly path: string;
  /** For people. */
  readonly description: string;
  readonly image: ImageDescription;
}

/** The image that is meant; the only one where there are no others, undefined where it isn't said. */
export function seriesOf(
  description: ImageDescription,
  wanted: string | undefined,
): ImageDescription | undefined {
  const { series } = description;
  if (series.length === 0) return description;
  return series.find(({ path }) => path === wanted)?.image;
}

const NOTHING: ImageDescription = {
  images: undefined,
  channels: 1,
  frames: 1,
  series: [],
  planes: undefined,
  channelNames: undefined,
  array: undefined,
  scaling: undefined,
  voxelOffset: undefined,
  passedOver: [],
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
  if (/<(?:\w+:)?OME[\s>]/.test(text)) return parseOme(text, samples);
  return text.startsWith('{') ? { ...NOTHING, array: parseArrayShape(text) } : NOTHING;
}

function parseImageJ(text: string, voxelsPerUnit: readonly [number, number] | undefined): ImageDescription {
  const values = new Map(text.split('\n').map((line) => splitAt(line, line.indexOf('='))));
  const count = (key: string) => countOf(values.get(key));
  const unit = (key: string) => nanometresIn(values.get(key) ?? values.get('unit')) ?? NaN;
  // ImageJ leaves a depth of 1 out, and takes one below 0 for one above.
  const depth = values.has('spacing') ? Math.abs(Number(values.get('spacing'))) : 1;
  const [across = NaN, down = NaN] = voxelsPerUnit ?? [];
  const isStack = count('images') > 1 || values.has('spacing');
  const edges: Vec3 = [unit('unit') / across, unit('yunit') / down, unit('zunit') * depth];
  return {
    ...NOTHING,
    images: values.has('images') ? count('images') : undefined,
    channels: count('channels'),
    frames: count('frames'),
    ...calibration(values),
    voxelOffset: originOf(values),
    resolutionNm: isStack ? geometry(edges).resolutionNm : undefined,
  };
}

/** Function 0 is a straight line, whose coefficients are intercept and slope; others bend, and 20 is none. */
function calibration(values: ReadonlyMap<string, string>): Pick<ImageDescription, 'scaling' | 'passedOver'> {
  const kind = values.get('cf');
  const [intercept = NaN, slope = NaN] = ['c0', 'c1'].map((key) => Number(values.get(key)));
  const none = { scaling: undefined, passedOver: [] };
  if (kind === undefined || kind === '20') return none;
  if (kind !== '0' || !Number.isFinite(intercept) || !Number.isFinite(slope)) {
    const name = values.get('vunit');
    const what = name === undefined ? '' : ` to ${name}`;
    return {
      ...none,
      passedOver: [`ImageJ's calibration of values${what} (function ${kind}): numbers stay as stored`],
    };
  }
  return slope === 1 && intercept === 0 ? none : { scaling: { slope, intercept }, passedOver: [] };
}

/** ImageJ counts voxels from the first one to the origin. */
function originOf(values: ReadonlyMap<string, string>): Vec3 | undefined {
  const origin = ['xorigin', 'yorigin', 'zorigin'].map((key) => Number(values.get(key) ?? 0));
  const isTold = origin.some((position) => position !== 0) && origin.every(Number.isFinite);
  return isTold ? vec3((axis) => -Math.round(origin[axis] ?? 0) + 0) : undefined;
}

function splitAt(line: string, index: number): [string, string] {
  return index < 0 ? [line, ''] : [line.slice(0, index), line.slice(index + 1).trim()];
}

function parseOme(text: string, samples: number): ImageDescription {
  const elements = [...text.matchAll(/<(?:\w+:)?Image\b([^>]*)>([^]*?)<\/(?:\w+:)?Image>/g)];
  const images = elements.flatMap(([, attributes = '', content = '']) => {
    const image = parseOmeImage(content, samples);
    return image === undefined ? [] : [{ image, name: attributeOf(attributes, 'Name'), attributes, content }];
  });
  const [first] = images;
  if (first === undefined || images.length === 1) return first?.image ?? NOTHING;
  const names = new Set(images.map(({ name }) => name));
  const isNamed = names.size === images.length && !names.has('') && !names.has(undefined);
  const series = images.map(({ image, name, attributes, content }, i): Series => {
    const size = (axis: string) => attributeOf(pixelsIn(content) ?? '', `Size${axis}`) ?? '?';
    const id = attributeOf(attributes, 'ID') ?? `Image:${i}`;
    const type = attributeOf(pixelsIn(content) ?? '', 'Type') ?? '';
    return {
      path: isNamed && name !== undefined ? name : id,
      description: `${type}, ${['X', 'Y', 'Z'].map(size).join(' × ')}${image.channels > 1 ? `, ${image.channels} channels` : ''}`,
      image,
    };
  });
  return { ...first.image, series };
}

function pixelsIn(content: string): string | undefined {
  return /<(?:\w+:)?Pixels\s([^>]*)>/.exec(content)?.[1];
}

/** @param text the content of an Image */
function parseOmeImage(text: string, samples: number): ImageDescription | undefined {
  const pixels = pixelsIn(text);
  if (pixels === undefined) return undefined;
  const attribute = (name: string) => attributeOf(pixels, name);
  const edges = ['X', 'Y', 'Z'].map((axis) => {
    const unit = attribute(`PhysicalSize${axis}Unit`) ?? 'µm';
    return Number(attribute(`PhysicalSize${axis}`)) * (nanometresIn(unit) ?? NaN);
  });
  const [x = NaN, y = NaN, z = NaN] = edges;
  const position = positionOf(text);
  const { resolutionNm, voxelOffset } = geometry([x, y, z], position?.nanometres);
  const isLost = position !== undefined && (resolutionNm === undefined || position.nanometres === undefined);
  return {
    ...NOTHING,
    channels: countOf(attribute('SizeC')),
    frames: countOf(attribute('SizeT')),
    planes: parseOmePlanes(text, pixels, samplesIn(text) ?? samples),
    channelNames: channelNames(text),
    voxelOffset,
    resolutionNm,
    passedOver: isLost ? [`the position of the first plane, ${position.text}`] : [],
  };
}

/** Channels that a page holds, which may differ from image to image. */
function samplesIn(text: string): number | undefined {
  const channel = /<(?:\w+:)?Channel\b([^>]*)>/.exec(text)?.[1];
  const told = channel === undefined ? undefined : attributeOf(channel, 'SamplesPerPixel');
  return told === undefined ? undefined : countOf(told);
}

/** Of the plane at z 0, where it has one on all axes. */
function positionOf(
  text: string,
): { readonly text: string; readonly nanometres: Vec3 | undefined } | undefined {
  const planes = [...text.matchAll(/<(?:\w+:)?Plane\b([^>]*)>/g)].map(([, attributes = '']) => attributes);
  const first = planes.find((plane) =>
    ['TheZ', 'TheC', 'TheT'].every((name) => attributeOf(plane, name) === '0'),
  );
  if (first === undefined) return undefined;
  const axes = ['X', 'Y', 'Z'].map((axis) => ({
    value: attributeOf(first, `Position${axis}`),
    unit: attributeOf(first, `Position${axis}Unit`) ?? 'reference frame',
  }));
  const told = axes.filter(({ value }) => value !== undefined);
  if (told.length === 0) return undefined;
  // An axis without a position begins at 0.
  const [x = NaN, y = NaN, z = NaN] = axes.map(({ value = '0', unit }) =>
    Number(value) === 0 ? 0 : Number(value) * (nanometresIn(unit) ?? NaN),
  );
  return {
    text: axes.map(({ value = '-', unit }) => `${value} ${unit}`).join(', '),
    nanometres: [x, y, z].every(Number.isFinite) ? [x, y, z] : undefined,
  };
}

function channelNames(text: string): readonly string[] | undefined {
  const names = [...text.matchAll(/<(?:\w+:)?Channel\b([^>]*)>/g)].map(([, attributes = '']) =>
    attributeOf(attributes, 'Name'),
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}
