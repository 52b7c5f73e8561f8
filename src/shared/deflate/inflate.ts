/** Unpacks zlib streams by the WebAssembly kernel of assembly/, one instance a thread. */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { InvalidInputError } from '../base/errors';
import inflateModule from './assembly/inflate.ts?assembly';

/** What assembly/inflate.ts exports. A status is 0, or 1 + the index of one of {@link FAULTS}. */
interface InflateExports {
  readonly memory: AssemblyMemory;
  reserveStream(inputBytes: number, outputBytes: number): number;
  inputPointer(): number;
  outputPointer(): number;
  outputBytes(): number;
  inflateStream(): number;
}

const FAULTS: readonly string[] = [
  'its deflated data is damaged',
  'its deflated data ends early',
  'it unpacks to more than it should',
  'its checksum is wrong',
];

/** The kernel counts bytes in 32 bits. */
const MOST_BYTES = 2 ** 32 - 1;

let kernel: InflateExports | 'none' | undefined;

/**
 * Unpacks a zlib stream (RFC 1950) to at most `mostBytes`; what follows it is passed over. The result is aligned to 16
 * bytes and stands in memory that the next call uses again: no memory is taken for it, nor touched for the first time.
 * @returns undefined where WebAssembly, or so much memory, isn't to be had
 * @throws InvalidInputError where the stream is damaged, cut off or larger
 */
export function inflateZlib(stream: Uint8Array, mostBytes: number): Uint8Array | undefined {
  kernel ??= startAssembly<InflateExports>(inflateModule) ?? 'none';
  if (kernel === 'none' || stream.length + mostBytes > MOST_BYTES) return undefined;
  if (kernel.reserveStream(stream.length, mostBytes) !== 0) return undefined;
  new Uint8Array(kernel.memory.buffer, kernel.inputPointer(), stream.length).set(stream);
  const fault = FAULTS[kernel.inflateStream() - 1];
  if (fault !== undefined) throw new InvalidInputError(fault);
  const output = unsigned(kernel.outputPointer());
  return new Uint8Array(kernel.memory.buffer, output, unsigned(kernel.outputBytes()));
}
