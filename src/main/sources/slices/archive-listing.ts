import { counted } from '../../../shared/base/format-quantity';
import { posix } from 'node:path';
import { chooseDataset } from '../array/choose-dataset';
import { locateEntries, type Archive, type ArchiveEntry } from './archive';
import { listSlices, type SliceListing } from './slice-listing';
import { slicesAmong } from './slice-names';

/**
 * Lists the slices in a folder of an archive. Returns undefined unless at least half of the archive's files are slices.
 * @param folder the folder to list if several hold slices
 * @throws InvalidInputError if several folders hold slices and none is chosen, or if an entry is damaged
 */
export async function listArchive(archive: Archive, folder?: string): Promise<SliceListing | undefined> {
  const { path } = archive.bytes.file;
  const visible = archive.entries.filter(({ name }) => !isHidden(name));
  const candidates = [...byFolder(visible)].flatMap(([name, entries]) => {
    const count = slicesAmong(entries.map(asNamed))?.names.length ?? 0;
    return count === 0 ? [] : [{ path: name, entries, count, description: counted(count, 'slice') }];
  });
  const slices = candidates.reduce((sum, { count }) => sum + count, 0);
  if (2 * slices < visible.length || slices === 0) return undefined;
  const [only] = candidates;
  const chosen =
    candidates.length === 1 && only !== undefined ? only : chooseDataset(candidates, folder, path);
  // If several entries have the same name, the last one counts, as it would if the archive were unpacked.
  const entries = [...new Map(chosen.entries.map((entry) => [asNamed(entry).name, entry]))];
  const named = entries.map(([name, entry]) => ({ ...entry, name }));
  const wanted = new Set(slicesAmong(named.map(asNamed))?.names);
  const located = await locateEntries(
    archive,
    named.filter(({ name }) => wanted.has(name)),
  );
  const others = archive.entries.filter((entry) => !chosen.entries.includes(entry));
  const listing = await listSlices(
    { kind: 'archive', bytes: archive.bytes, entries: located },
    named.map(asNamed),
  );
  if (listing === undefined) return undefined;
  const elsewhere = others.map(
    ({ name }) => `${printable(name)}: ${isHidden(name) ? 'hidden' : 'in another folder'}`,
  );
  return {
    ...listing,
    isSingle: listing.names.length === 1,
    container: archive.format,
    passedOver: [...listing.passedOver, ...elsewhere.sort()],
  };
}

function byFolder(entries: readonly ArchiveEntry[]): Map<string, ArchiveEntry[]> {
  const folders = new Map<string, ArchiveEntry[]>();
  for (const entry of entries) {
    const folder = posix.dirname(entry.name).replace(/^\.\/?/, '');
    const others = folders.get(folder);
    if (others === undefined) folders.set(folder, [entry]);
    else others.push(entry);
  }
  return folders;
}

function asNamed({ name }: { readonly name: string }) {
  return { name: printable(posix.basename(name)), isFolder: false };
}

/** Replaces control characters, because names from an archive could otherwise control the terminal. */
function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, '?');
}

/** Reports whether a file is hidden. macOS adds hidden files with metadata to archives. */
function isHidden(name: string): boolean {
  return name
    .split('/')
    .some((part) => part === '__MACOSX' || (part.startsWith('.') && part !== '.' && part !== '..'));
}
