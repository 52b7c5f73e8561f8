/** Kinds of files that are slices of a stack. */
export type SliceKind = 'tiff' | 'image';

const EXTENSIONS: Readonly<Record<SliceKind, RegExp>> = {
  tiff: /\.tiff?$/i,
  image: /\.(png|jpe?g|webp|bmp|gif)$/i,
};

const NOT_NAMED: Readonly<Record<SliceKind, string>> = {
  tiff: 'not named .tif or .tiff',
  image: 'not named as an image (.png, .jpg, .webp, .bmp, .gif)',
};

/** The slices of a folder or an archive, recognised by name. */
export interface NamedSlices {
  /** The kind that the names indicate. The content may be of another kind. */
  readonly namedAs: SliceKind;
  /** The names of the slices, sorted by code unit. */
  readonly names: readonly string[];
  /** All other entries, each with the reason why it is skipped. */
  readonly passedOver: readonly string[];
}

/** The name of a slice, taken apart once, as a stack may have many thousands of slices. */
export interface SliceName {
  readonly name: string;
  /** Its texts and numbers in turn (natural-order.ts). */
  readonly parts: readonly string[];
  /** Whether its number is below zero. */
  readonly isNegative: boolean;
}

export interface NamedEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Returns the slices among the entries of a folder: TIFFs or other images, whichever are more. */
export function slicesAmong(entries: readonly NamedEntry[]): NamedSlices | undefined {
  const namesOf = (kind: SliceKind) => entries.filter((entry) => isNamedAs(kind, entry)).map(nameOf);
  const [tiffs, images] = [namesOf('tiff'), namesOf('image')];
  const [namedAs, names] =
    images.length > tiffs.length ? (['image', images] as const) : (['tiff', tiffs] as const);
  if (names.length === 0) return undefined;
  const passedOver = entries
    .filter((entry) => !isNamedAs(namedAs, entry))
    .map((entry) => `${entry.name}: ${reason(entry, NOT_NAMED[namedAs])}`);
  return { namedAs, names: names.sort(), passedOver: passedOver.sort() };
}

/** Returns the files whose names have no extension, named as TIFFs. The caller must check their content. */
export function filesWithoutExtension(entries: readonly NamedEntry[]): NamedSlices {
  const isOne = ({ name, isFolder }: NamedEntry) => !isFolder && !name.includes('.');
  const passedOver = entries
    .filter((entry) => !isOne(entry))
    .map((entry) => `${entry.name}: ${reason(entry, 'named with an extension, which the slices lack')}`);
  return { namedAs: 'tiff', names: entries.filter(isOne).map(nameOf).sort(), passedOver: passedOver.sort() };
}

/** Reports whether a name has the extension of a slice. */
export function isSliceName(name: string): boolean {
  return Object.values(EXTENSIONS).some((extension) => extension.test(name));
}

/** Returns a name without the extension of a slice. */
export function withoutExtension(name: string): string {
  return Object.values(EXTENSIONS).reduce((rest, extension) => rest.replace(extension, ''), name);
}

function nameOf({ name }: NamedEntry): string {
  return name;
}

/** Reports whether an entry is named as a slice. Hidden files aren't slices: macOS writes `._` files beside real ones. */
function isNamedAs(kind: SliceKind, { name, isFolder }: NamedEntry): boolean {
  return !isFolder && !name.startsWith('.') && EXTENSIONS[kind].test(name);
}

function reason({ name, isFolder }: NamedEntry, other: string): string {
  if (isFolder) return 'a folder';
  return name.startsWith('.') ? 'a hidden file' : other;
}
