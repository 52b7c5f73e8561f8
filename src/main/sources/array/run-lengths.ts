/**
 * Reads the run-length encoding of Amira (HxByteRLE). A packet is either a control byte n below 128 and a byte that is
 * repeated n times, or a control byte 128 + n and n literal bytes.
 */
import { InvalidInputError } from '../../../shared/base/errors';
import { IndexPlaces, placeBefore } from './index-places';
import { FileBytes, type FileRef, type RandomBytes } from './random-bytes';

/** The places in packed data at which unpacking can begin, as JSON. */
export interface RunIndex {
  /** The range of the packed data in the file, in bytes. */
  readonly start: number;
  readonly end: number;
  readonly rawBytes: number;
  /** The approximate distance between places, in unpacked bytes. */
  readonly spanBytes: number;
  readonly places: readonly { readonly packed: number; readonly raw: number }[];
}

const LITERAL = 128;
const MOST_PACKET_BYTES = LITERAL;
const WINDOW_BYTES = 1 << 20;

/** Scans all of the data once and keeps only the index. @throws InvalidInputError if the data ends inside a packet */
export async function indexRuns(file: FileRef, start: number, end: number): Promise<RunIndex> {
  const bytes = new FileBytes(file);
  try {
    const window = new Window(bytes, end);
    const index = new IndexPlaces({ packed: start, raw: 0 });
    let [at, raw] = [start, 0];
    while (at < end) {
      index.add({ packed: at, raw });
      const control = (await window.from(at))[0] ?? 0;
      const count = control % LITERAL;
      at += control < LITERAL ? 2 : 1 + count;
      raw += count;
    }
    if (at > end) throw cutOff(file.path);
    return { start, end, rawBytes: raw, spanBytes: index.spanBytes, places: index.places };
  } finally {
    await bytes.close();
  }
}

/** Reads packed data as if it were unpacked. */
export class RunBytes implements RandomBytes {
  private readonly bytes: FileBytes;

  constructor(
    file: FileRef,
    private readonly index: RunIndex,
  ) {
    this.bytes = new FileBytes(file);
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    const { places, end, start } = this.index;
    const place = placeBefore(places, offsetBytes) ?? { packed: start, raw: 0 };
    const window = new Window(this.bytes, end);
    let { packed: at, raw } = place;
    while (raw < offsetBytes + into.length) {
      if (at >= end) throw cutOff(this.bytes.file.path);
      const packet = await window.from(at);
      const control = packet[0] ?? 0;
      const count = control % LITERAL;
      const from = Math.max(raw, offsetBytes);
      const to = Math.min(raw + count, offsetBytes + into.length);
      if (from < to) {
        if (control < LITERAL) into.fill(packet[1] ?? 0, from - offsetBytes, to - offsetBytes);
        else into.set(packet.subarray(1 + from - raw, 1 + to - raw), from - offsetBytes);
      }
      at += control < LITERAL ? 2 : 1 + count;
      raw += count;
    }
  }

  close(): Promise<void> {
    return this.bytes.close();
  }
}

/** A window of bytes that moves through a file. */
class Window {
  private start = 0;
  private bytes = new Uint8Array(0);

  constructor(
    private readonly file: FileBytes,
    private readonly end: number,
  ) {}

  /** Returns the bytes from `at` on: at least a whole packet, unless the data ends before. */
  async from(at: number): Promise<Uint8Array> {
    const held = this.start + this.bytes.length;
    if (at < this.start || (at + MOST_PACKET_BYTES > held && held < this.end) || at >= held) {
      this.bytes = new Uint8Array(Math.min(WINDOW_BYTES, this.end - at));
      this.start = at;
      await this.file.read(at, this.bytes);
    }
    return this.bytes.subarray(at - this.start);
  }
}

function cutOff(path: string): InvalidInputError {
  return new InvalidInputError(`${path} is cut off: its packed data ends within a run.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
