import type { IncomingMessage, ServerResponse } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InvalidInputError, StudioError, toStudioError } from '../../../shared/base/errors';
import { openDataset, type Dataset } from '../../engine/dataset/dataset';
import { datasetLink } from '../../engine/first-view/dataset-link';
import { createRendererHandler } from '../../browser/renderer-handler';
import { readDocument } from '../../places/read-document';
import { startDatasetServer } from '../../server/dataset-server';
import { lookAtChunkFiles, namedTwiceWords } from '../../sources/chunk-files';
import { ASKING_BROWSERS } from '../asking-browsers';
import type { CommandContext } from '../command-context';
import { localDataset } from '../local-path';

interface ServeFlags {
  readonly port: string;
  readonly host: string;
  readonly origin?: readonly string[];
  readonly viewer?: boolean;
}

export function define(command: Command, { signal, programFolder }: CommandContext): void {
  command
    .argument('<folder>', 'A dataset, or a folder of datasets', localDataset)
    .option('--port <n>', 'Port to listen on; 0 takes any free port.', '0')
    .option(
      '--host <address>',
      'Address to listen on. Any address other than 127.0.0.1 opens the folder to the network.',
      '127.0.0.1',
    )
    .option('--origin <origins...>', 'Web origins that may read the data. (default: all)')
    .option('--viewer', 'Also serve Neuroglancer, at /viewer/, and use it in the link.')
    .action(async (folder: string, flags: ServeFlags) => {
      const server = await startDatasetServer({
        root: folder,
        host: flags.host,
        port: readPort(flags.port),
        ...(flags.origin === undefined ? {} : { origins: flags.origin }),
        ...(flags.viewer ? { besides: viewerHandler(programFolder) } : {}),
        onError: (error) => {
          console.error(error);
        },
      });
      console.log(`Serving ${folder} at ${server.url} (press Ctrl-C to stop)`);
      const dataset = await openDataset(folder).catch((error: unknown) => toStudioError(error));
      const viewer = flags.viewer ? `${server.url}/viewer` : undefined;
      if (dataset instanceof StudioError && !(await holdsDatasets(folder))) {
        console.error(`Warning: ${dataset.message} The folders in it hold none either.`);
      } else if (dataset instanceof StudioError) {
        const withViewer = viewer === undefined ? '' : ` --viewer ${viewer}`;
        console.log(
          `For a link to a dataset in it: precomputed-studio link DATASET --url ${server.url}/{name}${withViewer}`,
        );
      } else {
        console.log(`Open in Neuroglancer: ${await datasetLink(dataset, server.url, viewer)}`);
        if (!flags.viewer) {
          console.log(
            `${ASKING_BROWSERS} With --viewer, Neuroglancer is served from here and no permission is needed.`,
          );
        }
        await warnOfTwoNames(dataset);
      }
      await untilInterrupted(server, signal);
    });
}

/** Reports whether a folder in `parent` is a dataset. */
async function holdsDatasets(parent: string): Promise<boolean> {
  for (const name of await readdir(parent)) {
    const info = await readDocument({ root: join(parent, name) }, 'info').catch(() => undefined);
    if (info !== undefined) return true;
  }
  return false;
}

/** Returns a handler that answers requests for Neuroglancer, which is part of the built program. */
export function viewerHandler(programFolder: string) {
  const serve = createRendererHandler(join(programFolder, '../renderer'));
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (request.url === '/viewer') {
      // A browser keeps the fragment, which holds what is to be shown.
      response.writeHead(302, { Location: '/viewer/' }).end();
      return true;
    }
    return /^\/(viewer|assets)\//.test(request.url ?? '') && serve(request, response);
  };
}

export function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65536) return port;
  throw new InvalidInputError(`--port: '${text}' is not a port number from 0 to 65535.`, {
    fields: { usage: true },
  });
}

async function warnOfTwoNames({ root, info }: Dataset): Promise<void> {
  for (const scale of info.scales) {
    const { twice } = await lookAtChunkFiles(root, scale);
    if (twice.length > 0) console.error(`Warning: ${scale.key}: ${namedTwiceWords(twice)}.`);
  }
}

/** Keeps the program running until Ctrl-C, which isn't a failure of a server. */
export async function untilInterrupted(
  server: { close(): Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  await server.close();
}
