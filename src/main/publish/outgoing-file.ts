import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip as gunzipOf } from 'node:zlib';
import { InvalidInputError } from '../../shared/base/errors';
import { isGzip } from '../places/compression';
import { contentTypeOf } from '../places/content-type';
import { outgoingBytes, outgoingParts, readWhole } from '../places/outgoing-file';
import type { OutgoingObject } from '../places/place';
import { changedWhilePublished, targetKey, type DatasetFile } from './dataset-files';
import { isGzippedFile } from './gzipped-file';
import type { TargetNaming } from './publish-target';

/** Limit for the unpacked size of a file, far above chunks and manifests. Untrusted bytes may unpack to any amount. */
const LARGEST_UNPACKED_BYTES = 2 ** 30;
const gunzip = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzipOf);

/**
 * Opens a file as the object to send to a target. Files of up to `wholeBytes`, and files that are sent unzipped, are
 * read into memory here; other files are read part by part.
 * @throws InvalidInputError if the file has changed since it was listed, or can't be unpacked
 */
export async function openOutgoing(
  root: string,
  file: DatasetFile,
  naming: TargetNaming,
  wholeBytes: number,
): Promise<OutgoingObject> {
  const { sizeBytes, modifiedMs } = file;
  const path = join(root, file.path);
  const toSend = { path, sizeBytes, changed: () => changedWhilePublished(root, file.path) };
  const stored = sizeBytes > wholeBytes ? undefined : await readWhole(toSend);
  const maybe = stored === undefined || isGzip(stored);
  const gzipped = file.gzipped ?? (maybe && (await isGzippedFile(path, sizeBytes)));
  const unzip = gzipped && naming === 'unzipped';
  const attributes = {
    key: targetKey(file, naming),
    modifiedMs,
    contentType: contentTypeOf(file.object),
    contentEncoding: gzipped && naming === 'headers' ? ('gzip' as const) : undefined,
  };
  if (stored === undefined && !unzip) return outgoingParts(toSend, attributes);
  const whole = stored ?? (await readWhole(toSend));
  return outgoingBytes(unzip ? await unpack(path, whole) : whole, attributes);
}

async function unpack(path: string, stored: Buffer): Promise<Buffer> {
  return gunzip(stored, { maxOutputLength: LARGEST_UNPACKED_BYTES }).catch((error: unknown) => {
    throw new InvalidInputError(`${path} can't be unpacked: it is damaged, or larger than a chunk can be.`, {
      remedy: 'Make the dataset again, then publish it.',
      fields: { path },
      cause: error,
    });
  });
}
