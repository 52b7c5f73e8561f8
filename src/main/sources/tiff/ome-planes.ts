/**
 * Maps the pages of an OME-TIFF to planes. `Pixels` has SizeZ, SizeC, SizeT and DimensionOrder; with the order XYZCT, for
 * example, z changes fastest from plane to plane. A `TiffData` element maps PlaneCount pages, starting at page IFD
 * (counted from 0), to the planes that start at FirstZ, FirstC, FirstT. Its `UUID` may name another file that holds the
 * pages. A `TiffData` without attributes covers all pages of the file.
 *
 * Source: Open Microscopy Environment, OME-TIFF specification (ome-model/ome-tiff).
 */

/** The number of planes on each axis, and the pages that hold them. */
export interface OmePlanes {
  readonly sizeZ: number;
  /** The number of planes for the channels. A page with several samples holds several channels but counts as one plane. */
  readonly sizeC: number;
  readonly sizeT: number;
  /** The axes along which planes are counted, the fastest first, such as CZT. */
  readonly order: string;
  readonly runs: readonly OmeRun[];
}

interface OmeRun {
  /** Undefined for the file that holds this metadata. */
  readonly file: string | undefined;
  /** The first page, counted from 0. */
  readonly page: number;
  /** The number of pages; undefined for all pages that follow. */
  readonly count: number | undefined;
  readonly firstZ: number;
  readonly firstC: number;
  readonly firstT: number;
}

/** The page of a file that holds a plane of the volume. */
export interface OmePlane {
  readonly file: string | undefined;
  readonly page: number;
}

/**
 * Parses the planes of an image.
 * @param text the XML of the image
 * @param pixels the attributes of its Pixels element
 * @param samples the number of channels that a page holds
 */
export function parseOmePlanes(text: string, pixels: string, samples: number): OmePlanes {
  const count = (name: string) => countOf(attributeOf(pixels, name));
  const runs = [...text.matchAll(/<(?:\w+:)?TiffData\b([^>]*?)(?:\/>|>([^]*?)<\/(?:\w+:)?TiffData>)/g)].map(
    ([, attributes = '', content = '']): OmeRun => {
      const number = (name: string) => {
        const value = attributeOf(attributes, name);
        return value === undefined ? undefined : Number(value);
      };
      const uuid = /<(?:\w+:)?UUID\b([^>]*)>/.exec(content)?.[1];
      const page = number('IFD');
      return {
        file: uuid === undefined ? undefined : attributeOf(uuid, 'FileName'),
        page: page ?? 0,
        count: number('PlaneCount') ?? (page === undefined ? undefined : 1),
        firstZ: number('FirstZ') ?? 0,
        firstC: number('FirstC') ?? 0,
        firstT: number('FirstT') ?? 0,
      };
    },
  );
  return {
    sizeZ: count('SizeZ'),
    sizeC: Math.ceil(count('SizeC') / samples),
    sizeT: count('SizeT'),
    order: (attributeOf(pixels, 'DimensionOrder') ?? 'XYCZT').slice(2),
    runs:
      runs.length === 0
        ? [{ file: undefined, page: 0, count: undefined, firstZ: 0, firstC: 0, firstT: 0 }]
        : runs,
  };
}

/**
 * Returns the page of each plane at a point in time, ordered by z, then by channel. An entry is undefined if no page holds
 * the plane.
 */
export function planesOf(
  { sizeZ, sizeC, sizeT, order, runs }: OmePlanes,
  time = 0,
): (OmePlane | undefined)[] {
  const planes: (OmePlane | undefined)[] = new Array<undefined>(sizeZ * sizeC).fill(undefined);
  const sizes: Readonly<Record<string, number>> = { Z: sizeZ, C: sizeC, T: sizeT };
  const strides: Record<string, number> = {};
  let total = 1;
  for (const axis of order) {
    strides[axis] = total;
    total *= sizes[axis] ?? 1;
  }
  const along = (axis: string, index: number) =>
    Math.floor(index / (strides[axis] ?? 1)) % (sizes[axis] ?? 1);
  const of = (axis: string) => strides[axis] ?? 0;
  for (const { file, page, count, firstZ, firstC, firstT } of runs) {
    const start = firstZ * of('Z') + firstC * of('C') + firstT * of('T');
    const end = Math.min(total, start + (count ?? total));
    for (let i = start; i < end; i++) {
      if (along('T', i) === time)
        planes[along('Z', i) * sizeC + along('C', i)] = { file, page: page + i - start };
    }
  }
  return planes;
}

/** Parses a count. Returns 1 if the text is not a positive integer. */
export function countOf(text: string | undefined): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}

/** Returns the value of an attribute. `attributes` is the text of all attributes of an element. */
export function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  return value === null ? undefined : decodeXml(value[1] ?? value[2] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeXml(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]{1,5})|#(\d{1,6})|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
    },
  );
}
