import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planConversion } from '../../../src/main/engine/job/conversion-plan';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { fixture } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

async function planned(file: string, flags: Readonly<Record<string, unknown>> = {}) {
  const output = join(await temporaryFolder(), 'dataset');
  const job = { kind: 'convert', input: fixture('precomputed', file), output, mesh: 'none', ...flags };
  const { spec, volume } = await planConversion(parseConvertSpec(job));
  return { asked: spec.type, written: volume.info.type, dataType: volume.info.data_type };
}

test.each([
  ['jpeg-1', 'image'],
  ['png-2', 'image'],
  ['compresso-8', 'segmentation'],
])('%s is converted as what it says that it is: %s', async (file, type) => {
  expect(await planned(file)).toMatchObject({ asked: type, written: type });
});

test('such an image may have a window', async () => {
  expect(await planned('png-2', { window: 'auto' })).toMatchObject({ written: 'image', dataType: 'uint8' });
  await expect(planned('compresso-8', { window: 'auto' })).rejects.toThrow('only images have intensities');
});

test('labels are no JPEG, whatever is asked for', async () => {
  await expect(planned('jpeg-1', { type: 'segmentation' })).rejects.toThrow("can't be ids");
});
