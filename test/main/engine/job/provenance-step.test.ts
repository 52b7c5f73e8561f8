import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planConversion } from '../../../../src/main/engine/job/conversion-plan';
import { isOfConversion, provenanceStep, withStep } from '../../../../src/main/engine/job/provenance-step';
import { outputSettings } from '../../../../src/main/engine/job/output-settings';
import { lookAtInput, viewsOf } from '../../../../src/main/sources/input-parts';
import { parseConvertSpec } from '../../../../src/shared/api/job-spec';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { labelVolume } from '../../../fixtures/volumes';
import { temporaryFolder } from '../../../temporary-folder';

describe('a provenance', () => {
  async function provenanceOf(input: string, options: Readonly<Record<string, unknown>>): Promise<string> {
    const job = { kind: 'convert', input, output: '/nowhere/dataset', resolution: '8,8,8', ...options };
    const plan = await planConversion(parseConvertSpec(job));
    const { plans, source, handle, spec } = plan;
    const step = provenanceStep(
      {
        kind: 'convert',
        settings: outputSettings(spec),
        info: {},
        input: await lookAtInput(handle, source),
        views: viewsOf(source),
        products: plans.json,
      },
      plans,
    );
    return withStep(undefined, step) ?? '';
  }

  test('is the same for the same job and differs for other jobs', async () => {
    const input = await temporaryFolder();
    await writeTiffStack(input, labelVolume('uint32', [20, 10, 5]));
    const first = await provenanceOf(input, {});
    expect(await provenanceOf(input, {})).toBe(first);
    expect(await provenanceOf(input, { workers: 1, memory: '1GiB' })).toBe(first);
    expect(await provenanceOf(`${input}/.`, {})).toBe(first);
    expect(await provenanceOf(input, { chunkSize: '32' })).not.toBe(first);
    expect(await provenanceOf(input, { output: '/elsewhere' })).toBe(first);
    const now = new Date();
    for (const name of await readdir(input)) await utimes(join(input, name), now, now);
    expect(await provenanceOf(input, {})).toBe(first);
    await writeTiffStack(input, labelVolume('uint64', [20, 10, 5]));
    expect(await provenanceOf(input, {})).not.toBe(first);
  });

  test('of before an option existed counts as made by its default', async () => {
    const input = await temporaryFolder();
    await writeTiffStack(input, labelVolume('uint32', [20, 10, 5]));
    const now = await provenanceOf(input, {});
    const [step] = (JSON.parse(now) as { processing: [Parameters<typeof isOfConversion>[1]] }).processing;
    const { sharding, layout, ...older } = step.method.options;
    expect([sharding, layout]).toEqual(['auto', 'gz-suffix']);
    const before = (options: object): string =>
      JSON.stringify({ processing: [{ ...step, method: { ...step.method, options } }] });
    expect(isOfConversion(before(older), step)).toBe(true);
    expect(isOfConversion(before({ ...older, sharding: 'always' }), step)).toBe(false);
    expect(isOfConversion(before({ ...older, chunkSize: [32, 32, 32] }), step)).toBe(false);
    expect(isOfConversion(before({ ...older, ofAnotherVersion: 1 }), step)).toBe(false);
  });

  test('has the fields that cloud-volume reads, and no time, user or machine', async () => {
    const input = await temporaryFolder();
    await writeTiffStack(input, labelVolume('uint32', [20, 10, 5]));
    const json = JSON.parse(await provenanceOf(input, {})) as Record<string, unknown>;
    expect(Object.keys(json).sort()).toEqual(['description', 'owners', 'processing', 'sources']);
    expect(json['sources']).toEqual([input]);
    expect(JSON.stringify(json)).not.toMatch(/workers|memory|date|time|user/i);
  });

  test('has the last meshing, and all that others wrote', () => {
    const theirs = { sources: ['a'], processing: [{ by: 'somebody', method: { task: 'mesh' } }], more: 1 };
    const meshing = (options: object) =>
      ({ by: 'precomputed-studio 1', method: { task: 'mesh', options: { ...options } } }) as const;
    const once = withStep(JSON.stringify(theirs), meshing({ lods: 1 })) ?? '';
    const twice = JSON.parse(withStep(once, meshing({ lods: 2 })) ?? '') as typeof theirs;
    expect(twice).toMatchObject({ sources: ['a'], more: 1 });
    expect(twice.processing).toHaveLength(2);
    expect(twice.processing[1]).toMatchObject({ method: { task: 'mesh', options: { lods: 2 } } });
    expect(JSON.parse(withStep(undefined, meshing({})) ?? '')).toMatchObject({ sources: [], owners: [] });
    expect(withStep('no JSON', meshing({}))).toBeUndefined();
  });
});
