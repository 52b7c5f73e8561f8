import { describe, expect, test } from 'vitest';
import { planConversion } from '../../../src/main/engine/conversion-plan';
import { formatProvenance } from '../../../src/main/engine/provenance';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { temporaryFolder } from '../../temporary-folder';

describe('a provenance', () => {
  async function provenanceOf(input: string, options: Readonly<Record<string, unknown>>): Promise<string> {
    const job = { kind: 'convert', input, output: '/nowhere/dataset', resolution: '8,8,8', ...options };
    return formatProvenance(await planConversion(parseConvertSpec(job)));
  }

  test('is the same for the same job, and tells other ones apart', async () => {
    const input = await temporaryFolder();
    await writeTiffStack(input, labelVolume('uint32', [20, 10, 5]));
    const first = await provenanceOf(input, {});
    expect(await provenanceOf(input, {})).toBe(first);
    expect(await provenanceOf(input, { workers: 1, memory: '1GiB' })).toBe(first);
    expect(await provenanceOf(`${input}/.`, {})).toBe(first);
    expect(await provenanceOf(input, { chunkSize: '32' })).not.toBe(first);
    expect(await provenanceOf(input, { output: '/elsewhere' })).toBe(first);
    await writeTiffStack(input, labelVolume('uint64', [20, 10, 5]));
    expect(await provenanceOf(input, {})).not.toBe(first);
  });

  test('has the fields that cloud-volume reads, and no time, user or machine', async () => {
    const input = await temporaryFolder();
    await writeTiffStack(input, labelVolume('uint32', [20, 10, 5]));
    const json = JSON.parse(await provenanceOf(input, {})) as Record<string, unknown>;
    expect(Object.keys(json).sort()).toEqual(['description', 'owners', 'processing', 'sources']);
    expect(json['sources']).toEqual([input]);
    expect(JSON.stringify(json)).not.toMatch(/workers|memory|date|time|user/i);
  });
});
