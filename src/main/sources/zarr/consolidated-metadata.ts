/**
 * Consolidated metadata: a group's copy of the metadata of all groups and arrays below it. As in zarr-python, it counts
 * where these have none of their own; some writers leave it out, and copies lose it.
 *
 * Source: the attribute `consolidated_metadata` of zarr.json as zarr-python 3 writes it, and `.zmetadata` of version 2
 */
import { z } from 'zod';
import { getJson, type Container } from '../containers/container';
import { join } from './zarr-hierarchy';

export const CONSOLIDATED = '.zmetadata';

const metadataSchema = z.record(z.string(), z.unknown());
const v2Schema = z.object({ metadata: metadataSchema });
const v3Schema = z.object({
  consolidated_metadata: z.object({ kind: z.literal('inline'), metadata: metadataSchema }),
});

/** Shows the consolidated metadata of the topmost group as files where there are none. */
export async function withConsolidated(container: Container): Promise<Container> {
  const files = await consolidatedFiles(container);
  if (files.size === 0) return container;
  return {
    get: async (key) => (await container.get(key)) ?? files.get(key),
    place: (key) => container.place(key),
    getRange: (key, offsetBytes, lengthBytes) => container.getRange(key, offsetBytes, lengthBytes),
    size: (key) => container.size(key),
    folders: (key) => container.folders(key),
    files: (key) => container.files(key),
    fingerprint: (key) => container.fingerprint(key),
    close: () => container.close(),
  };
}

/** Returns the files that consolidated metadata stands for, by their keys. */
async function consolidatedFiles(container: Container): Promise<ReadonlyMap<string, Uint8Array>> {
  const v3 = v3Schema.safeParse(await getJson(container, 'zarr.json')).data;
  const v2 = v2Schema.safeParse(await getJson(container, CONSOLIDATED)).data;
  const files = v3
    ? Object.entries(v3.consolidated_metadata.metadata).map(
        ([path, metadata]) => [join(path, 'zarr.json'), metadata] as const,
      )
    : Object.entries(v2?.metadata ?? {});
  return new Map(files.map(([key, metadata]) => [key, Buffer.from(JSON.stringify(metadata))]));
}
