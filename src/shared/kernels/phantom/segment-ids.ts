import { allocateVoxels, type VoxelArray } from '../../base/data-type';
import { mixBits } from '../../base/random';

/** The types that labels of a phantom may have. */
export const PHANTOM_TYPES = ['uint8', 'uint16', 'uint32', 'uint64'] as const;
export type PhantomType = (typeof PHANTOM_TYPES)[number];

/** The high word of ids in large databases of connectomes: such ids are about 7.2e17, far above 2^53. */
const HIGH_WORD = 0x0a000000;

/**
 * Ids for the neurons 1 to `count` of a phantom, scattered over the type's range. 0 stays 0. Three of four 64-bit ids
 * are above 2^53. Types of 8 and 16 bits have few ids, so that neurons share them if there are more.
 */
export class SegmentIds {
  private readonly low: Uint32Array;
  private readonly high: Uint32Array;

  constructor(
    private readonly type: PhantomType,
    count: number,
  ) {
    this.low = new Uint32Array(count + 1);
    this.high = new Uint32Array(count + 1);
    for (let neuron = 1; neuron <= count; neuron++) {
      this.low[neuron] = lowWord(type, neuron);
      this.high[neuron] = type === 'uint64' && neuron % 4 !== 0 ? HIGH_WORD : 0;
    }
  }

  /** Returns the ids of voxels, given their neurons, in a new array. */
  of(neurons: Uint32Array): VoxelArray {
    const { low, high } = this;
    const ids = allocateVoxels(this.type, neurons.length);
    if (ids instanceof BigUint64Array) {
      const words = new Uint32Array(ids.buffer);
      for (let i = 0; i < neurons.length; i++) {
        const neuron = neurons[i] ?? 0;
        words[2 * i] = low[neuron] ?? 0;
        words[2 * i + 1] = high[neuron] ?? 0;
      }
    } else {
      for (let i = 0; i < neurons.length; i++) ids[i] = low[neurons[i] ?? 0] ?? 0;
    }
    return ids;
  }
}

/** Never returns 0: the scrambling is a permutation that maps 0 to itself. */
function lowWord(type: PhantomType, neuron: number): number {
  if (type === 'uint8') return ((neuron - 1) % 0xff) + 1;
  if (type === 'uint16') return ((neuron - 1) % 0xffff) + 1;
  return mixBits(neuron);
}
