import { readdir } from 'node:fs/promises';
import { fileError } from '../../base/file-error';

/** What a folder holds, by name. */
export interface FolderScan {
  /** Files named as TIFFs, by code unit. */
  readonly slices: readonly string[];
  /** All else, each with the reason why it is passed over. */
  readonly passedOver: readonly string[];
}

/** True for names that end in .tif or .tiff and aren't hidden (macOS leaves `._` files beside real ones). */
export function isTiffName(name: string): boolean {
  return /\.tiff?$/i.test(name) && !name.startsWith('.');
}

export async function scanFolder(folder: string): Promise<FolderScan> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const isSlice = (entry: (typeof entries)[number]) => isTiffName(entry.name) && !entry.isDirectory();
    return {
      slices: entries
        .filter(isSlice)
        .map((entry) => entry.name)
        .sort(),
      passedOver: entries
        .filter((entry) => !isSlice(entry))
        .map((entry) => `${entry.name}: ${reason(entry.name, entry.isDirectory())}`)
        .sort(),
    };
  } catch (error) {
    throw fileError('read', folder, error);
  }
}

function reason(name: string, isFolder: boolean): string {
  if (isFolder) return 'a folder';
  return name.startsWith('.') ? 'a hidden file' : 'not named .tif or .tiff';
}
