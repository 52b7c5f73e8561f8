import { allocateSharedAssemblyMemory, unsigned, type SharedAssemblyMemory } from '../base/assembly';
import { kernelInstances, kernelMemoryOf, scratchOf, type Scratch } from '../base/kernel-memory';

/** The exports of a kernel that unpacks a stream. A status of 0 means success. */
interface UnpackExports {
  unpack(scratch: number, stream: number, inputBytes: number, place: number, mostBytes: number): number;
  outputBytes(): number;
}

/** The export of a kernel that unpacks two streams in turns. */
export interface UnpackTwoExports extends UnpackExports {
  unpackTwo(
    ...both: readonly [
      ...[scratch: number, stream: number, inputBytes: number, place: number, bytes: number],
      ...[scratch: number, stream: number, inputBytes: number, place: number, bytes: number],
    ]
  ): number;
}

/** A stream that unpacks to exactly `lengthBytes` bytes, and where to put them if that saves a copy. */
export interface Unpacking {
  readonly stream: Uint8Array;
  readonly lengthBytes: number;
  readonly destination?: Uint8Array | undefined;
}

/** What a kernel made of a stream. The bytes are in memory that the next call uses again. */
interface Unpacked {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** Kernels fill this room after a stream with zeros. */
const MARGIN_BYTES = 32;
/** Kernels count bytes in 32 bits. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

/** The memory of this thread alone, in which all of these kernels work. */
let own: SharedAssemblyMemory | undefined;

/** A kernel in WebAssembly that unpacks streams which are completely in memory. */
export class UnpackKernel<Exports extends UnpackExports = UnpackExports> {
  private readonly kernelIn: (memory: SharedAssemblyMemory) => Exports | undefined;

  /**
   * @param base64 the value of an import with `?assembly=shared-memory`
   * @param tableBytes the kernel's room for tables
   * @param prepare what is done with each new instance of the kernel
   */
  constructor(
    base64: string,
    private readonly tableBytes: number,
    prepare?: (kernel: Exports) => void,
  ) {
    this.kernelIn = kernelInstances<Exports>(base64, prepare);
  }

  /**
   * Unpacks a stream to at most `mostBytes`. The result is aligned to 16 bytes and lies in memory that the next call
   * uses again, so that no fresh memory has to be allocated.
   * @returns undefined if WebAssembly or enough memory isn't available
   */
  unpack(stream: Uint8Array, mostBytes: number): Unpacked | undefined {
    const start = roundUp(mostBytes);
    const memory = ownMemory(start + this.scratchBytes(stream));
    return memory && this.run(memory, { start, end: memory.buffer.byteLength }, stream, 0, mostBytes);
  }

  /**
   * Unpacks a stream to `destination`, if that lies in memory that kernels work in (see {@link KernelMemory}). No byte
   * outside of it is written.
   * @returns false if that wasn't possible, if the stream is invalid, or if it doesn't unpack to exactly as many bytes.
   *   The destination's content is then undefined, and {@link unpack} finds what is wrong.
   */
  unpackTo(destination: Uint8Array, stream: Uint8Array): boolean {
    const { buffer, byteOffset, length } = destination;
    const memory = kernelMemoryOf(buffer);
    const scratch = memory && scratchOf(memory);
    if (memory === undefined || scratch === undefined) return false;
    const unpacked = this.run(memory, scratch, stream, byteOffset, length);
    return unpacked?.status === 0 && unpacked.bytes.length === length;
  }

  /**
   * Unpacks two streams in turns, which takes less time than one after the other. The results are the destinations, if
   * both are given and lie in one memory that kernels work in; otherwise they are aligned to 16 bytes in memory that the
   * next call uses again.
   * @returns undefined if that wasn't possible, or if a stream is invalid or has another length; the destinations'
   *   contents are then undefined
   */
  unpackTwo(
    this: UnpackKernel<UnpackTwoExports>,
    first: Unpacking,
    second: Unpacking,
  ): readonly [Uint8Array, Uint8Array] | undefined {
    const [memory, free, ...places] = this.roomForTwo(first, second) ?? [];
    const kernel = memory && this.kernelIn(memory);
    if (memory === undefined || free === undefined || kernel === undefined) return undefined;
    const middle = free.start + roundUp(this.scratchBytes(first.stream));
    if (middle + this.scratchBytes(second.stream) > free.end) return undefined;
    const restore = keepMargins(memory, [first.stream, second.stream]);
    const status = kernel.unpackTwo(
      ...this.give(memory, first, free.start, places[0] ?? 0),
      ...this.give(memory, second, middle, places[1] ?? 0),
    );
    restore();
    if (status !== 0) return undefined;
    const at = (place: number, { lengthBytes }: Unpacking) =>
      new Uint8Array(memory.buffer, place, lengthBytes);
    return [at(places[0] ?? 0, first), at(places[1] ?? 0, second)];
  }

