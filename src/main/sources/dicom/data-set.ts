/**
 * Reads data sets of DICOM in the transfer syntax "Explicit VR Little Endian": elements one after another, each with its tag (group
 * and element, 16 bits each), two letters for the type of its value, its length, and its value. A sequence holds items, which are
 * data sets again; the length of both may be undefined, and a delimiter ends them then.
 *
 * Source: DICOM PS3.5, sections 7.1 and 7.5
 */
import { InvalidInputError } from '../../../shared/base/errors';

/** The elements by their tags, such as `0028,0010`. */
export type DataSet = ReadonlyMap<string, Element>;

interface Element {
  readonly bytes: Buffer;
  /** The items of a sequence; empty for other values. */
  readonly items: readonly DataSet[];
  /** The position of the value in the file. */
  readonly at: number;
}

/** The types of values whose length has 32 bits, after two bytes that are left empty. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const UNDEFINED = 0xffff_ffff;
const ITEM = 'fffe,e000';
const ITEM_END = 'fffe,e00d';
const SEQUENCE_END = 'fffe,e0dd';
export const PIXELS = '7fe0,0010';

/** Reads the elements from a position on, up to the pixels, whose value isn't read. */
export function readDataSet(file: Buffer, start: number, where: string): DataSet {
  return new Reader(file, where).elements(start, file.length, PIXELS).found;
}

class Reader {
  constructor(
    private readonly file: Buffer,
    private readonly where: string,
  ) {}

  /** @param last the tag that ends the elements, whose value isn't read */
  elements(start: number, end: number, last?: string): { readonly found: DataSet; readonly next: number } {
    const found = new Map<string, Element>();
    for (let at = start; at < end;) {
      const tag = this.tag(at);
      if (tag === ITEM_END) return { found, next: at + 8 };
      const type = this.file.toString('latin1', at + 4, at + 6);
      const isLong = LONG.has(type);
      this.require(at + (isLong ? 12 : 8));
      const length = isLong ? this.file.readUInt32LE(at + 8) : this.file.readUInt16LE(at + 6);
      const value = at + (isLong ? 12 : 8);
      if (tag === last) {
        found.set(tag, { bytes: Buffer.alloc(0), items: [], at: value });
        return { found, next: end };
      }
      if (type === 'SQ' || length === UNDEFINED) {
        const { items, next } = this.items(value, length === UNDEFINED ? end : value + length);
        found.set(tag, { bytes: Buffer.alloc(0), items, at: value });
        at = next;
      } else {
        this.require(value + length);
        found.set(tag, { bytes: this.file.subarray(value, value + length), items: [], at: value });
        at = value + length;
      }
    }
    return { found, next: end };
  }

  private items(start: number, end: number): { readonly items: DataSet[]; readonly next: number } {
    const items: DataSet[] = [];
    for (let at = start; at < end;) {
      const tag = this.tag(at);
      if (tag === SEQUENCE_END) return { items, next: at + 8 };
      if (tag !== ITEM) throw this.damaged(at);
      const length = this.file.readUInt32LE(at + 4);
      const { found, next } = this.elements(at + 8, length === UNDEFINED ? end : at + 8 + length);
      items.push(found);
      at = next;
    }
    return { items, next: end };
  }

  private tag(at: number): string {
    this.require(at + 8);
    const hex = (value: number) => value.toString(16).padStart(4, '0');
    return `${hex(this.file.readUInt16LE(at))},${hex(this.file.readUInt16LE(at + 2))}`;
  }

  private require(end: number): void {
    if (end > this.file.length) throw this.damaged(this.file.length);
  }

  private damaged(at: number): InvalidInputError {
    return new InvalidInputError(`${this.where} is not valid DICOM at byte ${at}.`, {
      remedy: 'The file is cut off or damaged: copy it again from the original.',
    });
  }
}

export function textOf(set: DataSet | undefined, tag: string): string {
  const text = set?.get(tag)?.bytes.toString('utf8') ?? '';
  return text.replace(/[\0 ]+$/, '');
}

/** Returns the numbers of an element that is text, such as `0.5\2`. */
export function decimalsOf(set: DataSet | undefined, tag: string): number[] {
  const text = textOf(set, tag);
  return text === '' ? [] : text.split('\\').map(Number);
}

/** Returns the numbers of an element of 16 bits each. */
export function wordsOf(set: DataSet | undefined, tag: string): number[] {
  const bytes = set?.get(tag)?.bytes ?? Buffer.alloc(0);
  return Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readUInt16LE(2 * i));
}

export function itemsOf(set: DataSet | undefined, tag: string): readonly DataSet[] {
  return set?.get(tag)?.items ?? [];
}
