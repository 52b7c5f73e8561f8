import type { Place } from './place';

/** A page of the user guide. `build/guide-plugin.ts` makes it from Markdown. */
interface GuidePage {
  readonly title: string;
  readonly html: string;
}

type LoadPage = () => Promise<GuidePage>;

/** The pages of the guide, and the pages for experts that they refer to. Each is loaded when it is opened. */
const FILES: Readonly<Record<string, LoadPage>> = import.meta.glob<GuidePage>(
  [
    '../../../docs/guide/*.md',
    '../../../docs/{benchmarks,cluster,components,exporting,images,input-formats,job-events,meshes,publishing,resuming,shards}.md',
  ],
  { query: '?guide', import: 'default' },
);

const PAGES = new Map(
  Object.entries(FILES).map(([file, load]) => [/([\w-]+)\.md$/.exec(file)?.[1] ?? file, load]),
);

/** Returns the page of a name, or the table of contents if there is no such page. */
export async function loadGuidePage(name: string): Promise<GuidePage> {
  const load = PAGES.get(name) ?? PAGES.get('README');
  if (load === undefined) throw new Error('The guide has no pages.');
  return load();
}

const PAGES_OF_VIEWS: Readonly<Record<Place['view'], string>> = {
  welcome: 'first-dataset',
  source: 'troubleshooting',
  configure: 'first-dataset',
  batch: 'em-and-labels',
  queue: 'big-data',
  library: 'check',
  preview: 'troubleshooting',
  project: 'em-and-labels',
  publish: 'publish',
  settings: 'README',
  guide: 'README',
};

/** Returns the name of the page that helps with the current view. */
export function guidePageFor({ view }: Place): string {
  return PAGES_OF_VIEWS[view];
}
