import { openSource } from '../src/main/sources/registry';
import { boxOfShape } from '../src/shared/base/box';
import { product3 } from '../src/shared/base/vec3';

/** Reads all 64-bit labels of an input, x fastest, as decimal numbers separated by commas. */
export async function readLabels(input: string, dataset?: string): Promise<string> {
  const source = await openSource(input, dataset === undefined ? {} : { dataset });
  const { size } = source.metadata;
  const box = boxOfShape(size);
  const data = new BigUint64Array(product3(size));
  try {
    await source.read(box, { box, channels: 1, data });
  } finally {
    await source.close();
  }
  return data.join();
}
