import type { Dropped } from '../../shared/api/contract-types';

/**
 * The number of a folder's entries that are examined: enough to distinguish it from other folders of the same name.
 */
const SAMPLED_ENTRIES = 12;
const SLICE = /\.(tiff?|png|jpe?g|bmp|webp)$/i;

/**
 * An item of a drop: as an entry, whose content can be listed, and as a file, whose path the desktop app can find.
 */
interface DroppedItem {
  readonly entry: FileSystemEntry;
  readonly file: File | undefined;
}

/** One volume of a drop: a folder, a file, or numbered slices, which stand for the folder that holds them. */
export interface DroppedVolume {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly items: readonly DroppedItem[];
}

/** Must be called during the drop event: `transfer` is empty afterwards. */
export function readDrop(transfer: DataTransfer): DroppedVolume[] {
  const files = [...transfer.files];
  const items = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .flatMap((item, i): DroppedItem[] => {
      const entry = item.webkitGetAsEntry();
      return entry === null ? [] : [{ entry, file: files[i] }];
    });
  const volumes = new Map<string, DroppedItem[]>();
  for (const item of items) {
    const { name } = item.entry;
    const isSlice = !isFolder(item.entry) && SLICE.test(name);
    // Slices of a stack differ only by their numbers. No other key has a # or a /.
    const key = isSlice ? `/${name.replace(/\d+/g, '#')}` : name;
    volumes.set(key, [...(volumes.get(key) ?? []), item]);
  }
  return [...volumes.values()].map((all) => {
    const [first] = all;
    const kind = first !== undefined && isFolder(first.entry) ? 'folder' : 'file';
    return { name: first?.entry.name ?? '', kind, items: all };
  });
}

/** Describes a dropped volume as far as a page that sees no paths can. */
export async function describeDrop({ items }: DroppedVolume): Promise<Dropped> {
  const entries = items.map(({ entry }) => entry);
  const [first] = entries;
  if (first === undefined || !isFolder(first)) return { entries: await describeEntries(entries) };
  return { folder: first.name, entries: await describeEntries(await listFolder(first)) };
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** Returns the first entries of a folder: as many as the browser gives in one batch. */
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
