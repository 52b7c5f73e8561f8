import { readFile } from 'node:fs/promises';
import { Marked } from 'marked';
import type { Plugin } from 'vite';

const QUERY = /\.md\?guide$/;
/** A placeholder for the address of a picture, which the bundler knows only later. */
const PICTURE = '\u0000';

/**
 * Vite plugin: `import page from 'page.md?guide'` returns a page of the user guide as `{ title, html }`. Links
 * between pages become addresses of the app's guide view, pictures become assets, links to files that are not shipped
 * become text, and code gets a button that copies it.
 */
export function guidePages(): Plugin {
  return {
    name: 'guide-pages',
    enforce: 'pre',
    async load(id) {
      if (!QUERY.test(id)) return undefined;
      const { title, html, pictures } = await toHtml(await readFile(id.replace(/\?guide$/, ''), 'utf8'));
      const imports = pictures.map((path, i) => `import picture${i} from ${JSON.stringify(`${path}?url`)};`);
      const parts = html.split(PICTURE).map((part) => JSON.stringify(part));
      const code = parts.reduce((all, part, i) => `${all} + picture${i - 1} + ${part}`);
      return [...imports, `export default { title: ${JSON.stringify(title)}, html: ${code} };`].join('\n');
    },
  };
}

async function toHtml(markdown: string): Promise<{
  readonly title: string;
  readonly html: string;
  readonly pictures: readonly string[];
}> {
  const pictures: string[] = [];
  const marked = new Marked({
    renderer: {
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        if (/^https?:/.test(href)) return `<a href="${href}" target="_blank" rel="noreferrer">${text}</a>`;
        const page = /([\w-]+)\.md(#.*)?$/.exec(href)?.[1];
        return page === undefined ? text : `<a href="#/guide?page=${page}">${text}</a>`;
      },
      code({ text }) {
        const lines = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
        return `<div class="code"><pre><code>${lines}</code></pre><button type="button">Copy</button></div>`;
      },
      image({ href, text }) {
        pictures.push(href);
        return `<img src="${PICTURE}" alt="${text.replaceAll('"', '&quot;')}" loading="lazy">`;
      },
    },
  });
  const title = /^# (.*)$/m.exec(markdown)?.[1] ?? '';
  return { title, html: await marked.parse(markdown), pictures };
}
