import type { BucketAccess } from '../../../shared/api/publish-spec';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { Retrier } from '../../base/retrier';
import { datasetAddress } from '../../base/web-address';
import { callsThrough } from '../../places/calls-through';
import { listObjects } from '../../places/place';
import { fetchDocument } from '../../places/http/fetch-document';
import type { PlaceRef } from '../../places/open-place';
import { bucketPlace } from '../../places/bucket-place';
import { isSliceName, type NamedEntry } from './slice-names';
import { listSlices, type SliceListing } from './slice-listing';

/** Matches `slice_{0000..0499}.tif`: one number per slice, padded to the number of digits of the first one. */
const PATTERN = /^([^{}]*)\{(\d+)\.\.(\d+)\}([^{}]*)$/;
const MOST_SLICES = 1_000_000;
/** Matches the links of a folder that a web server shows as a page. */
const LINK = /<a\s[^>]*href\s*=\s*["']?([^"'\s>]+)/gi;

/**
 * Lists the slices at an address: the files that a numbered pattern names, a single file, or the files in a folder of a
 * bucket. Returns undefined if there are no slices, if the folder holds a precomputed volume, and for folders of web
 * servers, for which there is {@link listWebFolder}.
 * @param access how a bucket is reached
 * @throws InvalidInputError for a wrong pattern, or for one that names a missing file
 */
export async function listAddress(address: string, access?: BucketAccess): Promise<SliceListing | undefined> {
  if (!/^(https?|s3):\/\//i.test(address)) return undefined;
  const [, folder = '', last = ''] = /^([^]*?)\/*([^/]*)\/*$/.exec(address) ?? [];
  const numbered = namesOf(address, last);
  const isFile = numbered === undefined && isSliceName(last);
  const place = await placeOf(numbered === undefined && !isFile ? address : folder, access);
  if (numbered !== undefined || isFile) {
    const listing = await listSlices({ kind: 'address', place }, (numbered ?? [last]).map(asFile));
    return listing && { ...listing, isSingle: isFile };
  }
  if (place.kind === 'web') return undefined;
  try {
    const entries = await listBucket(place);
    if (entries.some(({ name }) => name === 'info')) return undefined;
    return await listSlices({ kind: 'address', place }, entries);
  } catch (error) {
    // The address may be of another format, whose opener reports why it can't be read.
    if (isStudioError(error) && error.tag !== 'bug') return undefined;
    throw error;
  }
}

/**
 * Lists the slices in a folder that a web server shows as a page of links. Returns undefined if the server doesn't show
 * one, or if the folder has no slices.
 */
export async function listWebFolder(address: string): Promise<SliceListing | undefined> {
  if (!/^https?:\/\//i.test(address)) return undefined;
  const base = datasetAddress(address);
  return listSlices({ kind: 'address', place: { kind: 'web', base } }, await listPage(base));
}

/** Returns the names that a pattern stands for, or undefined if the address has no pattern. */
function namesOf(address: string, last: string): string[] | undefined {
  if (!/[{}]/.test(address)) return undefined;
  const [, before = '', first = '', end = '', after = ''] = PATTERN.exec(last) ?? [];
  const count = Number(end) - Number(first) + 1;
  if (first === '' || !(count > 0) || count > MOST_SLICES) {
    throw new InvalidInputError(`'${address}' is not a pattern of slices.`, {
      remedy: `Number the slices in the last name of the address: https://HOST/FOLDER/slice_{0000..0499}.tif; at most ${MOST_SLICES}.`,
      fields: { code: 'bad-address', options: ['input'] },
    });
  }
  return Array.from(
    { length: count },
    (_, i) => `${before}${String(Number(first) + i).padStart(first.length, '0')}${after}`,
  );
}

async function placeOf(address: string, access: BucketAccess | undefined): Promise<PlaceRef> {
  return (await bucketPlace(address, access)) ?? { kind: 'web', base: datasetAddress(address) };
}

async function listBucket({ settings }: PlaceRef & { readonly kind: 's3' }): Promise<NamedEntry[]> {
  const { S3Place } = await import('../../places/s3/s3-place');
  const place = callsThrough(
    new S3Place({ ...settings, createBucket: false, isFlat: true }),
    new Retrier().run,
  );
  try {
    const entries: NamedEntry[] = [];
    for await (const { key } of listObjects(place)) entries.push(asFile(key));
    return entries;
  } finally {
    await place.close();
  }
}

/** Returns the files that a web server's page of a folder links to. */
async function listPage(base: string): Promise<NamedEntry[]> {
  const { answer, bytes } = await fetchDocument({ url: `${base}/` });
  if (answer.status !== 200) return [];
  const folder = new URL(`${base}/`);
  const names = new Set<string>();
  for (const [, link = ''] of new TextDecoder().decode(bytes).matchAll(LINK)) {
    const url = URL.canParse(link, folder.href) ? new URL(link.replaceAll('&amp;', '&'), folder) : undefined;
    if (url?.origin !== folder.origin || !url.pathname.startsWith(folder.pathname)) continue;
    const name = url.pathname.slice(folder.pathname.length);
    if (name !== '' && !name.includes('/')) names.add(decodeURIComponent(name));
  }
  return [...names].map(asFile);
}

function asFile(name: string): NamedEntry {
  return { name, isFolder: false };
}
