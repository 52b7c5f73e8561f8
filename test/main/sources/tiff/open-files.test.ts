import { expect, test } from 'vitest';
import { openSliceFiles } from '../../../../src/main/sources/slices/slice-files';
import type { SliceFiles } from '../../../../src/main/sources/slices/slice-file';
import { OpenFiles } from '../../../../src/main/sources/tiff/open-files';
import { readSlice } from '../../../../src/main/sources/tiff/read-slice';
import { sliceAt } from '../../../../src/main/sources/tiff/slice-table';
import type { TiffHandle } from '../../../../src/main/sources/tiff/stack-plan';
import { UnitPairs } from '../../../../src/main/sources/tiff/unit-pairs';
import { openSource } from '../../../../src/main/sources/registry';
import { BugError } from '../../../../src/shared/base/errors';
import { temporaryFolder } from '../../../temporary-folder';
import { writeStack } from './stack-folder';

const DEPTH = 6;

interface Calls {
  /** The names of the files, in the order in which they were opened. */
  readonly opened: string[];
  /** The ranges that were read. */
  readonly reads: { readonly offset: number; readonly length: number }[];
  /** How many files are open. */
  open: number;
}

/** Notes which files are opened and what is read from them. */
function counting(files: SliceFiles, calls: Calls): SliceFiles {
  return {
    open: async (name) => {
      const file = await files.open(name);
      calls.opened.push(name);
      calls.open++;
      return {
        name,
        sizeBytes: file.sizeBytes,
        modifiedMs: file.modifiedMs,
        read: (offset, into) => {
          calls.reads.push({ offset, length: into.length });
          return file.read(offset, into);
        },
        close: () => {
          calls.open--;
          return file.close();
        },
      };
    },
    close: () => files.close(),
  };
}

async function deepStack(): Promise<TiffHandle> {
  const names = Array.from({ length: DEPTH }, (_, z) => [`s${z}.tif`, 100 + z] as const);
  const source = await openSource(await writeStack(await temporaryFolder(), Object.fromEntries(names)));
  await source.close();
  if (source.handle.format !== 'tiff') throw new BugError('not a stack');
  return source.handle as TiffHandle;
}

/** Reads all slices one after the other, as the rows of blocks that lie side by side do, `times` times. */
async function readThrough(files: OpenFiles, { slices }: TiffHandle, times: number): Promise<number[]> {
  const values: number[] = [];
  for (let z = 0; z < times * DEPTH; z++) {
    const ref = sliceAt(slices, z % DEPTH);
    if (ref === null) throw new BugError('a slice is missing');
    await files.use(ref, async (slice) => {
      const box = { min: [0, 0, z], max: [5, 4, z + 1] } as const;
      const data = new Uint16Array(20);
      const pairs = new UnitPairs();
      await readSlice(slice, box, { box, channels: 1, data }, { isPacked: false }, pairs);
      pairs.end();
      values.push(data[0] ?? 0);
    });
  }
  return values;
}

const VALUES = [100, 101, 102, 103, 104, 105];

test.each([
  { kept: DEPTH, opens: DEPTH, open: DEPTH },
  { kept: DEPTH - 1, opens: 3 * DEPTH, open: DEPTH - 1 },
  { kept: 0, opens: 3 * DEPTH, open: 0 },
])('$kept files that may stay open are opened $opens times by three passes', async (expected) => {
  const handle = await deepStack();
  const calls: Calls = { opened: [], reads: [], open: 0 };
  const files = new OpenFiles(counting(openSliceFiles(handle.files), calls), expected.kept);
  expect(await readThrough(files, handle, 3)).toEqual([...VALUES, ...VALUES, ...VALUES]);
  expect(calls.opened.length).toBe(expected.opens);
  expect(calls.open).toBe(expected.open);
  await files.close();
  expect(calls.open).toBe(0);
});

test('of a file that is opened again, only voxels are read', async () => {
  const handle = await deepStack();
  const calls: Calls = { opened: [], reads: [], open: 0 };
  const files = new OpenFiles(counting(openSliceFiles(handle.files), calls), 0);
  await readThrough(files, handle, 1);
  const before = calls.reads.length;
  await readThrough(files, handle, 1);
  await files.close();
  const again = calls.reads.slice(before);
  expect(again).toHaveLength(DEPTH);
  expect(again.every(({ offset }) => offset > 0)).toBe(true);
});
