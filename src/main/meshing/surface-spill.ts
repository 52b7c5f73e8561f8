import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BugError } from '../../shared/base/errors';
import { fileError } from '../base/file-error';
import { boundsOf } from './lattice';
import type { SurfacePart } from './surface-parts';

/**
 * Stores parts of surfaces: in memory while there is room, then in a file. File access is synchronous, because a
 * worker has nothing else to do in the meantime.
 */
export class SurfaceSpill {
  private bytesInMemory = 0;
  private file: number | undefined;
  private fileBytes = 0;

  /** @param path the path of the file, which is created when it is needed */
  constructor(
    private readonly path: string,
    private readonly maxBytesInMemory: number,
  ) {}

  /** Stores triangles as a part. `corners` must not be changed afterwards. */
  keep(corners: Int32Array): SurfacePart {
    const kept = { triangles: corners.length / 9, bounds: boundsOf(corners) };
    if (this.bytesInMemory + corners.byteLength <= this.maxBytesInMemory) {
      this.bytesInMemory += corners.byteLength;
      return { ...kept, read: () => corners };
    }
    const offset = this.write(corners);
    const { length } = corners;
    return { ...kept, read: () => this.read(offset, length) };
  }

  /** Discards everything that was stored. */
  close(): void {
    this.bytesInMemory = 0;
    this.fileBytes = 0;
    if (this.file === undefined) return;
    closeSync(this.file);
    this.file = undefined;
    rmSync(this.path, { force: true });
  }

  private write(corners: Int32Array): number {
    const offset = this.fileBytes;
    try {
      if (this.file === undefined) {
        mkdirSync(dirname(this.path), { recursive: true });
        this.file = openSync(this.path, 'w+');
      }
      let written = 0;
      while (written < corners.byteLength) {
        const rest = new Uint8Array(
          corners.buffer,
          corners.byteOffset + written,
          corners.byteLength - written,
        );
        written += writeSync(this.file, rest, 0, rest.length, offset + written);
      }
    } catch (error) {
      throw fileError('write', this.path, error);
    }
    this.fileBytes += corners.byteLength;
    return offset;
  }

  private read(offset: number, length: number): Int32Array {
    const corners = new Int32Array(length);
    try {
      if (this.file === undefined) throw new BugError('a part of a surface is read after its end');
      const bytes = new Uint8Array(corners.buffer);
      let at = 0;
      while (at < bytes.length) {
        const bytesRead = readSync(this.file, bytes, at, bytes.length - at, offset + at);
        if (bytesRead === 0) throw new BugError(`${this.path} is cut short`);
        at += bytesRead;
      }
    } catch (error) {
      throw fileError('read', this.path, error);
    }
    return corners;
  }
}
