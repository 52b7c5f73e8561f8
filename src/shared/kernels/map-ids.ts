import type { Box } from '../base/box';
import type { VoxelArray } from '../base/data-type';
import type { VolumeBlock } from '../base/volume-block';
import { eachRun } from './box-runs';
import type { IdMap } from './id-map';

/**
 * Replaces the ids of `box`, in the block's own memory, according to `map`. Other ids stay, or become 0. In signed
 * voxels, the new ids of negative ones are stored as two's complement.
 * @returns the index of a negative id that would have to stay, or -1 if there is none
 */
export function remapIds(block: VolumeBlock, box: Box, map: IdMap, others: 'keep' | 'zero'): number {
  const { data } = block;
  const remapRun =
    data.BYTES_PER_ELEMENT === 8 && !(data instanceof Float64Array)
      ? runOfPairs(data, map, others)
      : runOfNumbers(data, map, others);
  let bad = -1;
  eachRun(block, box, (start, end) => {
    if (bad < 0) bad = remapRun(start, end);
  });
  return bad;
}

type RunMapper = (start: number, end: number) => number;

function runOfPairs(data: VoxelArray, map: IdMap, others: 'keep' | 'zero'): RunMapper {
  const words = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  const isSigned = data instanceof BigInt64Array;
  return (start, end) => {
    let i = 2 * start;
    const stop = 2 * end;
    while (i < stop) {
      const low = words[i] as number;
      const high = words[i + 1] as number;
      const index = map.find(low, high);
      if (index < 0 && others === 'keep') {
        if (isSigned && high >= 0x80000000) return i / 2;
        do i += 2;
        while (i < stop && words[i] === low && words[i + 1] === high);
        continue;
      }
      const toLow = index < 0 ? 0 : map.toLow(index);
      const toHigh = index < 0 ? 0 : map.toHigh(index);
      do {
        words[i] = toLow;
        words[i + 1] = toHigh;
        i += 2;
      } while (i < stop && words[i] === low && words[i + 1] === high);
    }
    return -1;
  };
}

function runOfNumbers(data: VoxelArray, map: IdMap, others: 'keep' | 'zero'): RunMapper {
  const values = data as Int32Array;
  return (start, end) => {
    let i = start;
    while (i < end) {
      const value = values[i] as number;
      const index = map.find(value >>> 0, value < 0 ? 0xffffffff : 0);
      if (index < 0 && others === 'keep') {
        if (value < 0) return i;
        do i++;
        while (i < end && values[i] === value);
        continue;
      }
      const to = index < 0 ? 0 : map.toLow(index);
      do values[i++] = to;
      while (i < end && values[i] === value);
    }
    return -1;
  };
}

/**
 * Adds `offset` to the ids of `box` in the block's own memory. 0 stays 0. Precondition: no id is negative.
 * @param largest the largest id that may result, below 2^64
 * @returns the index of an id that would become less than 1 or more than `largest`, or -1 if there is none
 */
export function offsetIds(block: VolumeBlock, box: Box, offset: bigint, largest: bigint): number {
  const { data } = block;
  const offsetRun =
    data.BYTES_PER_ELEMENT === 8 && !(data instanceof Float64Array)
      ? offsetOfPairs(data, offset)
      : offsetOfNumbers(data, Number(offset), Number(largest));
  let bad = -1;
  eachRun(block, box, (start, end) => {
    if (bad < 0) bad = offsetRun(start, end);
  });
  return bad;
}

function offsetOfPairs(data: VoxelArray, offset: bigint): RunMapper {
  const words = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  const isUp = offset >= 0n;
  const [byLow, byHigh] = [Number(BigInt.asUintN(32, offset)), Number(BigInt.asUintN(32, offset >> 32n))];
  return (start, end) => {
    for (let i = 2 * start; i < 2 * end; i += 2) {
      const low = words[i] as number;
      const high = words[i + 1] as number;
      if (low === 0 && high === 0) continue;
      const sumLow = low + byLow;
      const sumHigh = high + byHigh + (sumLow > 0xffffffff ? 1 : 0);
      // Adding the two's complement of a negative number carries out of the top unless the result is negative.
      const isOut = isUp ? sumHigh > 0xffffffff : sumHigh <= 0xffffffff;
      if (isOut || (sumLow >>> 0 === 0 && sumHigh >>> 0 === 0)) return i / 2;
      words[i] = sumLow;
      words[i + 1] = sumHigh;
    }
    return -1;
  };
}

function offsetOfNumbers(data: VoxelArray, offset: number, largest: number): RunMapper {
  const values = data as Uint32Array;
  return (start, end) => {
    for (let i = start; i < end; i++) {
      const value = values[i] as number;
      if (value === 0) continue;
      const moved = value + offset;
      if (moved < 1 || moved > largest) return i;
      values[i] = moved;
    }
    return -1;
  };
}
