import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** Words that readers stumble over, and plain words for them. */
const STRANGE: readonly (readonly [pattern: RegExp, plain: string])[] = [
  [/\bunless told\b/i, 'by default'],
  [/\btold\b/i, 'known, reported, given'],
  [/\bmet\b/i, 'found'],
  [/\banew\b/i, 'again'],
  [/\bbut for\b/i, 'except'],
  [/(?<!each )\bof which\b/i, 'a sentence of its own'],
  [/\b(whereof|therein|thereof|hither|hence|wherefore|beforehand|forthwith)\b/i, 'a common word'],
  [/\b(is|are) there (already|no more)\b/i, 'already exists, no longer exists'],
  [/\bbe it\b/i, 'whether'],
  [/[;,] else\b/i, 'otherwise, as a sentence of its own'],
  [/\ballows? to\b/i, 'allow reading, or allow it to be read'],
  [/\bat the most\b/i, 'at most'],
  [/\bthere already\b/i, 'already there, already exists'],
  [/\bfrom where it came\b/i, 'from its source'],
  [/\b(memory|room|space) there is\b/i, 'available memory'],
  [/\bget(s|ting)? at\b/i, 'reach, read'],
  [/\b(lie|lies|lying) over\b/i, 'overlap'],
  [/\bof before\b/i, 'earlier, previous'],
  [/\b(that|which|what) (is|are) there\b(?! to)/i, 'existing, that exists'],
  [/(^|[.!?] )Of (?!course\b)/, 'the subject first'],
  [/\b(is|are|was|were) said\b/i, 'stated, printed'],
  [/\bfrom afar\b/i, 'when zoomed out'],
  [/\bon the whole\b/i, 'overall, average'],
  [/\bpacked by\b/i, 'compressed with'],
  [/\bto hand to\b/i, 'to send to'],
  [/\bhanded to\b/i, 'passed to, given to'],
  [/\bcan't be (had|got)\b/i, "can't be restored, can't be reached"],
  [/\breckon(s|ed)?\b/i, 'compute'],
  [/\b(thereby|none of it)\b/i, 'a common word'],
  [/\bstands? (in|at|beside|below|beyond|after|there|here)\b(?! the way)/i, 'is'],
  [/(?<!\bthere )\b(is|are|was|were) no (?!longer|more\b)/i, 'is not a'],
  [/\bgo(es)? on\b/i, 'continue'],
  [/\bnothing but\b/i, 'only'],
  [/\bwhole or not at all\b/i, 'completely or not at all'],
  [/\bby itself\b/i, 'alone, automatically'],
  [/\b(is|are|still|isn't|aren't) at work\b/i, 'is running'],
  [/\blook(s|ed)? into\b/i, 'look at'],
  [/\bthrow(s|n)? (it |them )?away\b/i, 'discard, delete'],
  [/\bcomes? to life\b/i, 'is updated, is shown'],
  [/\bfor want of\b/i, 'because there is no'],
  [/\bat the least\b/i, 'at least'],
  [/\b(is|are) called so\b/i, 'is named as such'],
  [/\blets? (it|them) go\b/i, 'deselect, release'],
  [/\bmends?\b/i, 'correct, repair'],
  [/\bin the moment in\b/i, 'at the moment when'],
  // A noun, as in "Where the file is: …" and "Where viewers find it, if known", is left as it is.
  [/(^|[.!?] )Where (?![^.!?:]*(:|, (if|and|or|by)\b))[^.!?:]{2,90}, /, 'If'],
  [/\bunless given\b/i, 'by default'],
  [/\bof (all|everything) else\b/i, 'for all others'],
  [/(^|[.!?] )To [a-z]+ [^,.:;]{3,80}? (takes|would take) /, 'the verb with -ing'],
  [
    /\b(?:an?|one) (file|task|object|piece|format|chunk|line|row|entry|folder|page|value|mesh) an? \w+/i,
    'for each',
  ],
];
/** A sentence that names a setting by its flag. */
const FLAG = new RegExp(
  '(^|[\\s(`])--(' +
    'resume|overwrite|resolution|voxel-offset|type|data-type|gaps|dataset|axes|colours|channel|roi|orientation|transpose|flip|remap|window|id-offset|components|encoding|block-size|chunk-size|compression|layout|downsample|scales|factors|mesh|lods|segments|exclude|names|ids-file|workers|memory)',
);
/** The most words that a sentence may have. A longer one has to be read twice. */
const LONGEST = { docs: 48, message: 42 };

async function filesBelow(folder: string, suffix: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => suffix.test(name)).map((name) => join(folder, name));
}

