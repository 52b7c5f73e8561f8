/**
 * A GIF file (little endian): "GIF87a" or "GIF89a", width, height (16 bits each), flags (128: a palette of 2^(1 +
 * lowest 3 bits) colours of 3 bytes follows), background, aspect; then blocks. Block 21 is an extension: its kind,
 * then parts, each preceded by its length, up to one of length 0. Kind f9 has flags (2^0: there is a transparent
 * index; bits 2 to 4: what happens to the frame afterwards), delay (16 bits), transparent index. Block 2c is a frame:
 * left, top, width, height (16 bits each), flags (128: it has its own palette, 64: interlaced), the palette, bits of
 * a value, parts of codes. Block 3b is the end.
 *
 * Source: CompuServe, Graphics Interchange Format, version 89a.
 */
import { UnsupportedError } from '../../../shared/base/errors';
import { cutOff, damagedImage, type ImageBytes } from './image-bytes';
import type { ImageHeader } from './image-header';
import { makePalette } from './palette';

export interface GifFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** An index at which the previous content stays visible. */
  readonly transparent: number | undefined;
  /**
   * What happens to the frame before the next one: it stays, its area is cleared, or the previous content comes back.
   */
  readonly disposal: 'keep' | 'clear' | 'restore';
  /** The positions of its colours in the joined palette, unless they are the indices themselves. */
  readonly indices: Uint8Array | undefined;
  /** The position of the number of bits of a value, which is followed by the parts of codes. */
  readonly codesOffset: number;
}

export interface GifHeader extends ImageHeader {
  readonly frameList: readonly GifFrame[];
}

const HEADER_BYTES = 13;
const MOST_COLOURS = 256;

/**
 * @throws InvalidInputError if the file is damaged or cut off
 * @throws UnsupportedError if its frames have too many colours together
 */
export async function parseGifHeader(file: ImageBytes): Promise<GifHeader> {
  const bytes = Uint8Array.from(await file.at(0, file.length));
  const reader = new GifReader(bytes, file.name);
  const [width, height, flags] = [reader.word(6), reader.word(8), reader.byte(10)];
  if (width === 0 || height === 0) throw damagedImage(file.name, 'its GIF header makes no sense');
  const common = reader.palette(flags, HEADER_BYTES);
  const palettes = new JoinedPalettes(file.name);
  const frames: GifFrame[] = [];
  let control = { transparent: undefined as number | undefined, disposal: 'keep' as GifFrame['disposal'] };
  for (let at = HEADER_BYTES + common.length; reader.byte(at) !== 0x3b;) {
    const kind = reader.byte(at);
    if (kind === 0x21) {
      if (reader.byte(at + 1) === 0xf9) control = reader.control(at + 3);
      at = reader.afterParts(at + 2);
    } else if (kind === 0x2c) {
      const frameFlags = reader.byte(at + 9);
      const own = reader.palette(frameFlags, at + 10);
      const indices = palettes.add(own.length > 0 ? own : common);
      const place = { left: reader.word(at + 1), top: reader.word(at + 3) };
      const size = { width: reader.word(at + 5), height: reader.word(at + 7) };
      if (place.left + size.width > width || place.top + size.height > height) {
        throw damagedImage(file.name, `frame ${frames.length} reaches beyond the image`);
      }
      const codesOffset = at + 10 + own.length;
      frames.push({
        ...place,
        ...size,
        interlaced: (frameFlags & 64) !== 0,
        ...control,
        indices,
        codesOffset,
      });
      control = { transparent: undefined, disposal: 'keep' };
      at = reader.afterParts(codesOffset + 1);
    } else throw damagedImage(file.name, `no GIF block begins at byte ${at}`);
  }
  return describe(file, { width, height, colours: palettes.colours(), frames });
}

