import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openSource } from '../../src/main/sources/registry';
import type { OpenOptions } from '../../src/main/sources/source-opener';
import { DATA_TYPES, dataTypeOf } from '../../src/shared/base/data-type';
import { fixture, fixtureVoxels } from '../fixtures/voxels';
import { testSourceConformance } from './source-conformance';

const triple = z.tuple([z.number(), z.number(), z.number()]);

const describedSchema = z.array(
  z.object({
    file: z.string(),
    dataType: z.enum(DATA_TYPES),
    channels: z.number(),
    size: triple,
    options: z.looseObject({ time: z.number().optional() }).default({}),
    resolutionNm: triple.optional(),
    voxelOffset: triple.optional(),
  }),
);

/**
 * Registers the conformance tests, and a test of the metadata, for each file in fixtures.json of a folder.
 * @param where returns the address of a file, if that isn't its path
 * @param more options for all of them
 */
export function testDescribedFixtures(
  folder: string,
  where = (file: string): string => fixture(folder, file),
  more: OpenOptions = {},
): void {
  const described = describedSchema.parse(JSON.parse(readFileSync(fixture(folder, 'fixtures.json'), 'utf8')));
  for (const { file, dataType, channels, size, options, resolutionNm, voxelOffset } of described) {
    const path = where(file);
    const voxels = fixtureVoxels(dataType, size, channels);
    // Images with double-precision floats are read as single-precision ones.
    const content = voxels instanceof Float64Array ? Float32Array.from(voxels) : voxels;
    // Images of int64 are read as int32.
    const kind = dataType === 'int64' ? 'segmentation' : 'image';
    const known = { path, options: { kind, ...options, ...more } as const };
    testSourceConformance(file, { ...known, dataType: dataTypeOf(content), channels, content });
    test(`${file}: size, resolution and offset are taken over`, async () => {
      const source = await openSource(path, known.options);
      await source.close();
      const { metadata } = source;
      expect(metadata.size).toEqual(size);
      expect(metadata.resolutionNm).toEqual(resolutionNm);
      expect(metadata.voxelOffset).toEqual(voxelOffset);
    });
  }
}
