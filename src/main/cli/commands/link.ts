import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { Option, type Command } from 'commander';
import { InvalidInputError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import {
  PUBLIC_VIEWER_URL,
  sceneOfVolume,
  VIEWER_LAYOUTS,
  viewerLink,
  viewerState,
  type ViewerLayout,
  type ViewerScene,
} from '../../../shared/precomputed/viewer-link';
import { fileError } from '../../base/file-error';
import { openDataset } from '../../engine/dataset';
import { rangesToShow } from '../../engine/shown-ranges';
import { segmentsToShow } from '../../engine/shown-segments';
import { localPath } from '../local-path';

interface LinkFlags {
  readonly url: string;
  readonly segments?: string;
  readonly position?: string;
  readonly zoom?: string;
  readonly view?: ViewerLayout;
  readonly viewer: string;
  readonly stateFile?: string;
}

/** Chats and mail programs cut links not far beyond. */
const LONG_LINK = 2000;

export function define(command: Command): void {
  command
    .argument('<dataset>', 'folder of the dataset', localPath)
    .requiredOption('--url <address>', 'web address of the published dataset')
    .option(
      '--segments <ids>',
      'segments to select: 1,2,3 (default: of a dataset with meshes the largest ones, but for the background)',
    )
    .option(
      '--position <x,y,z>',
      'centre of the view, in voxels of the finest scale (default: of the volume)',
    )
    .option('--zoom <voxels>', 'voxels of the finest scale that a pixel covers (default: all is seen)')
    .addOption(new Option('--view <layout>', 'layout of the panels').choices(VIEWER_LAYOUTS))
    .option('--viewer <address>', 'Neuroglancer to open it in', PUBLIC_VIEWER_URL)
    .option(
      '--state-file <file>',
      "write the viewer's state there; in the dataset's folder, the link leads to it",
    )
    .action(async (path: string, flags: LinkFlags) => {
      const dataset = await openDataset(path);
      const { info, root } = dataset;
      const url = readUrl(flags.url);
      const scene: ViewerScene = {
        ...sceneOfVolume(info, url, basename(root)),
        segments: flags.segments === undefined ? await segmentsToShow(dataset) : readSegments(flags.segments),
        ranges: await rangesToShow(dataset),
        ...(flags.position === undefined ? {} : { position: readPosition(flags.position) }),
        ...(flags.zoom === undefined ? {} : { crossSectionScale: readZoom(flags.zoom) }),
        ...(flags.view === undefined ? {} : { layout: flags.view }),
      };
      if (flags.stateFile !== undefined) {
        await linkToFile(scene, root, flags.stateFile, flags.viewer);
        return;
      }
      const link = viewerLink(scene, flags.viewer);
      console.log(link);
      if (link.length > LONG_LINK) {
        console.error(`This link has ${link.length} characters: --state-file makes a short one.`);
      }
    });
}

/** The viewer reads its state from a web address, too: a file of the dataset has one. */
async function linkToFile(scene: ViewerScene, root: string, file: string, viewer: string): Promise<void> {
  const inside = relative(root, resolve(file)).split(sep);
  const published = !inside.some((name) => name.startsWith('.'));
  if (published && !file.endsWith('.json')) {
    throw new InvalidInputError(`--state-file: '${file}' is no name that web servers take for JSON.`, {
      remedy: 'Let its name end in .json.',
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
    const base = scene.datasetUrl.replace(/\/+$/, '');
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
  throw new InvalidInputError(`--position: '${text}' is no position.`, {
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

function readUrl(text: string): string {
  const known = ['http:', 'https:', 's3:', 'gs:'];
  if (URL.canParse(text) && known.includes(new URL(text).protocol)) return text;
  throw new InvalidInputError(`--url: '${text}' is not a web address.`, {
    remedy: 'Give the address of the published folder, such as https://example.org/data/my-dataset.',
    fields: { usage: true },
  });
}

/** Ids in decimal, exact at 64 bits. */
function readSegments(text: string): string[] {
  return text.split(/[\s,]+/).map((id) => {
    if (/^\d{1,20}$/.test(id) && BigInt(id) < 2n ** 64n) return BigInt(id).toString();
    throw new InvalidInputError(`--segments: '${id}' is not a segment id.`, {
      remedy: 'Give whole numbers separated by commas: --segments 1,2,3.',
      fields: { usage: true },
    });
  });
}
