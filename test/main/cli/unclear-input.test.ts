import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { boxOfShape } from '../../../src/shared/base/box';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';
import { listTree } from '../../tree-hash';

async function greyStack(size: Vec3): Promise<string> {
  const folder = join(await temporaryFolder(), 'em');
  const data = Uint8Array.from({ length: size[0] * size[1] * size[2] }, (_, i) => 90 + ((i * 37) % 101));
  await writeTiffStack(folder, { box: boxOfShape(size), channels: 1, data });
  return folder;
}

async function labelStack(): Promise<string> {
  const folder = join(await temporaryFolder(), 'labels');
  await writeTiffStack(folder, labelVolume('uint32', [40, 30, 4]));
  return folder;
}

/** Runs a command as it is and for scripts, and returns its code, what it says, and the error's fields. */
async function refused(...words: readonly string[]) {
  const plain = await runCli(words);
  const scripted = await runCli([...words, '--json']);
  const last = scripted.stdout.trim().split('\n').at(-1) ?? '';
  const { error } = JSON.parse(last) as { error?: { fields: Readonly<Record<string, unknown>> } };
  return { codes: [plain.code, scripted.code], said: plain.stderr, fields: error?.fields };
}

describe('grey values without a type', () => {
  test('are taken for ids, with a note that says what speaks against it', async () => {
    const stack = await greyStack([80, 80, 3]);
    const flags = ['--resolution', '8,8,40', '--dry-run'];
    const { code, stdout } = await runCli(['convert', stack, join(stack, '../dataset'), ...flags]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Only 0 % of neighbouring voxels have equal values.*Use --type image/s),
    ]);
  });

  test.each(['image', 'segmentation'])('are what the user says: %s', async (type) => {
    const stack = await greyStack([80, 80, 3]);
    const flags = ['--resolution', '8,8,40', '--type', type, '--dry-run'];
    const { code, stdout } = await runCli(['convert', stack, join(stack, '../dataset'), ...flags]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`dataset: ${type}`)]);
    expect(stdout).not.toContain('neighbouring voxels');
  });
});

describe('a length without a unit that is too small for nanometres', () => {
  test.each(['convert', 'plan'])('is refused by %s, with both readings', async (command) => {
    const output = await temporaryFolder();
    const flags = ['--resolution', '0.008,0.008,0.02'];
    const { codes, said, fields } = await refused(command, await labelStack(), join(output, 'set'), ...flags);
    expect(codes).toEqual([2, 2]);
    expect(said).toContain('--resolution 0.008um,0.008um,0.02um');
    expect(said).toContain('--resolution 0.008nm,0.008nm,0.02nm');
    expect(fields).toMatchObject({ code: 'unclear-unit', options: ['resolution'] });
    expect(await listTree(output)).toEqual([]);
  });

  test.each([
    '0.008nm,0.008nm,0.02nm',
    '0.008um,0.008um,0.02um',
    '0.05,0.05,0.05',
    '0.08A,0.08A,0.2A',
    '0.08Å,0.08Å,0.2Å',
  ])('%s is clear', async (resolution) => {
    const stack = await labelStack();
    const flags = ['--resolution', resolution, '--mesh', 'none', '--dry-run'];
    const { code, stderr } = await runCli(['convert', stack, join(stack, '../dataset'), ...flags]);
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each(['1A,1A,1A', '1Å,1Å,1Å'])('is clear as the error of meshes: voxels of %s', async (resolution) => {
    const stack = await labelStack();
    const flags = ['--resolution', resolution, '--type', 'segmentation', '--mesh-error', '0.04', '--dry-run'];
    const { code, stderr } = await runCli(['convert', stack, join(stack, '../dataset'), ...flags]);
    expect([code, stderr]).toEqual([0, '']);
  });
});

test('one slice of a stack is converted, with a note that names the folder', async () => {
  const stack = await labelStack();
  const slice = join(stack, 'slice-001.tif');
  const flags = ['--resolution', '8,8,8', '--dry-run'];
  const whole = await runCli(['convert', slice, join(stack, '../set'), ...flags]);
  expect([whole.code, whole.stdout]).toEqual([
    0,
    expect.stringContaining(`one of 4 slices in the folder ${stack}`),
  ]);
  const alone = await runCli(['convert', slice, join(stack, '../set'), ...flags, '--roi', ':,:,0:1']);
  expect(alone.stdout).not.toContain('one of 4 slices');
});
