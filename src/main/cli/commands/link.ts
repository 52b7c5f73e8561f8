import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { Option, type Command } from 'commander';
import { InvalidInputError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { isLoopbackUrl } from '../../../shared/base/loopback-url';
import { alignmentFindings } from '../../../shared/precomputed/alignment';
import {
  distinctNames,
  layerName,
  PUBLIC_VIEWER_URL,
  sceneOfVolumes,
  VIEWER_LAYOUTS,
  viewerLink,
  viewerState,
  type ShownVolume,
  type ViewerLayout,
  type ViewerScene,
} from '../../../shared/precomputed/viewer-link';
import { fileError } from '../../base/file-error';
import { openDataset, type Dataset } from '../../engine/dataset/dataset';
import { shownFirst } from '../../engine/first-view/shown-first';
import { ASKING_BROWSERS } from '../asking-browsers';
import { localDataset } from '../local-path';
import { withChoices } from '../with-choices';

interface LinkFlags {
  readonly url?: readonly string[];
  readonly segments?: string;
  readonly position?: string;
  readonly zoom?: string;
  readonly view?: ViewerLayout;
  readonly viewer: string;
  readonly stateFile?: string;
}

/** Chats and mail programs cut off links that are not much longer. */
const LONG_LINK = 2000;

export function define(command: Command): void {
  command
    .argument('<datasets...>', 'Folders of the datasets. Several are shown as layers, images at the bottom')
    .option(
      '--url <addresses...>',
      'Web address of each published dataset, or one address with {name} in it for all.',
    )
    .option(
      '--segments <ids>',
      'Segments to select, such as 1,2,3. (default: the largest segments with meshes)',
    )
    .option(
      '--position <x,y,z>',
      'Centre of the view, in voxels of the finest scale. (default: centre of the volume)',
    )
    .option('--zoom <voxels>', 'Number of finest-scale voxels per screen pixel. (default: fit the volume)')
    .addOption(withChoices(new Option('--view <layout>', 'Layout of the panels.'), VIEWER_LAYOUTS))
    .option('--viewer <address>', 'Neuroglancer to use.', PUBLIC_VIEWER_URL)
    .option(
      '--state-file <file>',
      'Write the view to this file. Inside the dataset folder, the link then points to it and is short.',
    )
    .action(async (paths: readonly string[], flags: LinkFlags) => {
      const { url } = flags;
      if (url === undefined) throw noUrl();
      const datasets = await Promise.all(paths.map((path) => openDataset(localDataset(path))));
      const [first] = datasets;
      if (first === undefined) return;
      const volumes = await shownVolumes(datasets, url, flags.segments);
      for (const { message } of alignmentFindings(volumes)) console.error(`Note: ${message}`);
      noteAskingBrowsers(volumes, flags.viewer);
      const scene: ViewerScene = {
        ...sceneOfVolumes(volumes),
        ...(flags.position === undefined ? {} : { position: readPosition(flags.position) }),
        ...(flags.zoom === undefined ? {} : { crossSectionScale: readZoom(flags.zoom) }),
        ...(flags.view === undefined ? {} : { layout: flags.view }),
      };
      if (flags.stateFile !== undefined) {
        await linkToFile(scene, first.root, volumes[0]?.datasetUrl ?? '', flags.stateFile, flags.viewer);
        return;
      }
      const link = viewerLink(scene, flags.viewer);
      console.log(link);
      if (link.length > LONG_LINK) {
        console.error(`This link has ${link.length} characters. --state-file makes a short one.`);
      }
    });
}

/** Notes that browsers ask the user, or refuse, if a viewer from the web is to read datasets of this machine. */
function noteAskingBrowsers(volumes: readonly ShownVolume[], viewer: string): void {
  const isLocal = volumes.some(({ datasetUrl }) => isLoopbackUrl(datasetUrl));
  if (!isLocal || !URL.canParse(viewer) || isLoopbackUrl(viewer)) return;
  console.error(
    `Note: ${ASKING_BROWSERS} No permission is needed if the data is served by \`serve --viewer\` and this link is made with --viewer and the address of that viewer.`,
  );
}

/** Makes the datasets into layers. Requested segments apply to the last segmentation, which is on top. */
async function shownVolumes(
  datasets: readonly Dataset[],
  addresses: readonly string[],
  segments: string | undefined,
): Promise<ShownVolume[]> {
  const folders = distinctNames(datasets.map(({ root }) => basename(root)));
  const names = distinctNames(datasets.map(({ root }) => layerName(basename(root))));
  const urls = readUrls(addresses, folders);
  const top = datasets.findLast(({ info }) => info.type === 'segmentation');
  return Promise.all(
    datasets.map(async (dataset, i) => ({
      info: dataset.info,
      datasetUrl: urls[i] ?? '',
      name: names[i] ?? '',
      ...(await shownFirst(
        dataset,
        segments !== undefined && (dataset === top || datasets.length === 1)
          ? readSegments(segments)
          : undefined,
      )),
    })),
  );
}

/**
 * Writes the state to a file. The viewer can also read its state from a web address, which a file of the dataset has.
 */
async function linkToFile(
  scene: ViewerScene,
  root: string,
  url: string,
  file: string,
  viewer: string,
): Promise<void> {
  const inside = relative(root, resolve(file)).split(sep);
  const published = !inside.some((name) => name.startsWith('.'));
  if (published && !file.endsWith('.json')) {
    throw new InvalidInputError(`--state-file: '${file}' is not a name that web servers recognise as JSON.`, {
      remedy: 'Choose a name that ends in .json.',
      fields: { usage: true },
    });
  }
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeFile(file, `${JSON.stringify(viewerState(scene), null, 2)}\n`);
  } catch (error) {
    throw fileError('write', file, error);
  }
  if (published) {
    const base = url.replace(/\/+$/, '');
    console.log(`${viewer.replace(/[/#!]*$/, '')}/#!${base}/${inside.map(encodeURIComponent).join('/')}`);
    console.error(`${file} is part of the dataset: publish it again, then the link works.`);
  } else {
    console.log(viewer);
    console.error(`Open this viewer, press {} (edit JSON state) there, and paste ${file} into it.`);
  }
}

