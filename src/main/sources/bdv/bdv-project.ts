/**
 * Parses the project file (XML) of BigDataViewer and BigStitcher. `SpimData` has two parts:
 * - `SequenceDescription` has an `ImageLoader` with the format and the location of the voxels, and a `ViewSetup` for
 *   each channel, tile, angle and illumination. A setup has its size, the size of its voxels, and the ids of its
 *   attributes.
 * - `ViewRegistrations` has the transformations of each setup at each point in time. Their product transforms voxels to
 *   world coordinates; the last transformation in the list is applied first.
 *
 * Source: spim_data of BigDataViewer (XmlIoSpimDataMinimal.java, XmlKeys.java), https://imagej.net/plugins/bdv/
 */
import { attributeOf } from '../tiff/ome-planes';

export interface BdvSetup {
  readonly id: number;
  readonly name: string | undefined;
  /** The size of a voxel in x, y, z. */
  readonly voxelSize: readonly number[] | undefined;
  readonly unit: string | undefined;
  /** The ids of the attributes by their names, such as channel: 1. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface BdvProject {
  /** The format of the voxels, such as `bdv.hdf5` or `bdv.n5`. */
  readonly format: string;
  /** The path of the voxels as in the file. It is relative to the project unless `isAbsolute` is true. */
  readonly data: string | undefined;
  readonly isAbsolute: boolean;
  readonly setups: readonly BdvSetup[];
  /** The names of channels by their ids. */
  readonly channelNames: ReadonlyMap<string, string>;
  /** The rows of a matrix of three by four numbers, by point in time and setup (`0 1`). */
  readonly registrations: ReadonlyMap<string, readonly number[]>;
}

/** Reports whether the text is the beginning of a project file. */
export function isBdvProject(head: string): boolean {
  return /<SpimData[\s>]/.test(head);
}

/** Parses a project file. Fields that are missing in the file become empty, undefined or NaN. */
export function parseBdvProject(text: string): BdvProject {
  const [loader] = elements(text, 'ImageLoader');
  const place = /<(hdf5|n5|zarr|path)\b([^>]*)>([^<]*)</.exec(loader?.content ?? '');
  return {
    format: attributeOf(loader?.attributes ?? '', 'format') ?? '',
    data: place?.[3]?.trim(),
    isAbsolute: attributeOf(place?.[2] ?? '', 'type') === 'absolute',
    setups: elements(text, 'ViewSetup').map(({ content }) => setupOf(content)),
    channelNames: new Map(
      elements(text, 'Channel').map(({ content }) => [
        textOf(content, 'id') ?? '',
        textOf(content, 'name') ?? '',
      ]),
    ),
    registrations: new Map(
      elements(text, 'ViewRegistration').map(({ attributes, content }) => [
        `${attributeOf(attributes, 'timepoint') ?? ''} ${attributeOf(attributes, 'setup') ?? ''}`,
        productOf(elements(content, 'affine').map((affine) => numbersIn(affine.content))),
      ]),
    ),
  };
}

function setupOf(content: string): BdvSetup {
  const [voxel] = elements(content, 'voxelSize');
  const [attributes] = elements(content, 'attributes');
  const values = [...(attributes?.content ?? '').matchAll(/<(\w+)>([^<]*)<\/\1>/g)];
  return {
    id: Number(textOf(content, 'id')),
    name: textOf(content, 'name'),
    voxelSize: voxel === undefined ? undefined : numbersIn(textOf(voxel.content, 'size') ?? ''),
    unit: voxel === undefined ? undefined : textOf(voxel.content, 'unit'),
    attributes: new Map(values.map(([, name = '', value = '']) => [name, value.trim()])),
  };
}

/** Returns the elements with a name. They must not contain elements with the same name. */
function elements(text: string, name: string): { readonly attributes: string; readonly content: string }[] {
  const pattern = new RegExp(`<${name}((?:\\s[^>]*)?)>([^]*?)</${name}>`, 'g');
  return [...text.matchAll(pattern)].map(([, attributes = '', content = '']) => ({ attributes, content }));
}

function textOf(content: string, name: string): string | undefined {
  return elements(content, name)[0]?.content.trim();
}

function numbersIn(text: string): number[] {
  return text
    .trim()
    .split(/[\s,]+/)
    .map(Number);
}

const IDENTITY: readonly number[] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

/** Returns the product of affine matrices. The first matrix is applied last. */
function productOf(affines: readonly (readonly number[])[]): readonly number[] {
  return affines.reduce((product, affine) => {
    const at = (row: number, column: number) => affine[4 * row + column] ?? NaN;
    return IDENTITY.map((_, i) => {
      const [row, column] = [Math.floor(i / 4), i % 4];
      const of = (k: number) => product[4 * row + k] ?? NaN;
      const sum = of(0) * at(0, column) + of(1) * at(1, column) + of(2) * at(2, column);
      return column === 3 ? sum + of(3) : sum;
    });
  }, IDENTITY);
}
