import { expect, test } from 'vitest';
import { chooseDataset } from '../../../../src/main/sources/array/choose-dataset';

const candidates = ['cells', 'meta', 'volumes/raw', 'extra'].map((path) => ({ path, description: 'uint8' }));

test.each([
  ['image', 'volumes/raw'],
  ['segmentation', 'cells'],
  [undefined, 'cells'],
] as const)(
  'of several arrays the one whose name is that of the kind %s is proposed: %s',
  (kind, proposed) => {
    expect(() => chooseDataset(candidates, undefined, 'a.h5', kind)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining(`such as --dataset ${proposed}`) }),
    );
  },
);
