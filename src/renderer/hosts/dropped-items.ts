import type { Dropped } from '../../shared/api/contract-types';

/** Of a folder so many entries are looked at: enough to tell it from others of its name. */
const SAMPLED_ENTRIES = 12;

/** What was dropped, as entries, whose content can be listed, and as files, whose paths a desktop can tell. */
export interface DroppedItems {
  readonly entries: readonly FileSystemEntry[];
  readonly files: readonly File[];
}

/** To be called within the drop's event: `transfer` is empty afterwards. */
export function readDrop(transfer: DataTransfer): DroppedItems {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return { entries, files: [...transfer.files] };
}

/** What a page that isn't told paths can see of a drop; undefined where there is nothing. */
export async function describeDrop({ entries }: DroppedItems): Promise<Dropped | undefined> {
  const [first] = entries;
  if (first === undefined) return undefined;
  if (!isFolder(first)) return { entries: await describeEntries(entries) };
  return { folder: first.name, entries: await describeEntries(await listFolder(first)) };
}

/** The name to call a drop by: of its only or first item. */
export function nameOfDrop({ entries }: DroppedItems): { name: string; kind: 'folder' | 'file' } | undefined {
  const [first] = entries;
  return first && { name: first.name, kind: isFolder(first) ? 'folder' : 'file' };
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** The first of a folder's entries: as many as the browser gives at once. */
function listFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => folder.createReader().readEntries(resolve, reject));
}

function describeEntries(entries: readonly FileSystemEntry[]): Promise<Dropped['entries']> {
  return Promise.all(entries.slice(0, SAMPLED_ENTRIES).map(describeEntry));
}

async function describeEntry(entry: FileSystemEntry): Promise<Dropped['entries'][number]> {
  const { name } = entry;
  if (!isFile(entry)) return { name };
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return { name, sizeBytes: file.size, modifiedMs: file.lastModified };
}
