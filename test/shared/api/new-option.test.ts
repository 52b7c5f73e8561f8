import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { define as defineConvert } from '../../../src/main/cli/commands/convert';
import { define as defineMesh } from '../../../src/main/cli/commands/mesh';
import { describeOption } from '../../../src/main/cli/describe-option';
import { FileAccess } from '../../../src/main/studio/file-access';
import { OPTION_DEFAULTS } from '../../../src/renderer/state/option-defaults';
import { advancedIn } from '../../../src/renderer/state/option-rules';
import { OPTION_NAMES, OPTIONS, parseConvertSpec, parseMeshSpec } from '../../../src/shared/api/job-spec';
import type * as meshOptionsModule from '../../../src/shared/api/mesh-options';
import { temporaryFolder } from '../../temporary-folder';

type MeshOptionsModule = typeof meshOptionsModule;

/** Adds two options in a single place: the table of mesh options. */
vi.mock('../../../src/shared/api/mesh-options', async (original) => {
  const { MESH_OPTIONS } = await original<MeshOptionsModule>();
  const { file, option } = await import('../../../src/shared/api/option');
  const { integerValue } = await import('../../../src/shared/api/option-values');
  const more = {
    toyFile: file({
      flag: '--toy-file <file>',
      group: 'mesh',
      label: 'Toys',
      help: 'A list of toys.',
      otherwise: 'no toys',
    }),
    toySize: option({
      schema: integerValue(1, 9),
      flag: '--toy-size <n>',
      group: 'mesh',
      control: 'integer',
      label: 'Size of toys',
      help: 'How large toys are.',
      default: 7,
      needs: { mesh: { only: ['legacy'] }, toyFile: 'given' },
    }),
  };
  return { MESH_OPTIONS: { ...MESH_OPTIONS, ...more } };
});

test.each([defineConvert, defineMesh])('a new option is a flag, with help and its default once', (define) => {
  const command = new Command('command').configureHelp({ helpWidth: 200, optionDescription: describeOption });
  const describeProgram = () => Promise.reject(new Error('not needed here'));
  define(command, {
    workerFile: '',
    programFolder: '',
    signal: new AbortController().signal,
    describeProgram,
  });
  const help = command.helpInformation();
  const [, meshes = ''] = help.split('Meshes and segments:');
  expect(meshes).toMatch(/--toy-file <file> +A list of toys\. \(default: no toys\)\n/);
  expect(meshes).toMatch(/--toy-size <n> +How large toys are\. \(default: 7\)\n/);
});

test('a new option is checked, and has its default', () => {
  const convert = { kind: 'convert', input: '/in', output: '/out' };
  expect(parseConvertSpec(convert)).toMatchObject({ toySize: 7 });
  expect(parseMeshSpec({ kind: 'mesh', dataset: '/in', toySize: '3' })).toMatchObject({ toySize: 3 });
  expect(() => parseConvertSpec({ ...convert, toySize: '10' })).toThrow("--toy-size: '10' is not a whole");
});

test('a new option has a field where it has a meaning', () => {
  const fields = (options: Readonly<Record<string, string>>) =>
    advancedIn('mesh', { options: { ...OPTION_DEFAULTS, ...options }, report: undefined });
  expect(OPTION_DEFAULTS).toMatchObject({ toyFile: '', toySize: '7' });
  expect(fields({})).toContain('toyFile');
  expect(fields({ toyFile: '/toys' })).not.toContain('toySize');
  expect(fields({ toyFile: '/toys', mesh: 'legacy' })).toContain('toySize');
});

test('a new option that names a file is kept to the allowed folders', async () => {
  const folder = await temporaryFolder();
  const files = await FileAccess.create([folder]);
  const inside = join(folder, 'toys.csv');
  expect(await files.allowFilesIn({ toyFile: inside, segments: '1, 2' })).toEqual({ toyFile: inside });
  await expect(files.allowFilesIn({ toyFile: '/etc/toys.csv' })).rejects.toThrow('outside of the folders');
});

test('options need only options that there are', () => {
  const needed = OPTION_NAMES.flatMap((name) => Object.keys(OPTIONS[name].needs ?? {}));
  expect(OPTION_NAMES).toEqual(expect.arrayContaining(needed));
});
