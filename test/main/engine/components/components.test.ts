import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planConversion } from '../../../../src/main/engine/job/conversion-plan';
import { parseConvertSpec } from '../../../../src/shared/api/job-spec';
import { bytesPerVoxel, dataTypeOf } from '../../../../src/shared/base/data-type';
import { boxOfShape } from '../../../../src/shared/base/box';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../../src/shared/base/volume-block';
import { componentIdsTwin } from '../../../components-twin';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { labelVolume, nearlyEmptyVolume } from '../../../fixtures/volumes';
import { readScales } from '../../../independent-reader';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree, listTree } from '../../../tree-hash';
import { fillRandomly } from '../../../shared/kernels/random-voxels';

async function stackOf(volume: VolumeBlock): Promise<string> {
  const folder = join(await temporaryFolder(), 'stack');
  await writeTiffStack(folder, volume, { rowsPerStrip: 16 });
  return folder;
}

/** Returns the smallest memory with which a conversion isn't refused. */
async function leastMemory(input: string, flags: Flags): Promise<string> {
  const spec = {
    kind: 'convert',
    input,
    output: `${input}-out`,
    resolution: '8,8,8',
    mesh: 'none',
    workers: 2,
  };
  const refusal = await planConversion(parseConvertSpec({ ...spec, ...flags, memory: '1MiB' })).catch(String);
  return `${/needs (\d+)MiB/.exec(String(refusal))?.[1]}MiB`;
}

/** Returns a few labels in long runs, so that some components are large and wind through many pieces. */
function windingVolume(size: Vec3): VolumeBlock {
  const data = new Uint32Array(product3(size));
  fillRandomly(data, { seed: 5, labels: 3, runs: 9 });
  return { box: boxOfShape(size), channels: 1, data: data.map((label) => ~label & 3) };
}

async function expectComponents(
  volume: VolumeBlock,
  connectivity: '6' | '18' | '26',
  flags: Flags = {},
): Promise<string> {
  const input = await stackOf(volume);
  const output = join(await temporaryFolder(), 'dataset');
  const { plan, events } = await convertVolume(input, output, { components: connectivity, ...flags });
  const tasks = events.filter((event) => event.event === 'task-done').map(({ stage }) => stage);
  expect(tasks.filter((stage) => stage === 'components').length > 1).toBe('memory' in flags);
  const greatest = 2n ** BigInt(8 * bytesPerVoxel(plan.volume.info.data_type)) - 1n;
  const twin = componentIdsTwin(volume, Number(connectivity) as 6 | 18 | 26, greatest);
  const [finest] = await readScales(output);
  const found = BigUint64Array.from(finest?.data ?? [], BigInt);
  expect(found.findIndex((id, voxel) => id !== twin.ids[voxel])).toBe(-1);
  const rows = twin.list.map(({ component, id, voxels }) => `${component},${id},${voxels}`);
  expect(await readFile(join(output, 'components.csv'), 'utf8')).toBe(
    ['component,id,voxels', ...rows, ''].join('\n'),
  );
  return output;
}

describe('ids split by neighbours', () => {
  test('are those of a flood fill, in a block of several pieces', async () => {
    await expectComponents(windingVolume([131, 130, 66]), '26', { chunkSize: '64', scales: '1' });
  });

  test.each(['6', '18', '26'] as const)('are the same whatever the blocks, by %s', async (components) => {
    const volume = labelVolume('uint64', [67, 61, 53]);
    const flags = { chunkSize: '16', components };
    const whole = await expectComponents(volume, components, flags);
    const memory = await leastMemory(await stackOf(volume), flags);
    const cut = await expectComponents(volume, components, { ...flags, memory });
    expect(await readScales(cut)).toEqual(await readScales(whole));
  });
});

describe('ids that are split', () => {
  test('of narrow labels get a type that holds more', async () => {
    const output = await expectComponents(labelVolume('uint8', [40, 30, 20]), '6', { encoding: 'raw' });
    expect(dataTypeOf((await readScales(output))[0]?.data ?? new Uint8Array())).toBe('uint32');
  });

  test('take names over to all of their components, and are listed', async () => {
    const volume = windingVolume([30, 20, 10]);
    const names = join(await temporaryFolder(), 'names.csv');
    await writeFile(names, 'id,label\n1,axon\n');
    const output = await expectComponents(volume, '6', { names });
    const { list } = componentIdsTwin(volume, 6, 2n ** 32n - 1n);
    const { inline } = JSON.parse(await readFile(join(output, 'segment_properties', 'info'), 'utf8')) as {
      inline: { ids: string[]; properties: { id: string; values: unknown[] }[] };
    };
    const column = (name: string) => inline.properties.find(({ id }) => id === name)?.values;
    const byComponent = list.sort((a, b) => (a.component < b.component ? -1 : 1));
    expect(inline.ids).toEqual(byComponent.map(({ component }) => String(component)));
    expect(column('voxels')).toEqual(byComponent.map(({ voxels }) => voxels));
    expect(column('label')).toEqual(byComponent.map(({ id }) => (id === 1n ? 'axon' : '')));
  });

  test('may be none, or one that is whole', async () => {
    const empty = { box: boxOfShape([9, 9, 9]), channels: 1, data: new Uint32Array(729) };
    await expectComponents(empty, '26');
    await expectComponents(nearlyEmptyVolume([20, 20, 20]), '6', { chunkSize: '8' });
  });

  test('more than the type holds are refused', async () => {
    const input = await stackOf(labelVolume('uint8', [60, 50, 20]));
    const output = join(await temporaryFolder(), 'dataset');
    const flags = { components: '6', encoding: 'raw', dataType: 'uint8' };
    await expect(convertVolume(input, output, flags)).rejects.toThrow(/components, more than .* 255/);
  });

  test('are none of an image', async () => {
    const input = await stackOf(labelVolume('uint8', [9, 9, 2]));
    await expect(convertVolume(input, `${input}-out`, { components: '6', type: 'image' })).rejects.toThrow(
      /an image has no ids to split/,
    );
  });

  test('end with the same bytes when the job is stopped again and again', async () => {
    const input = await stackOf(labelVolume('uint64', [67, 61, 53]));
    const flags = { components: '26', chunkSize: '16' };
    const memory = await leastMemory(input, flags);
    const [undisturbed, output] = [join(await temporaryFolder(), 'a'), join(await temporaryFolder(), 'b')];
    await convertVolume(input, undisturbed, { ...flags, memory });
    let stops = 0;
    for (;;) {
      const stop = new AbortController();
      let tasks = 0;
      const emit = ({ event }: { readonly event: string }) => {
        if (event === 'task-done' && ++tasks === 1 + (stops % 5)) stop.abort();
      };
      const options = { resume: true, signal: stop.signal, emit };
      const isDone = await convertVolume(
        input,
        output,
        { ...flags, memory, workers: 1 + (stops % 3) },
        options,
      ).then(
        () => true,
        () => false,
      );
      if (isDone) break;
      stops++;
      expect(stops).toBeLessThan(200);
    }
    expect(stops).toBeGreaterThan(3);
    expect(await hashTree(output)).toBe(await hashTree(undisturbed));
    await convertVolume(input, output, { ...flags, components: undefined }, { overwrite: true });
    expect(await listTree(output)).not.toContain('components.csv');
  });
});
