import { z } from 'zod';
import { isInteger, type DataType } from '../../../shared/base/data-type';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import type { StoredType } from './codec-chain';

const fillSchema = z.object({
  fill_value: z.union([z.number(), z.boolean(), z.string()]).nullish().catch(undefined),
});

/**
 * Returns the value of voxels in chunks that aren't there. Null and a missing value are 0, as in other readers.
 * @param json the metadata, in which large integers are text
 * @returns undefined if it can't be understood
 */
export function fillValueOf(json: unknown, type: StoredType): number | bigint | undefined {
  const { fill_value: value } = fillSchema.parse(json);
  if (value === undefined || value === null || typeof value === 'boolean')
    return wordOf(Number(value ?? 0), type);
  if (typeof value === 'string') return ofText(value, type);
  return wordOf(value, type);
}

function is64BitInteger(type: StoredType): boolean {
  return type === 'uint64' || type === 'int64';
}

function wordOf(value: number, type: StoredType): number | bigint | undefined {
  if (!is64BitInteger(type)) return value;
  return Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

/** Floats are words or the hexadecimal digits of their bits. */
function ofText(text: string, type: StoredType): number | bigint | undefined {
  if (type !== 'float16' && isInteger(type)) {
    if (!/^-?\d+$/.test(text)) return undefined;
    return is64BitInteger(type) ? BigInt(text) : Number(text);
  }
  if (/^(NaN|-?Infinity)$/.test(text)) return Number(text);
  return /^0x[\da-f]+$/i.test(text) ? floatOfBits(BigInt(text), type) : undefined;
}

function floatOfBits(bits: bigint, type: DataType | 'float16'): number | undefined {
  if (type === 'float16') return widenHalfFloats(Uint16Array.of(Number(bits)))[0];
  const view = new DataView(new ArrayBuffer(8));
  if (type === 'float32') view.setUint32(0, Number(bits));
  else view.setBigUint64(0, bits);
  return type === 'float32' ? view.getFloat32(0) : view.getFloat64(0);
}
