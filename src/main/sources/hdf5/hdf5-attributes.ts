import type { Dataset, Group } from 'h5wasm/node';
import type { LibraryFile } from './hdf5-library';
import { entityOf } from './hdf5-links';
import { INTEGER } from './hdf5-types';

/** Returns the attributes of a group, or none if there is no such group. */
export function attributesOfGroup(opened: LibraryFile, path: string): Record<string, unknown> {
  const entity = path === '' ? opened.file : entityOf(opened, path);
  return entity instanceof opened.types.Group ? attributesOf(entity) : {};
}

/** Returns the attributes as JSON. Those that can't be converted are left out. */
export function attributesOf(entity: Dataset | Group): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  const names = Object.keys(entity.attrs);
  for (const name of names) {
    try {
      attributes[name] = isLong(entity, name)
        ? exactNumbers(entity.get_attribute(name, false))
        : entity.get_attribute(name, true);
    } catch {
      continue;
    }
  }
  return attributes;
}

/** Reports whether an attribute holds integers of 64 bits, which the library's JSON rounds. */
function isLong({ attrs }: Dataset | Group, name: string): boolean {
  const { type, size } = attrs[name]?.metadata ?? {};
  return type === INTEGER && size === 8;
}

/** Returns integers of 64 bits as numbers, or as decimal text where a number would round them, as `getJson` does. */
function exactNumbers(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, exactNumbers);
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
