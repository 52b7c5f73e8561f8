import { Turns } from '../../base/turns';
import { InvalidInputError } from '../../../shared/base/errors';
import { IndexPlaces, placeBefore } from './index-places';
import { FileBytes, type FileRef, type RandomBytes } from './random-bytes';

/** A place at which unpacking can begin: its position, in bytes or bits of the file, and how many bytes are unpacked before it. */
interface PiecePlace {
  readonly packed: number;
  readonly raw: number;
}

/** The places in packed data at which unpacking can begin, as JSON. */
export interface PieceIndex {
  readonly rawBytes: number;
  /** The approximate distance between places, in unpacked bytes. */
  readonly spanBytes: number;
  readonly places: readonly PiecePlace[];
}

/** A piece of unpacked data, and the position in the packed data behind it. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly next: number;
}

/** Unpacks data from a position on, piece by piece. */
export type Pieces = (file: FileBytes, packed: number) => AsyncGenerator<Piece, void>;

/** Unpacks all of the data once and keeps only the index. */
export async function indexPieces(file: FileRef, start: number, piecesFrom: Pieces): Promise<PieceIndex> {
  const bytes = new FileBytes(file);
  try {
    const index = new IndexPlaces<PiecePlace>({ packed: start, raw: 0 });
    let raw = 0;
    for await (const piece of piecesFrom(bytes, start)) {
      raw += piece.bytes.length;
      index.add({ packed: piece.next, raw });
    }
    return { rawBytes: raw, spanBytes: index.spanBytes, places: index.places };
  } finally {
    await bytes.close();
  }
}

/** Reads packed data as if it were unpacked. Reads in ascending order are cheap. */
export class PieceBytes implements RandomBytes {
  private readonly bytes: FileBytes;
  private pieces: AsyncGenerator<Piece, void> | undefined;
  private piece: Uint8Array = new Uint8Array(0);
  private pieceStart = 0;
  private readonly turns = new Turns();

  constructor(
    file: FileRef,
    private readonly index: PieceIndex,
    private readonly piecesFrom: Pieces,
  ) {
    this.bytes = new FileBytes(file);
  }

  /** Reads one part after the other, because all reads share the current piece. */
  read(offsetBytes: number, into: Uint8Array): Promise<void> {
    return this.turns.take(() => this.readNow(offsetBytes, into));
  }

  async close(): Promise<void> {
    await this.turns.over();
    this.pieces = undefined;
    await this.bytes.close();
  }

  private async readNow(offset: number, into: Uint8Array): Promise<void> {
    this.seek(offset);
    for (let done = 0; done < into.length;) {
      const begin = offset + done - this.pieceStart;
      if (begin < this.piece.length) {
        const part = this.piece.subarray(begin, begin + into.length - done);
        into.set(part, done);
        done += part.length;
      } else await this.advance();
    }
  }

  /** Keeps the current piece unless the offset is before it, or a place of the index is closer. */
  private seek(offset: number): void {
    const place = placeBefore(this.index.places, offset);
    const end = this.pieceStart + this.piece.length;
    const isHere = this.pieces !== undefined && offset >= this.pieceStart;
    if (isHere && (offset < end || (place?.raw ?? 0) <= end)) return;
    this.pieces = this.piecesFrom(this.bytes, place?.packed ?? 0);
    this.piece = new Uint8Array(0);
    this.pieceStart = place?.raw ?? 0;
  }

  private async advance(): Promise<void> {
    const next = await this.pieces?.next();
    if (next?.value === undefined) {
      throw new InvalidInputError(
        `${this.bytes.file.path} is cut off: it unpacks to ${this.index.rawBytes} bytes.`,
      );
    }
    this.pieceStart += this.piece.length;
    this.piece = next.value.bytes;
  }
}
