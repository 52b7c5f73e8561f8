import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

/** Runs a command that is refused as wrong usage. Returns what it says. */
async function refused(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(words);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^Error: [A-Z'a-z][^\n]*[.?]\n/);
  return stderr;
}

test('a folder of this machine is checked by another command', async () => {
  expect(await refused('check', await temporaryFolder())).toContain(
    'Check a dataset on this machine with `verify`',
  );
});

test.each([
  [['completion', 'tcsh'], "Error: shell: 'tcsh' is not one of bash, zsh, fish."],
  [['plan', 'in', 'out', '--for', 'pbs'], "Error: --for: 'pbs' is not one of slurm, kubernetes, shell."],
  [['link', 'dataset'], 'Error: The option --url is required.'],
  [
    ['link', 'dataset', '--url', 'https://x.invalid', '--view', '2d'],
    "Error: --view: '2d' is not one of 4panel, xy, xz, yz, 3d, xy-3d, xz-3d, yz-3d.",
  ],
])('%s is refused in the words of all other errors', async (words, message) => {
  const { code, stderr } = await runCli(words);
  expect(code).toBe(2);
  expect(stderr.split('\n')[0]).toBe(message);
});

describe('more words than a command takes are shown, with what was probably meant:', () => {
  test.each([
    ['a list with spaces', 'em out --resolution 8 8 20', '--resolution 8,8,20.'],
    ['a list with spaces at the beginning', '--resolution 8nm 8nm 20nm em out', '--resolution 8nm,8nm,20nm'],
    [
      'a pattern that the shell replaced',
      'em/1.tif em/2.tif em/3.tif out',
      'give the folder that holds the files instead: em.',
    ],
    ['a path with a space', 'my labels out', '"my labels"'],
    ['names that begin with a digit', '--chunk-size 64 3d labels out', '"3d labels"'],
    ['a list of ids', 'em out --segments 1 2 3', '--segments 1,2,3.'],
  ])('%s', async (_, line, meant) => {
    const words = line.split(' ');
    const said = await refused('convert', ...words);
    expect(said).toContain('convert takes INPUT and OUTPUT, and');
    expect(said).toContain(meant);
  });

  test('a folder after a number that is no list', async () => {
    expect(await refused('serve', '--port', '8000', '.', 'x')).toContain('". x"');
    expect(await refused('serve', '--port', '8000', '3', '4')).toContain('"3 4"');
  });

  test('arguments of a command that takes none', async () => {
    expect(await refused('doctor', 'please')).toContain(
      "doctor takes no arguments, and 1 word was given: 'please'.",
    );
  });
});

test.each([
  [['convert', 'em', 's3:/bucket/cells', '--resolution', '8,8,8'], "'s3:/bucket/cells' can't be written to"],
  [['convert', 's3:/bucket/em', 'out', '--resolution', '8,8,8'], 'an address has two slashes after s3:'],
  [['serve', 's3:/bucket/cells'], "s3:// addresses can't be used here"],
  [['work', 's3://bucket/cells', '--any'], "s3:// addresses can't be used here"],
  [['finish', 's3://bucket/cells'], "s3:// addresses can't be used here"],
] as const)('%j: an address is taken for no folder', async (words, said) => {
  expect(await refused(...words)).toContain(said);
});

test.each([
  [['publish', 'em', 'sftp://me:secret@host.invalid/x', 'y'], "'sftp://me:…@host.invalid/x'"],
  [['publish', 'em', 'me:secret@host.invalid:/x', 'y'], "'me:…@host.invalid:/x'"],
  [['doctor', 'sftp://me:secret@host.invalid'], "Leave out 'sftp://me:…@host.invalid'."],
  [['check', 'sftp://me:secret@host.invalid/x'], "'sftp://me:…@host.invalid/x'"],
  [
    ['convert', 'em', 'sftp://me:secret@host.invalid/x', '--resolution', '8,8,8'],
    "'sftp://me:…@host.invalid/x'",
  ],
  [['sftp://me:secret@host.invalid/x'], "'sftp://me:…@host.invalid/x'"],
  [['publish', '--adress=sftp://me:secret@host.invalid/x'], "'--adress=sftp://me:…@host.invalid/x'"],
] as const)('%j is refused without showing the password', async (words, said) => {
  const text = await refused(...words);
  expect(text).toContain(said);
  expect(text).not.toContain('secret');
});

test.each([
  [['help', 'mehs'], "Error: Unknown command 'mehs'. Did you mean mesh?"],
  [['mehs'], "Error: Unknown command 'mehs'. Did you mean mesh?"],
  [['convert', '--resulution', '8'], "Error: Unknown option '--resulution'. Did you mean --resolution?"],
  [['convert', '--chunk', '64'], "Error: Unknown option '--chunk'. Did you mean --chunk-size?"],
  [['convert', '--chunks', '64'], "Error: Unknown option '--chunks'. Did you mean --chunk-size?"],
  [['convert', '--size-chunk=64'], "Error: Unknown option '--size-chunk'. Did you mean --chunk-size?"],
  [['convert', '--workers-count', '2'], "Error: Unknown option '--workers-count'. Did you mean --workers?"],
  [['convert', '--size', '64'], 'Did you mean one of --block-size, --chunk-size, --shard-size?'],
  [['serve', '--open-viewer'], "Error: Unknown option '--open-viewer'. Did you mean --viewer?"],
  [['convert', '--mesh-blok', '32'], "Error: Unknown option '--mesh-blok'. Did you mean --mesh-block?"],
  [['comp'], "Error: Unknown command 'comp'. Did you mean completion?"],
  [['convert', '--s'], "Error: Unknown option '--s'.\n"],
  [['convert'], "Error: Missing required argument 'input'."],
])('%j is refused in the style of all errors', async (words, said) => {
  expect(await refused(...words)).toContain(said);
});

test('a server that is not found is named by its address, in words', async () => {
  const flags = ['--endpoint', 'http://no-such-host.invalid', '--resolution', '8,8,8'];
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' };
  const em = join(await temporaryFolder(), 'em');
  await writeTiffStack(em, labelVolume('uint32', [40, 30, 4]));
  const { code, stderr } = await runCli(['convert', em, 's3://my-bucket/set', ...flags], {
    env: { ...process.env, ...keys },
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining('no-such-host.invalid: the')]);
  expect(stderr).not.toMatch(/ENOTFOUND|EAI_AGAIN|publish again/);
});
