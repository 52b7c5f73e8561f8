/**
 * Consolidated metadata: a group's copy of the metadata of all groups and arrays below it. As in zarr-python, it counts
 * where these have none of their own; some writers leave it out, and copies lose it.
 *
 * Source: the attribute `consolidated_metadata` of zarr.json as zarr-python 3 writes it, and `.zmetadata` of version 2
 */
import { basename } from 'node:path';
import { z } from 'zod';
import { getJson, type Container } from '../containers/container';
import { join, METADATA_NAMES } from './zarr-hierarchy';

const metadataSchema = z.record(z.string(), z.unknown());
const v2Schema = z.object({ metadata: metadataSchema });
const v3Schema = z.object({
  consolidated_metadata: z.object({ kind: z.literal('inline'), metadata: metadataSchema }),
});

/**
 * Shows the consolidated metadata of the topmost group as files where there are none. It is read when the first of them is
 * missing, as it may be of many thousand arrays, and threads that know their array open that alone.
 */
export function withConsolidated(container: Container): Container {
  let consolidated: Promise<ReadonlyMap<string, unknown>> | undefined;
  return {
    get: async (key) => {
      const own = await container.get(key);
      if (own !== undefined || !METADATA_NAMES.includes(basename(key))) return own;
      consolidated ??= consolidatedFiles(container);
      const metadata = (await consolidated).get(key);
      return metadata === undefined ? undefined : Buffer.from(JSON.stringify(metadata));
    },
    place: (key) => container.place(key),
    getRange: (...range) => container.getRange(...range),
    size: (key) => container.size(key),
    folders: (key) => container.folders(key),
    files: (key) => container.files(key),
    fingerprint: (key) => container.fingerprint(key),
    close: () => container.close(),
  };
}

/** Returns the content of the files that consolidated metadata stands for, by their keys. */
async function consolidatedFiles(container: Container): Promise<ReadonlyMap<string, unknown>> {
  const v3 = v3Schema.safeParse(await getJson(container, 'zarr.json')).data;
  if (v3 !== undefined) {
    const { metadata } = v3.consolidated_metadata;
    return new Map(Object.entries(metadata).map(([path, content]) => [join(path, 'zarr.json'), content]));
  }
  const v2 = v2Schema.safeParse(await getJson(container, '.zmetadata')).data;
  return new Map(Object.entries(v2?.metadata ?? {}));
}
