import { mixBits } from '../../base/random';

const MEMBRANE = 70;
/** The grey of the darkest neuron, and the number of greys of neurons. */
const NEURON = { darkest: 130, greys: 60 } as const;
/** Noise is the sum of two numbers from 0 to 31, less 31. */
const NOISE_BITS = 5;
const LARGEST_NOISE = 2 ** NOISE_BITS - 1;

/**
 * Grey values of 8 bits as electron microscopy shows a phantom: dark membranes, a grey for each neuron, and noise. Each
 * voxel's noise depends on its position and the seed alone.
 */
export class TissueGreys {
  constructor(private readonly seed: number) {}

  /** Returns the greys of the voxels of slice `z`, given their neurons, in a new array. */
  of(neurons: Uint32Array, z: number): Uint8Array {
    const greys = new Uint8Array(neurons.length);
    const slice = mixBits(mixBits(this.seed) ^ (z + 1));
    for (let i = 0; i < neurons.length; i++) {
      const random = mixBits(slice ^ i);
      const noise = (random & LARGEST_NOISE) + ((random >>> NOISE_BITS) & LARGEST_NOISE) - LARGEST_NOISE;
      greys[i] = greyOf(neurons[i] ?? 0) + noise;
    }
    return greys;
  }
}

function greyOf(neuron: number): number {
  return neuron === 0 ? MEMBRANE : NEURON.darkest + (mixBits(neuron) % NEURON.greys);
}
