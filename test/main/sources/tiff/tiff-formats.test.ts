import { readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { z } from 'zod';
import { DATA_TYPES } from '../../../../src/shared/base/data-type';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';

const fixtures = z
  .array(
    z.object({
      file: z.string(),
      dataType: z.enum(DATA_TYPES),
      channels: z.number(),
      size: z.tuple([z.number(), z.number(), z.number()]),
    }),
  )
  .parse(JSON.parse(readFileSync(fixture('tiff', 'fixtures.json'), 'utf8')));

describe('multi-page TIFF files written by tifffile', () => {
  for (const { file, dataType, channels, size } of fixtures) {
    const content = fixtureVoxels(dataType, size, channels);
    testSourceConformance(file, {
      path: fixture('tiff', file),
      options: { kind: 'image' },
      dataType,
      channels,
      content,
    });
  }
});