interface Passage {
  readonly place: string;
  readonly text: string;
}

/** Returns the paragraphs, list items and table cells of a Markdown page, without code. */
function passagesOfPage(file: string, markdown: string): Passage[] {
  return markdown
    .replace(/^ *```[^]*?^ *```$/gm, '')
    .replace(/`[^`\n]*`/g, 'code')
    .replace(/\]\([^)]*\)/g, ']')
    .split(/\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.) )|\|/)
    .map((text) => ({ place: file, text: text.replace(/\s+/g, ' ').trim() }));
}

/** Returns the texts of a program that look like sentences: literals of at least two words, with letters. */
function passagesOfCode(file: string, code: string): Passage[] {
  return literalsOf(file, code).filter(
    ({ text }) =>
      /^[^{}<>]*$/.test(text) && !isShell(text) && /[a-z]{2}/i.test(text) && text.split(' ').length >= 2,
  );
}

/** Reports whether a text is a part of a shell script. */
function isShell(text: string): boolean {
  return /; (then|fi|do|done)\b/.test(text);
}

/** Returns the texts between quotation marks in a program. */
function literalsOf(file: string, code: string): Passage[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const found: Passage[] = [];
  const visit = (node: ts.Node): void => {
    const text = ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(' … ')
      : ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)
        ? node.text
        : '';
    if (text.trim() !== '') {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${file}:${line + 1}`, text: text.replace(/\s+/g, ' ').trim() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Returns the comments of a program: blocks, and lines that follow each other, as one text each. */
function commentsOf(file: string, code: string): Passage[] {
  return [...code.matchAll(/\/\*\*([^]*?)\*\/|(?:^\s*\/\/ .*\n)+/gm)].map(({ 0: comment, 1: block }) => ({
    place: file,
    text: (block ?? comment)
      .replace(/^\s*(\*|\/\/)/gm, '')
      .replace(/`[^`\n]*`/g, 'code')
      .replace(/\s+/g, ' ')
      .trim(),
  }));
}

/** Returns the texts between the tags of a component, and those of its script. */
function passagesOfComponent(file: string, code: string): Passage[] {
  const script = /<script[^>]*>([^]*?)<\/script>/.exec(code)?.[1] ?? '';
  const markup = code.replace(/<(script|style)[^]*?<\/\1>/g, '').replace(/<!--[^]*?-->/g, '');
  const texts = markup.split(/<[^>]*>|\{[#/:@][^}]*\}/).map((text) =>
    text
      .replace(/\{[^}]*\}/g, '…')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  const attributes = [...markup.matchAll(/(?:title|help|label|placeholder)="([^"]*)"/g)].map(
    ([, text = '']) => text,
  );
  const expressions = [...markup.matchAll(/\{[^{}]*\}/g)].flatMap(([expression]) =>
    [...expression.matchAll(/'([^'\n]*)'/g)].map(([, text = '']) => text),
  );
  return [
    ...passagesOfCode(file, script),
    ...[...texts, ...attributes, ...expressions].map((text) => ({ place: file, text })),
  ];
}

function faultsOf({ place, text }: Passage, longest: number): string[] {
  const strange = STRANGE.flatMap(([pattern, plain]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`${place}: “${found[0]}” (write: ${plain}) in “${text}”`];
  });
  const long = text
    .split(/(?<=[.;:!?])\s+/)
    .filter((sentence) => sentence.split(/\s+/).length > longest)
    .map((sentence) => `${place}: a sentence of more than ${longest} words: “${sentence}”`);
  return [...strange, ...long];
}

async function faultsIn(
  files: readonly string[],
  passagesOf: (file: string, text: string) => readonly Passage[],
  longest: number,
): Promise<string[]> {
  const passages = await Promise.all(
    files.map(async (file) => passagesOf(file, await readFile(file, 'utf8'))),
  );
  return passages.flat().flatMap((passage) => faultsOf(passage, longest));
}

test('the documents are in plain words and short sentences', async () => {
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...(await filesBelow('docs', /\.md$/))];
  expect(await faultsIn(files, passagesOfPage, LONGEST.docs)).toEqual([]);
});

test('help and messages are in plain words and short sentences', async () => {
  const files = await filesBelow('src', /(?<!\.d)\.ts$/);
  expect(await faultsIn(files, passagesOfCode, LONGEST.message)).toEqual([]);
});

test('comments are in plain words', async () => {
  const files = await filesBelow('src', /(?<!\.d)\.(ts|svelte)$/);
  expect(await faultsIn(files, commentsOf, Infinity)).toEqual([]);
});

test('the texts of the app are in plain words and short sentences', async () => {
  const files = await filesBelow('src/renderer', /\.svelte$/);
  expect(await faultsIn(files, passagesOfComponent, LONGEST.message)).toEqual([]);
});

test('the files that the documents name exist', async () => {
  const known = (await Promise.all(['src', 'test', 'build'].map((folder) => filesBelow(folder, /./)))).flat();
  const pages = ['CONTRIBUTING.md', ...(await filesBelow('docs', /\.md$/))];
  const named = await Promise.all(
    pages.map(async (page) =>
      [...(await readFile(page, 'utf8')).matchAll(/`([\w./-]+\.(?:ts|mjs|svelte))`/g)].map(
        ([, file = '']) => [page, file] as const,
      ),
    ),
  );
  expect(named.flat().length).toBeGreaterThan(100);
  const missing = named.flat().filter(([, file]) => !known.some((path) => `/${path}`.endsWith(`/${file}`)));
  expect(missing).toEqual([]);
});

/** Each face names options in its own way: see src/shared/base/words.ts. */
test('the engine and what is below it mention no option by its flag', async () => {
  const rooms = ['engine', 'sources', 'meshing', 'codecs', 'places'].map((room) => `src/main/${room}`);
  const files = await Promise.all(
    [...rooms, 'src/shared/kernels', 'src/shared/precomputed'].map((room) => filesBelow(room, /\.ts$/)),
  );
  const literals = await Promise.all(
    files.flat().map(async (file) => literalsOf(file, await readFile(file, 'utf8'))),
  );
  expect(literals.flat().filter(({ text }) => FLAG.test(text))).toEqual([]);
  expect(literalsOf('code.ts', "say('Give --resolution.')").some(({ text }) => FLAG.test(text))).toBe(true);
});

test('strange words are found in pages, literals and components', () => {
  const faults = [
    ...passagesOfPage('page.md', 'All is well.\n\n- Slices, of which some `told` are met.\n'),
    ...passagesOfCode('code.ts', 'say`The file ${name} is made anew.`; const key = "anew";'),
    ...passagesOfComponent(
      'View.svelte',
      `<p>All slices but for {count}</p>{a ? 'Make anew' : 'Make'}<script>let a = "unless told so now";</script>`,
    ),
  ].flatMap((passage) => faultsOf(passage, 48));
  expect(faults.map((fault) => fault.split(' (')[0])).toEqual([
    'page.md: “met”',
    'page.md: “of which”',
    'code.ts:1: “anew”',
    'View.svelte:1: “unless told”',
    'View.svelte:1: “told”',
    'View.svelte: “but for”',
    'View.svelte: “anew”',
  ]);
});
