import { describe, expect, test } from 'vitest';
import { orderSlices } from '../../../../src/main/sources/slices/slice-order';

describe('numbers below zero', () => {
  test.each([
    ['sec_z-008um.tif', 'sec_z-007um.tif', 'sec_z-006um.tif'],
    ['pos_-3.tif', 'pos_-2.tif', 'pos_-1.tif'],
    ['-10.tif', '-9.tif', '-8.tif'],
    ['s_-003.tif', 's_-001.tif', 's_0001.tif', 's_0003.tif'],
    ['z-1um.tif', 'z0um.tif', 'z1um.tif'],
    ['z_-1.tif', 'z_+0.tif', 'z_+1.tif'],
    ['z_-1.50.tif', 'z_-1.00.tif', 'z_-0.50.tif'],
    ['z-1.5um.tif', 'z-0.5um.tif', 'z0.5um.tif'],
    ['z−2.tif', 'z−1.tif', 'z0.tif'],
  ])('%s comes first', (...names) => {
    const order = orderSlices([...names].reverse(), 'refuse');
    expect(order).toMatchObject({ slices: names, problems: [] });
  });

  test('a hyphen is none', () => {
    const names = ['img-001.tif', 'img-002.tif', 'img-003.tif'];
    expect(orderSlices([...names].reverse(), 'refuse').slices).toEqual(names);
    expect(orderSlices(['a_z-1.tif', 'a_z-2.tif'], 'refuse').slices).toEqual(['a_z-1.tif', 'a_z-2.tif']);
  });

  test('a gap among them is reported by name, or filled', () => {
    const names = ['p_-4.tif', 'p_-3.tif', 'p_-1.tif'];
    expect(orderSlices(names, 'refuse').problems).toEqual([
      { text: 'p_-2.tif is missing', cause: 'missing-slices' },
    ]);
    expect(orderSlices(names, 'zero').slices).toEqual(['p_-4.tif', 'p_-3.tif', undefined, 'p_-1.tif']);
    const around = ['p_-3.tif', 'p_-2.tif', 'p_0001.tif'];
    expect(orderSlices(around, 'refuse').problems).toEqual([
      { text: 'p_-1.tif to p_0000.tif: 2 slices are missing', cause: 'missing-slices' },
    ]);
    expect(orderSlices(around, 'zero').slices).toEqual([
      ...around.slice(0, 2),
      undefined,
      undefined,
      around[2],
    ]);
  });
});

test('a sign alone tells two names apart', () => {
  expect(orderSlices(['z_1.tif', 'z_-1.tif'], 'refuse').problems).toEqual([
    { text: 'z_0.tif is missing', cause: 'missing-slices' },
  ]);
  expect(orderSlices(['z_1.tif', 'z_+1.tif'], 'close').problems).toEqual([
    { text: 'z_1.tif has the same number as z_+1.tif', cause: 'other' },
  ]);
});

test.each([
  ['s٩.tif', 's١٠.tif', 's١١.tif'],
  ['s９.tif', 's１０.tif', 's１１.tif'],
])('digits of other scripts are numbers (%s)', (...names) => {
  const order = orderSlices([...names].reverse(), 'refuse');
  expect(order).toMatchObject({ slices: names, problems: [], numbering: '9 to 11' });
});

describe('names with two orders', () => {
  test.each([
    [['z0.25um.tif', 'z0.5um.tif', 'z1.0um.tif'], /part 25 come after part 5/],
    [['z_0,25.tif', 'z_0,5.tif', 'z_0,75.tif'], /part 25 come after part 5/],
    [['z0p25um.tif', 'z0p5um.tif', 'z0p75um.tif'], /part 25 come after part 5/],
    [['z0P25.tif', 'z0P5.tif', 'z1P0.tif'], /part 25 come after part 5/],
    [['p_-2_-1.tif', 'p_-2_-2.tif', 'p_-1_0.tif'], /several numbers change, and some are below zero/],
  ])('%j are refused', (names, problem) => {
    expect(orderSlices(names, 'close').problems).toEqual([
      { text: expect.stringMatching(problem), cause: 'unclear-names' },
    ]);
  });

  test.each([
    [['z0.25.tif', 'z0.50.tif', 'z0.75.tif', 'z1.00.tif']],
    [['z0p25.tif', 'z0p50.tif', 'z1p00.tif']],
    [['s1p9.tif', 's1p10.tif', 's1p11.tif']],
    [['s1p1.tif', 's1p9.tif', 's1p10.tif', 's2p1.tif']],
    [['a1.1.tif', 'a1.2.tif', 'a1.10.tif']],
    [['a1.8.tif', 'a1.9.tif', 'a1.10.tif']],
    [['v1.2.5.tif', 'v1.2.25.tif', 'v1.2.45.tif']],
  ])('%j have one', (names) => {
    expect(orderSlices(names, 'close')).toMatchObject({ slices: names, problems: [] });
  });
});

test('names whose numbers are not decimal are told apart', () => {
  const names = ['s_08.tif', 's_09.tif', 's_0a.tif'];
  expect(orderSlices(names, 'close').problems).toEqual([
    { text: "s_0a.tif isn't named like the others, such as s_08.tif", cause: 'other-names' },
  ]);
});

describe('names that count something else too', () => {
  test.each([
    [
      ['s0_Y0_X0.tif', 's0_Y0_X1.tif', 's0_Y1_X0.tif', 's0_Y1_X1.tif', 's1_Y0_X0.tif'],
      /behind Y \(2 values\) and X/,
    ],
    [['z000_c1.tif', 'z000_c2.tif', 'z001_c1.tif', 'z001_c2.tif'], /behind c \(2 values\)/],
    [['tile_1_z_1.tif', 'tile_1_z_2.tif', 'tile_2_z_1.tif'], /behind tile/],
    [['z000_w1.tif', 'z000_w2.tif', 'z001_w1.tif', 'z001_w2.tif'], /behind w \(2 values\)/],
    [['pos1_z1.tif', 'pos1_z2.tif', 'pos2_z1.tif'], /behind pos/],
  ])('%j are refused', (names, problem) => {
    expect(orderSlices(names, 'refuse').problems).toEqual([
      { text: expect.stringMatching(problem), cause: 'other-axes' },
    ]);
    expect(orderSlices(names, 'close').problems).toEqual([]);
  });

  test.each([
    [['W01_Sec001.tif', 'W01_Sec002.tif', 'W02_Sec001.tif', 'W02_Sec002.tif']],
    [['x1_y1_z001.tif', 'x1_y1_z002.tif']],
    [['fox3_slice1.tif', 'fox3_slice2.tif']],
  ])('%j are slices', (names) => {
    expect(orderSlices(names, 'refuse')).toMatchObject({ slices: names, problems: [] });
  });
});
