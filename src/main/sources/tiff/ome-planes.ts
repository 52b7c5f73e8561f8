/**
 * Which planes the pages of an OME-TIFF are. `Pixels` has SizeZ, SizeC, SizeT and DimensionOrder, such as XYZCT: planes
 * follow one another with z fastest then. A `TiffData` tells that PlaneCount pages from page IFD (counted from 0) on
 * are planes from FirstZ, FirstC, FirstT on, perhaps those of another file, which `UUID` names; without attributes it
 * is about all pages of the file.
 *
 * Source: Open Microscopy Environment, OME-TIFF specification (ome-model/ome-tiff).
 */

/** Numbers of planes on an axis, and pages that are planes. */
export interface OmePlanes {
  readonly sizeZ: number;
  /** Planes of channels: a page of several samples is one. */
  readonly sizeC: number;
  readonly sizeT: number;
  /** The axes of planes, the fastest first, such as CZT. */
  readonly order: string;
  readonly runs: readonly OmeRun[];
}

interface OmeRun {
  /** Undefined for the file that says so. */
  readonly file: string | undefined;
  /** Counted from 0. */
  readonly page: number;
  /** Undefined for all that follow. */
  readonly count: number | undefined;
  readonly firstZ: number;
  readonly firstC: number;
  readonly firstT: number;
}

/** A page of a file as a plane of the volume. */
export interface OmePlane {
  readonly file: string | undefined;
  readonly page: number;
}

/**
 * @param pixels the attributes of the only Pixels element; `text` the whole XML
 * @param samples how many channels a page holds
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

/** The planes where points in time take the place of the only channel. */
export function timesAsChannels(planes: OmePlanes): OmePlanes {
  const { sizeT, order, runs } = planes;
  return {
    ...planes,
    sizeC: sizeT,
    order: order.replace('C', '').replace('T', 'C'),
    runs: runs.map((run) => ({ ...run, firstC: run.firstT })),
  };
}

/** By z, and there by channel; undefined for a plane that no page is told to be. Precondition: one point in time. */
export function planesOf({ sizeZ, sizeC, order, runs }: OmePlanes): (OmePlane | undefined)[] {
  const planes: (OmePlane | undefined)[] = new Array<undefined>(sizeZ * sizeC).fill(undefined);
  const zFirst = order.indexOf('Z') < order.indexOf('C');
  for (const { file, page, count, firstZ, firstC } of runs) {
    const start = zFirst ? firstC * sizeZ + firstZ : firstZ * sizeC + firstC;
    const end = Math.min(planes.length, start + (count ?? planes.length));
    for (let i = start; i < end; i++) {
      const [z, c] = zFirst ? [i % sizeZ, Math.floor(i / sizeZ)] : [Math.floor(i / sizeC), i % sizeC];
      planes[z * sizeC + c] = { file, page: page + i - start };
    }
  }
  return planes;
}

/** A number of things, 1 where it is none. */
export function countOf(text: string | undefined): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}

/** The value of an attribute among those of an element. */
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