function describe(
  file: ImageBytes,
  gif: {
    readonly width: number;
    readonly height: number;
    readonly colours: Uint8Array;
    readonly frames: readonly GifFrame[];
  },
): GifHeader {
  const { width, height, colours, frames } = gif;
  const [first] = frames;
  if (first === undefined) throw damagedImage(file.name, 'it holds no image');
  if (colours.length === 0) throw damagedImage(file.name, 'its palette is missing');
  // In an animation, "transparent" means that the previous content stays.
  const hidden = frames.length === 1 ? first.transparent : undefined;
  const alphas = hidden === undefined ? new Uint8Array(0) : new Uint8Array(256).fill(255);
  if (hidden !== undefined) alphas[hidden] = 0;
  return {
    format: 'GIF',
    width,
    height,
    samples: 'palette',
    dataType: 'uint8',
    palette: makePalette(colours, 3, [0, 1, 2], alphas),
    isLossy: false,
    frames: frames.length,
    // Memory for the image, one to restore, and a frame before and after sorting its rows, and for the codes without
    // lengths.
    decodeBytes: 4 * width * height + file.length,
    frameList: frames,
  };
}

/** Reads the numbers of a file that may end anywhere. */
class GifReader {
  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
  ) {}

  byte(at: number): number {
    const value = this.bytes[at];
    if (value === undefined) throw cutOff(this.name, this.bytes.length, at + 1);
    return value;
  }

  word(at: number): number {
    return this.byte(at) + 256 * this.byte(at + 1);
  }

  /** Returns the palette, or an empty one if the flags say that there is none. */
  palette(flags: number, at: number): Uint8Array {
    if ((flags & 128) === 0) return new Uint8Array(0);
    const length = 3 * (2 << (flags & 7));
    this.byte(at + length - 1);
    return this.bytes.subarray(at, at + length);
  }

  control(at: number): Pick<GifFrame, 'transparent' | 'disposal'> {
    const flags = this.byte(at);
    const disposal = (flags >> 2) & 7;
    return {
      transparent: (flags & 1) === 0 ? undefined : this.byte(at + 3),
      disposal: disposal === 2 ? 'clear' : disposal === 3 ? 'restore' : 'keep',
    };
  }

  afterParts(start: number): number {
    let at = start;
    for (let length = this.byte(at); length > 0; length = this.byte(at)) at += 1 + length;
    return at + 1;
  }
}

/** One palette for all frames: that of the first frame, followed by colours that only others have. */
class JoinedPalettes {
  private readonly places = new Map<number, number>();
  private readonly entries: number[] = [];

  constructor(private readonly name: string) {}

  /**
   * Adds the colours and returns their positions in the joined palette, or undefined if these are the indices
   * themselves.
   */
  add(colours: Uint8Array): Uint8Array | undefined {
    const values = Array.from({ length: colours.length / 3 }, (_, i) => {
      return ((colours[3 * i] ?? 0) << 16) | ((colours[3 * i + 1] ?? 0) << 8) | (colours[3 * i + 2] ?? 0);
    });
    if (this.entries.length === 0) this.entries.push(...values);
    if (values.every((value, i) => this.entries[i] === value)) {
      for (const [i, value] of values.entries()) if (!this.places.has(value)) this.places.set(value, i);
      return undefined;
    }
    return Uint8Array.from(values, (value) => this.placeOf(value));
  }

  colours(): Uint8Array {
    return Uint8Array.from(this.entries.flatMap((value) => [value >> 16, (value >> 8) & 255, value & 255]));
  }

  private placeOf(value: number): number {
    const known = this.places.get(value);
    if (known !== undefined) return known;
    if (this.entries.length === MOST_COLOURS) {
      throw new UnsupportedError(`${this.name}: its frames have more than ${MOST_COLOURS} colours together`, {
        remedy: 'Save each frame as a PNG file.',
      });
    }
    this.places.set(value, this.entries.length);
    this.entries.push(value);
    return this.entries.length - 1;
  }
}
