import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Command } from 'commander';
import { COMMANDS } from '../../../src/main/cli/commands';
import { describeOption } from '../../../src/main/cli/describe-option';
import { buildProgram } from '../../../src/main/cli/program';
import { completionScript, SHELLS } from '../../../src/main/cli/shell-completion';
import { runCli, startCli } from '../../run-cli';
import { describeWith, requireProgram } from '../../real-tool';
import { temporaryFolder } from '../../temporary-folder';

const program = await wholeProgram();

async function wholeProgram(): Promise<Command> {
  const describeProgram = () => Promise.reject(new Error('not needed here'));
  const signal = new AbortController().signal;
  return buildProgram({ workerFile: '', programFolder: '', signal, describeProgram }, () => true);
}

test('a reader that ends early gets no stack trace', async () => {
  const { child, finished } = startCli(['convert', '--help']);
  child.stdout?.destroy();
  expect(await finished).toMatchObject({ code: 0, stderr: '' });
});

describe.each(program.commands.map((command) => [command.name(), command] as const))('%s', (_, command) => {
  const options = command.options.filter(({ hidden }) => !hidden);

  test('its help shows each option once, in a sentence, and an example', async () => {
    const { code, stdout } = await runCli([command.name(), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Example:\n  precomputed-studio ${command.name()} `);
    for (const { flags } of options) expect(stdout.split(`  ${flags} `)).toHaveLength(2);
  });

  test.each(options.map((option) => [option.flags, option] as const))(
    '%s: a short sentence with one default',
    (_, option) => {
      expect(option.description).toMatch(/^([A-Z]|auto |jpeg |gz-suffix )[^]*[.…)]$/);
      expect(describeOption(option).match(/default/g)?.length ?? 0).toBeLessThanOrEqual(1);
      expect(describeOption(option).length).toBeLessThan(220);
    },
  );
});

test('the help of a command is the same by `help` and by `--help`', async () => {
  const [byName, byFlag] = await Promise.all([runCli(['help', 'link']), runCli(['link', '--help'])]);
  expect(byName.stdout).toBe(byFlag.stdout);
  expect(byName.stdout).toContain('--state-file');
});

test('the examples are commands that can be parsed', () => {
  for (const { name, example } of COMMANDS) {
    const command = program.commands.find((command) => command.name() === name);
    const words = example.split(/ (?=[|>])/)[0]?.split(' ') ?? [];
    const flags = words.filter((word) => word.startsWith('--'));
    const known = [...(command?.options ?? [])].map(({ long }) => long);
    expect(known).toEqual(expect.arrayContaining(flags));
  }
});

test('the manual page is built, with every command and option', async () => {
  const page = (await readFile('out/precomputed-studio.1', 'utf8')).replaceAll('\\-', '-');
  expect(page.split('\n')[0]).toMatch(/^\.TH PRECOMPUTED-STUDIO 1 /);
  for (const command of program.commands) {
    expect(page).toContain(`\n.SS ${command.name()}\n`);
    for (const { flags, hidden } of command.options) {
      if (!hidden) expect(page).toContain(`\n.B ${flags}\n`);
    }
  }
});

describe.each(SHELLS)('completion for %s', (shell) => {
  test('is printed, with every command', async () => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toBe(completionScript(program, shell));
    for (const { name } of COMMANDS) expect(stdout).toContain(name);
  });

  describeWith(shell, 'in the shell itself', () => {
    test('is a script that it takes', async () => {
      const file = join(await temporaryFolder(), 'completion');
      await writeFile(file, completionScript(program, shell));
      execFileSync(shell, ['-n', file]);
    });
  });
});

/** Presses Tab twice after a line, in an interactive zsh, and prints what is shown once the expected text is there. */
const PRESS_TAB = String.raw`
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source '$1'; print REA''DY"
zpty -r -m shell shown '*READY*'
zpty -w -n shell "$2"$'\t\t'
zpty -r -m shell shown "*$3*"
print -r -- "$shown"
`;

describeWith('zsh', 'in zsh', () => {
  test.each([
    ['precomputed-studio convert a b --re', '--resume'],
    ['precomputed-studio convert a b --mesh ', 'multilod'],
    ['precomputed-studio ', 'unpublish'],
    ['precomputed-studio help unpub', 'unpublish'],
  ])('%s is completed by %s', async (line, expected) => {
    const folder = await temporaryFolder();
    const file = join(folder, 'completion');
    await writeFile(file, completionScript(program, 'zsh'));
    const env = { ...process.env, HOME: folder, ZDOTDIR: folder };
    const args = ['-f', '-c', PRESS_TAB, 'zsh', file, line, expected];
    expect(execFileSync(requireProgram('zsh'), args, { encoding: 'utf8', env, timeout: 120_000 })).toContain(
      expected,
    );
  });
});

describeWith('fish', 'in fish', () => {
  test.each([
    ['precomputed-studio convert a b --re', '--resume'],
    ['precomputed-studio convert a b --mesh ', 'multilod'],
    ['precomputed-studio verif', 'verify'],
    ['precomputed-studio help verif', 'verify'],
  ])('%s is completed by %s', async (line, expected) => {
    const file = join(await temporaryFolder(), 'completion');
    await writeFile(file, completionScript(program, 'fish'));
    const script = 'source $argv[1]; complete --do-complete $argv[2]';
    const shown = execFileSync(requireProgram('fish'), ['--no-config', '-c', script, file, line], {
      encoding: 'utf8',
    });
    expect(shown.split('\n').map((found) => found.split('\t')[0])).toContain(expected);
  });
});

describeWith('bash', 'in bash', () => {
  const complete = async (...words: readonly string[]) => {
    const file = join(await temporaryFolder(), 'completion');
    await writeFile(file, completionScript(program, 'bash'));
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _precomputed_studio; echo "\${COMPREPLY[*]}"`;
    return execFileSync('bash', ['-c', script, file, ...words], { encoding: 'utf8' }).trim();
  };

  test.each([
    [['precomputed-studio', 'conv'], 'convert'],
    [['precomputed-studio', 'convert', '--type', ''], 'segmentation image'],
    [['precomputed-studio', 'convert', '--reso'], '--resolution'],
    [['precomputed-studio', 'completion', 'z'], 'zsh'],
    [['precomputed-studio', 'help', 'conv'], 'convert'],
    // Bash completes the names of files itself where there is no word.
    [['precomputed-studio', 'convert', 'some-fol'], ''],
    [['precomputed-studio', 'convert', ''], ''],
    [['precomputed-studio', 'convert', 'a', 'b', '--names', ''], ''],
  ])('%j is completed by %j', async (words, expected) => {
    expect(await complete(...words)).toBe(expected);
  });
});