function readPosition(text: string): Vec3 {
  const [x, y, z, ...more] = text.split(/[\s,]+/).map(Number);
  const numbers = [x, y, z].every((value) => Number.isFinite(value));
  if (numbers && x !== undefined && y !== undefined && z !== undefined && more.length === 0) return [x, y, z];
  throw new InvalidInputError(`--position: '${text}' is not a position.`, {
    remedy: 'Give three numbers separated by commas: --position 100,200,50.',
    fields: { usage: true },
  });
}

function readZoom(text: string): number {
  if (Number(text) > 0 && Number.isFinite(Number(text))) return Number(text);
  throw new InvalidInputError(`--zoom: '${text}' is not a number above 0.`, {
    remedy: 'Give the voxels that a pixel covers: --zoom 0.5.',
    fields: { usage: true },
  });
}

function noUrl(): InvalidInputError {
  return new InvalidInputError('The option --url is required.', {
    remedy: 'Give the web address of each published dataset, such as https://example.org/data/my-dataset.',
    fields: { usage: true },
  });
}

/**
 * Returns an address for each dataset. In a single address for all of them, `{name}` is replaced by the name of the
 * folder.
 */
function readUrls(texts: readonly string[], names: readonly string[]): string[] {
  const [only] = texts;
  if (only !== undefined && texts.length === 1 && (names.length === 1 || only.includes('{name}'))) {
    return names.map((name) => readUrl(only.replaceAll('{name}', encodeURIComponent(name))));
  }
  if (texts.length === names.length) return texts.map(readUrl);
  throw new InvalidInputError(`--url: there are ${names.length} datasets and ${texts.length} addresses.`, {
    remedy: 'Give an address for each, in the same order, or one with {name} in it.',
    fields: { usage: true },
  });
}

function readUrl(text: string): string {
  const known = ['http:', 'https:', 's3:', 'gs:'];
  if (URL.canParse(text) && known.includes(new URL(text).protocol)) return text;
  throw new InvalidInputError(`--url: '${text}' is not a web address.`, {
    remedy: 'Give the address of the published folder, such as https://example.org/data/my-dataset.',
    fields: { usage: true },
  });
}

/** Parses decimal ids, which stay exact at 64 bits. */
function readSegments(text: string): string[] {
  return text.split(/[\s,]+/).map((id) => {
    if (/^\d{1,20}$/.test(id) && BigInt(id) < 2n ** 64n) return BigInt(id).toString();
    throw new InvalidInputError(`--segments: '${id}' is not a segment id.`, {
      remedy: 'Give whole numbers separated by commas: --segments 1,2,3.',
      fields: { usage: true },
    });
  });
}
