import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/main/cli/commands';
import { buildProgram } from '../../src/main/cli/program';
import { endWithTest } from '../end-with-test';
import { freePort } from '../free-port';
import { describeWithPython } from '../real-tool';
import { CLI_FILE } from '../run-cli';
import { temporaryFolder } from '../temporary-folder';
import { blocksOf, callsIn, type CodeBlock } from './guide-page';

const files = ['README.md', ...(await readdir('docs/guide')).map((name) => join('docs/guide', name))];
const pages = await Promise.all(
  files
    .filter((name) => name.endsWith('.md'))
    .map(async (name) => ({ name, text: await readFile(name, 'utf8') })),
);
const program = await buildProgram(
  {
    workerFile: '',
    programFolder: '',
    signal: new AbortController().signal,
    describeProgram: () => Promise.reject(new Error('not needed here')),
  },
  () => true,
);

/** Samples are made smaller than a page says, so that the tests are quick. */
const SMALLER = [
  ['1406,621,138', '141,63,14'],
  ['256,256,64', '96,96,24'],
  ['128,128,32', '64,64,16'],
] as const;
/** Commands that run until they are stopped. */
const SERVERS = ['serve', 'app'];

/** A folder in which a test works as a reader of a page does, with the program in PATH. */
class Desk {
  private constructor(
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly port: number,
  ) {}

  static async open(): Promise<Desk> {
    const [folder, bin, home] = await Promise.all([temporaryFolder(), temporaryFolder(), temporaryFolder()]);
    const file = join(bin, 'precomputed-studio');
    await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${CLI_FILE}" "$@"\n`);
    await chmod(file, 0o755);
    await mkdir(join(folder, 'public-share'));
    const PATH = [bin, process.env['PATH']].join(delimiter);
    // Tests use no browser, no screen and no credentials of this machine.
    const env = {
      ...process.env,
      PATH,
      PRECOMPUTED_STUDIO_HOME: home,
      PYTHONWARNINGS: 'ignore',
      DISPLAY: '',
    };
    return new Desk(folder, env, await freePort());
  }

  async run({ code }: CodeBlock): Promise<void> {
    for (const line of this.adapted(code).split('\n')) {
      const [call] = callsIn(line);
      if (call !== undefined && SERVERS.includes(call[1] ?? '')) await this.serve(line);
      else if (line !== '') await this.execute('sh', ['-ec', line]);
    }
  }

  async runPython(python: string, { code }: CodeBlock): Promise<void> {
    await this.execute(python, ['-c', this.adapted(code)]);
  }

  private async execute(program: string, args: readonly string[]): Promise<void> {
    const { folder: cwd, env } = this;
    await promisify(execFile)(program, [...args], { cwd, env });
  }

  /** Starts a server and waits for the address that it prints. */
  private async serve(line: string): Promise<void> {
    const child = spawn('sh', ['-c', `exec ${line}`], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    endWithTest(child, 'SIGTERM');
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (part: Buffer) => {
        if (part.includes('http://')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`${line} ended with ${code}`)));
    });
  }

  private adapted(code: string): string {
    const smaller = SMALLER.reduce((text, [size, small]) => text.replaceAll(size, small), code);
    return smaller.replaceAll(/\b(8000|8600)\b/g, String(this.port));
  }
}

test('the pages can be followed one after the other in one folder, as no two make the same folder', () => {
  const made = pages.flatMap(({ text }) =>
    blocksOf(text)
      .filter(({ isElsewhere }) => !isElsewhere)
      .flatMap(({ code }) => callsIn(code))
      .filter((words) => !words.some((word) => ['--dry-run', '--overwrite'].includes(word)))
      .flatMap(([, command, first, second]) =>
        command === 'sample' ? [first] : command === 'convert' || command === 'plan' ? [second] : [],
      ),
  );
  expect(made.length).toBeGreaterThan(10);
  expect(made.filter((folder, i) => made.indexOf(folder) !== i)).toEqual([]);
});

describe.each(pages)('the page $name', ({ name, text }) => {
  const blocks = blocksOf(text);

  test('its links and pictures lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    const missing = links.filter(
      (link) => !/^https:/.test(link) && !existsSync(join(dirname(name), link.split('#')[0] ?? '')),
    );
    expect(missing).toEqual([]);
  });

  test('it uses only commands and options that there are', () => {
    const inline = [...text.matchAll(/`(precomputed-studio [^`]+)`/g)].map(([, code = '']) => code);
    for (const [, name = '', ...words] of [...blocks.map(({ code }) => code), ...inline].flatMap(callsIn)) {
      if (name.startsWith('-') || name === 'help') continue;
      const command = program.commands.find((command) => command.name() === name);
      const known = ['--help', ...(command?.options ?? []).map(({ long }) => long)];
      expect(known).toEqual(expect.arrayContaining(words.filter((word) => word.startsWith('--'))));
      expect(COMMANDS.map(({ name }) => name)).toContain(name);
    }
  });

  const shell = blocks.filter(({ language, isElsewhere }) => language === 'sh' && !isElsewhere);
  test.skipIf(process.platform === 'win32' || shell.length === 0)('its commands work, in order', async () => {
    const desk = await Desk.open();
    for (const block of shell) await desk.run(block);
  });

  if (blocks.some(({ language }) => language === 'python')) {
    describeWithPython('cloudvolume, tensorstore', `the snippets of ${name}`, (python) => {
      test('work, after the commands before them', async () => {
        const desk = await Desk.open();
        for (const block of blocks.filter(({ isElsewhere }) => !isElsewhere)) {
          if (block.language === 'sh') await desk.run(block);
          if (block.language === 'python') await desk.runPython(python, block);
        }
      });

      test('tensorstore reads zeros from a folder of files that end in .gz, as the page says', async () => {
        const desk = await Desk.open();
        const commands = blocks.filter(({ language, isElsewhere }) => language === 'sh' && !isElsewhere);
        for (const block of commands.slice(0, 1)) await desk.run(block);
        const plain = blocks.find(({ code }) => code.includes("'path': 'plain-dataset/'"));
        const code = (plain?.code ?? '')
          .replace('plain-dataset', 'python-dataset')
          .replace('assert labels.any()', 'assert not labels.any()');
        await desk.runPython(python, { language: 'python', isElsewhere: false, code });
      });
    });
  }
});
