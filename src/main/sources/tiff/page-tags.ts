import type { GeoTIFF } from 'geotiff';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';

/** A page's directory, as geotiff parses it. */
export type Directory = Awaited<ReturnType<GeoTIFF['requestIFD']>>;

/** Tag numbers and values are those of TIFF 6.0 (Adobe, 1992) and its supplements. */
export const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  orientation: 274,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  faxOptions: 292,
  xResolution: 282,
  yResolution: 283,
  planar: 284,
  resolutionUnit: 296,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  sampleFormat: 339,
  jpegTables: 347,
  imageDepth: 32997,
  metaMorph: 33629,
  zeiss: 34118,
  lsm: 34412,
  fei: 34680,
  helios: 34682,
  gdalMetadata: 42112,
  gdalNoData: 42113,
  lercParameters: 50674,
} as const;

/** The remedy for a file that other programs may still be able to read. */
export const RESAVE = 'Save it again with another program (Fiji: File > Save As > Tiff).';

/** Reads the values of a directory and checks their types. */
export class PageTags {
  constructor(
    private readonly directory: Directory,
    readonly where: string,
  ) {}

  has(tag: number): boolean {
    return this.directory.actualizedFields.has(tag);
  }

  /** Returns the value of a tag, or its first value if there are several. Returns `otherwise` if there is no tag. */
  number(tag: number, otherwise: number): number {
    if (!this.has(tag)) return otherwise;
    const value = this.list(tag)[0];
    if (value === undefined) throw this.bad(tag, 'no value');
    return value;
  }

  /** Returns a value that must exist and be a positive integer. */
  count(tag: number): number {
    const value = this.number(tag, 0);
    if (!Number.isSafeInteger(value) || value < 1) throw this.bad(tag, String(value));
    return value;
  }

  /**
   * Returns the value that all samples have in common. `what` names the values in the message.
   * @throws UnsupportedError if the samples have different values
   */
  uniform(tag: number, otherwise: number, what: string): number {
    if (!this.has(tag)) return otherwise;
    const values = this.list(tag);
    const first = values[0] ?? otherwise;
    for (let i = 1; i < values.length; i++) {
      if (values[i] !== first) {
        throw new UnsupportedError(`${this.where}: its channels have different ${what}`, {
          remedy: 'Save each channel as a file of its own.',
        });
      }
    }
    return first;
  }

  list(tag: number): ArrayLike<number> {
    const value: unknown = this.directory.actualizedFields.get(tag);
    if (typeof value === 'number') return [value];
    if (isNumbers(value)) return value;
    throw this.bad(tag, String(value));
  }

  text(tag: number): string {
    const value: unknown = this.has(tag) ? this.directory.actualizedFields.get(tag) : '';
    return typeof value === 'string' ? value.replace(/\0[^]*$/, '') : '';
  }

  rational(tag: number): number | undefined {
    if (!this.has(tag)) return undefined;
    const [numerator, denominator] = Array.from(this.list(tag));
    return numerator && denominator ? numerator / denominator : undefined;
  }

  private bad(tag: number, value: string): InvalidInputError {
    return new InvalidInputError(`${this.where}: the value of tag ${tag} makes no sense: ${value}`, {
      remedy: RESAVE,
    });
  }
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
