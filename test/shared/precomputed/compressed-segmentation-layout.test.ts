import { describe, expect, test } from 'vitest';
import { chunkFit, fittingChunkSize } from '../../../src/shared/precomputed/compressed-segmentation-layout';

describe('chunkFit', () => {
  test('finds the largest cube of uint64 labels in 8³ blocks that always fits', () => {
    expect(chunkFit([188, 188, 188], 1, [8, 8, 8], 2)).toBe('always');
    expect(chunkFit([189, 189, 189], 1, [8, 8, 8], 2)).toBe('depends');
  });

  test('counts all channels, as viewers count the values of all from the start of the file', () => {
    expect(chunkFit([192, 192, 96], 2, [8, 8, 8], 2)).toBe('depends');
    expect(chunkFit([184, 184, 88], 2, [8, 8, 8], 2)).toBe('always');
  });

  test('lets uint32 labels have larger chunks than uint64', () => {
    expect(chunkFit([216, 216, 216], 1, [8, 8, 8], 1)).toBe('always');
    expect(chunkFit([216, 216, 216], 1, [8, 8, 8], 2)).toBe('depends');
  });

  test('depends on the labels where a block can have too many', () => {
    expect(chunkFit([64, 64, 17], 1, [64, 64, 17], 1)).toBe('depends');
    expect(chunkFit([64, 64, 16], 1, [64, 64, 16], 1)).toBe('always');
    expect(chunkFit([64, 64, 16], 1, [64, 64, 17], 1)).toBe('always');
  });

  test('finds that block headers alone can be too many', () => {
    expect(chunkFit([256, 256, 256], 1, [1, 1, 1], 1)).toBe('never');
    expect(chunkFit([256, 256, 127], 1, [1, 1, 1], 1)).toBe('depends');
  });
});

describe('fittingChunkSize', () => {
  test('is what was wanted where that fits', () => {
    expect(fittingChunkSize([64, 64, 64], 1, [8, 8, 8], 2)).toEqual([64, 64, 64]);
    expect(fittingChunkSize([188, 188, 188], 1, [8, 8, 8], 2)).toEqual([188, 188, 188]);
  });

  test('is cut to whole blocks, the longest axes first', () => {
    expect(fittingChunkSize([256, 256, 256], 1, [8, 8, 8], 2)).toEqual([184, 184, 184]);
    expect(fittingChunkSize([512, 512, 16], 1, [8, 8, 8], 2)).toEqual([512, 512, 16]);
    expect(fittingChunkSize([4096, 4096, 20], 1, [8, 8, 8], 2)).toEqual([576, 576, 20]);
  });

  test('is undefined where one block doesn’t fit', () => {
    expect(fittingChunkSize([256, 256, 256], 1, [128, 128, 128], 2)).toBeUndefined();
  });
});
