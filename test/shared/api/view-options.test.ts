import { describe, expect, test } from 'vitest';
import { sourceOptionsSchema } from '../../../src/shared/api/job-spec';
import { parseRoi } from '../../../src/shared/api/view-options';

type Given = Readonly<Record<string, unknown>>;

function parsed(given: Given): Given | undefined {
  return sourceOptionsSchema.safeParse(given).data;
}

describe('options of views', () => {
  test('ranges of voxels, whose bounds may be left out', () => {
    expect(parsed({ roi: ' 0:512, 100: , :' })).toMatchObject({ roi: '0:512,100:,:' });
    expect(parseRoi('0:512,100:,:7')).toEqual([
      { from: 0, to: 512 },
      { from: 100, to: undefined },
      { from: undefined, to: 7 },
    ]);
    for (const roi of ['', '0:1,0:1', '0:1,0:1,0:1,0:1', '0-1,:,:', '-1:2,:,:', '1.5:2,:,:', '1,2,3', 7]) {
      expect(parsed({ roi })).toBeUndefined();
    }
  });

  test('axes in any order and notation', () => {
    expect(parsed({ flip: 'Z, x' })).toMatchObject({ flip: 'xz' });
    expect(parsed({ transpose: 'zyx' })).toMatchObject({ transpose: 'zyx' });
    for (const given of [
      { flip: 'xx' },
      { flip: 'w' },
      { flip: '' },
      { transpose: 'zy' },
      { transpose: 'xxz' },
    ]) {
      expect(parsed(given)).toBeUndefined();
    }
  });

  test('numbers beyond 2^53 stay what they are', () => {
    expect(parsed({ idOffset: '18446744073709551615' })).toMatchObject({ idOffset: '18446744073709551615' });
    expect(parsed({ idOffset: '-9007199254740993' })).toMatchObject({ idOffset: '-9007199254740993' });
    expect(parsed({ idOffset: 12 })).toMatchObject({ idOffset: '12' });
    for (const idOffset of ['18446744073709551616', '1e6', '1.5', '', 'ten', 2 ** 60]) {
      expect(parsed({ idOffset })).toBeUndefined();
    }
  });

  test('a channel by number or name', () => {
    expect(parsed({ channel: 2 })).toMatchObject({ channel: '2' });
    expect(parsed({ channel: 'DAPI' })).toMatchObject({ channel: 'DAPI' });
  });
});
