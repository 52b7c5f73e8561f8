import { basename } from 'node:path';
import type { Command } from 'commander';
import { InvalidInputError } from '../../../shared/base/errors';
import { PUBLIC_VIEWER_URL, sceneOfVolume, viewerLink } from '../../../shared/precomputed/viewer-link';
import { openDataset } from '../../engine/dataset';

interface LinkFlags {
  readonly url: string;
  readonly segments?: string;
  readonly viewer: string;
}

export function define(command: Command): void {
  command
    .argument('<dataset>', 'folder of the dataset')
    .requiredOption('--url <address>', 'web address of the published dataset')
    .option('--segments <ids>', 'segments to select: 1,2,3')
    .option('--viewer <address>', 'Neuroglancer to open it in', PUBLIC_VIEWER_URL)
    .action(async (path: string, flags: LinkFlags) => {
      const dataset = await openDataset(path);
      const url = readUrl(flags.url);
      const segments = flags.segments === undefined ? [] : readSegments(flags.segments);
      const scene = sceneOfVolume(dataset.info, url, basename(dataset.root));
      console.log(viewerLink({ ...scene, segments }, flags.viewer));
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