  /** Returns the memory for two streams, what of it is free, and the places of the results. */
  private roomForTwo(
    first: Unpacking,
    second: Unpacking,
  ): readonly [SharedAssemblyMemory, Scratch, number, number] | undefined {
    const [one, two] = [first.destination, second.destination];
    const shared = one && two?.buffer === one.buffer ? kernelMemoryOf(one.buffer) : undefined;
    const scratch = shared && scratchOf(shared);
    if (shared !== undefined && scratch !== undefined) {
      return [shared, scratch, one?.byteOffset ?? 0, two?.byteOffset ?? 0];
    }
    const place = roundUp(first.lengthBytes);
    const start = place + roundUp(second.lengthBytes);
    const memory = ownMemory(
      start + roundUp(this.scratchBytes(first.stream)) + this.scratchBytes(second.stream),
    );
    return memory && [memory, { start, end: memory.buffer.byteLength }, 0, place];
  }

  /** Returns the kernel's arguments for a stream, whose tables are at `scratch`. */
  private give(
    memory: SharedAssemblyMemory,
    { stream, lengthBytes }: Unpacking,
    scratch: number,
    place: number,
  ): readonly [number, number, number, number, number] {
    return [scratch, this.placeOf(stream, memory, scratch), stream.length, place, lengthBytes];
  }

  /** Copies a stream to the scratch area at `scratch`, unless it is in the memory already. Returns its place. */
  private placeOf(stream: Uint8Array, { buffer }: SharedAssemblyMemory, scratch: number): number {
    if (stream.buffer === buffer) return stream.byteOffset;
    const place = scratch + this.inputOffset(stream);
    new Uint8Array(buffer, place, stream.length).set(stream);
    return place;
  }

  /** Returns undefined if there is no kernel, or if the scratch area is too small. */
  private run(
    memory: SharedAssemblyMemory,
    { start, end }: Scratch,
    stream: Uint8Array,
    place: number,
    mostBytes: number,
  ): Unpacked | undefined {
    const kernel = this.kernelIn(memory);
    if (kernel === undefined || start + this.scratchBytes(stream) > end) return undefined;
    const input = this.placeOf(stream, memory, start);
    const restore = keepMargins(memory, [stream]);
    const status = kernel.unpack(start, input, stream.length, place, mostBytes);
    restore();
    return { status, bytes: new Uint8Array(memory.buffer, place, unsigned(kernel.outputBytes())) };
  }

  private scratchBytes(stream: Uint8Array): number {
    return this.inputOffset(stream) + stream.length + MARGIN_BYTES;
  }

  /** V8 copies to shared memory byte by byte unless both addresses have the same remainder modulo 8. */
  private inputOffset(stream: Uint8Array): number {
    return this.tableBytes + (stream.byteOffset % 8);
  }
}

/** Returns a function that puts back what is after streams in the memory, where something else may follow. */
function keepMargins({ buffer }: SharedAssemblyMemory, streams: readonly Uint8Array[]): () => void {
  const kept = streams
    .filter((stream) => stream.buffer === buffer)
    .map(({ byteOffset, length }) => new Uint8Array(buffer, byteOffset + length, MARGIN_BYTES))
    .map((margin) => ({ margin, bytes: margin.slice() }));
  return () => {
    for (const { margin, bytes } of kept) margin.set(bytes);
  };
}

function roundUp(bytes: number): number {
  return 16 * Math.ceil(bytes / 16);
}

function ownMemory(bytes: number): SharedAssemblyMemory | undefined {
  if (bytes > MOST_BYTES) return undefined;
  if (own !== undefined && own.buffer.byteLength >= bytes) return own;
  own = allocateSharedAssemblyMemory(Math.min(2 * bytes, MOST_BYTES));
  return own;
}
