import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { geometry } from '../array/geometry';
import { nanometresIn } from '../array/length-units';
import type { Scaling } from '../volume-source';
import { parseArrayShape, type ArrayShape } from './array-shape';
import { attributeOf, countOf, parseOmePlanes, type OmePlanes } from './ome-planes';

/**
 * What programs write into a TIFF's ImageDescription (tag 270), as far as a stack needs it. ImageJ writes lines
 * `key=value` (ij.io.FileInfo, ij.measure.Calibration), OME writes XML (https://docs.openmicroscopy.org/ome-model), and
 * tifffile writes the shape of the whole array as JSON.
 */
export interface ImageDescription {
  /** The number of images in the file, if ImageJ wrote it. ImageJ may write a directory for the first image only. */
  readonly images: number | undefined;
  readonly channels: number;
  readonly frames: number;
  /** The images of the file if it holds several. One of them is chosen as the volume. Empty if there is only one. */
  readonly series: readonly Series[];
  /** Which plane each page is, if OME metadata says so. */
  readonly planes: OmePlanes | undefined;
  /** The names of OME's channels, if all channels have one. */
  readonly channelNames: readonly string[] | undefined;
  /** The array that the pages belong to, if tifffile wrote its shape. */
  readonly array: ArrayShape | undefined;
  /** How the stored numbers are scaled to real values, if ImageJ wrote it. */
  readonly scaling: Scaling | undefined;
  /** The position of the first voxel, in voxels, if the file states it. */
  readonly voxelOffset: Vec3 | undefined;
  /** What the description says but the stack doesn't use, one line each. */
  readonly passedOver: readonly string[];
  /** Nanometres per voxel, if all three axes have a size and a unit. */
  readonly resolutionNm: Vec3 | undefined;
}

/** One image of a file that holds several. */
interface Series {
  /** Its name, or its id if some images have no name or names aren't unique. */
  readonly path: string;
  /** A description for people: the pixel type, the size and the channels. */
  readonly description: string;
  readonly image: ImageDescription;
}

/** Returns the image with the path `wanted`, or the only image of the file. Undefined if no image matches. */
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
 * Parses the ImageDescription of a page. A text of another program gives an empty description.
 * @param voxelsPerUnit the values of the resolution tags, which ImageJ uses for x and y
 * @param samples the number of channels that the page itself holds
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
  // ImageJ leaves out a depth of 1, and ignores the sign of a negative one.
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

/**
 * Parses ImageJ's calibration of values. Function 0 is a straight line, whose coefficients are intercept and slope. 20
 * means no calibration; all other functions are nonlinear and not supported.
 */
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

/** Returns the position of the first voxel. ImageJ stores the opposite: the position of the origin in voxels. */
function originOf(values: ReadonlyMap<string, string>): Vec3 | undefined {
  const origin = ['xorigin', 'yorigin', 'zorigin'].map((key) => Number(values.get(key) ?? 0));
  const isSet = origin.some((position) => position !== 0) && origin.every(Number.isFinite);
  return isSet ? vec3((axis) => -Math.round(origin[axis] ?? 0) + 0) : undefined;
}

function splitAt(line: string, index: number): [string, string] {
  return index < 0 ? [line, ''] : [line.slice(0, index), line.slice(index + 1).trim()];
}

/** Returns a note on sizes of voxels that can't be taken over, since one is missing or its unit isn't one of length. */
function sizesTold(attribute: (name: string) => string | undefined): string[] {
  const sizes = ['X', 'Y', 'Z'].flatMap((axis) => {
    const size = attribute(`PhysicalSize${axis}`);
    return size === undefined ? [] : [`${axis} ${size} ${attribute(`PhysicalSize${axis}Unit`) ?? 'µm'}`];
  });
  return sizes.length === 0
    ? []
    : [`the size of a voxel, which isn't known along all axes: ${sizes.join(', ')}`];
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

/** @param text the content of an Image element */
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
    passedOver: [
      ...(isLost ? [`the position of the first plane, ${position.text}`] : []),
      ...(resolutionNm === undefined ? sizesTold(attribute) : []),
    ],
  };
}

/** Returns the number of channels that a page holds. It may differ from image to image. */
function samplesIn(text: string): number | undefined {
  const channel = /<(?:\w+:)?Channel\b([^>]*)>/.exec(text)?.[1];
  const stated = channel === undefined ? undefined : attributeOf(channel, 'SamplesPerPixel');
  return stated === undefined ? undefined : countOf(stated);
}

/**
 * Returns the position of the plane at z 0 as text and in nanometres. Nanometres are undefined if an axis has a
 * position without a unit of length.
 */
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
  const stated = axes.filter(({ value }) => value !== undefined);
  if (stated.length === 0) return undefined;
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
