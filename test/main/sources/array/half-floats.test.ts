import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { widenHalfFloats } from '../../../../src/shared/kernels/widen-half-floats';
import { fixture } from '../../../fixtures/voxels';

async function readImage(folder: string, name: string): Promise<Float32Array> {
  const source = await openSource(fixture(folder, name), { kind: 'image' });
  try {
    expect(source.metadata).toMatchObject({ dataType: 'float32', size: [9, 7, 5] });
    const box = boxOfShape(source.metadata.size);
    const data = new Float32Array(9 * 7 * 5);
    await source.read(box, { box, channels: 1, data });
    return data;
  } finally {
    await source.close();
  }
}

test.each([
  ['arrays', 'npy-half.npy'],
  ['arrays', 'npy-be-half.npy'],
  ['arrays', 'mrc-half.mrc'],
  ['hdf5', 'hdf5-half.h5'],
  ['hdf5', 'hdf5-big-endian-half.h5'],
  ['hierarchies', 'zarr2-half.zarr'],
  ['hierarchies', 'zarr3-half.zarr'],
])('half floats in %s/%s are the single floats that numpy makes of them', async (folder, name) => {
  expect(await readImage(folder, name)).toEqual(await readImage('arrays', 'npy-half-as-single.npy'));
});

test('every half float is widened exactly', () => {
  const halves = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  expect(widenHalfFloats(halves)).toEqual(Float32Array.from(halves, valueOfHalf));
});

/** Computes a value by the definition of binary16. */
function valueOfHalf(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
