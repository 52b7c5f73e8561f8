import { createHash, type Hash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { isAddress } from '../../shared/api/input-address';
import {
  boxShape,
  boxOfShape,
  intersectBoxes,
  isEmptyBox,
  translateBox,
  type Box,
} from '../../shared/base/box';
import { inLanes } from '../../shared/base/in-lanes';
import { subtract3, vec3, ZERO3, type Vec3 } from '../../shared/base/vec3';
import { fileError, isMissing } from '../base/file-error';
import { openRegularFile } from '../base/regular-file';
import type { ImageHandle } from './images/image-plan';
import { fileDigest, notedDigest } from './slices/file-digest';
import { sliceAt } from './tiff/slice-table';
import type { TiffHandle } from './tiff/stack-plan';
import type { AxesSpec } from './views/axes-view';
import type { CropSpec } from './views/crop-view';
import { isView, type ViewHandle, type ViewSpec } from './views/source-view';
import type { SourceHandle, SourceMetadata } from './volume-source';

/** A part of an input that may change independently of the rest, such as a slice. */
export interface InputPart {
  /** The name of the file, for people. */
  readonly name: string;
  /** Where the part lies in the volume after all views; undefined if it is the whole volume. */
  readonly box?: Box | undefined;
  /** A text that changes with the file's size and with its content in the places that are sampled. */
  readonly digest: string;
}

const FILES_AT_ONCE = 32;
/** The most files of a folder that are hashed, which takes about a second; in a larger folder, the first by name. */
const MOST_FILES = 20_000;

/**
 * Lists the parts of an input, each with a digest that shows whether it is still the same. The digest doesn't depend on
 * paths and times, so the input may be moved, copied and touched. A change is missed if the file keeps its size and the
 * change lies between the pieces that are hashed. For an input at a web address, the digest covers only its metadata.
 * Slices may have been hashed when the stack was opened for the job (slices/file-digest.ts): what changes after that counts as
 * changed when the job is resumed.
 */
export async function lookAtInput(handle: SourceHandle, metadata: SourceMetadata): Promise<InputPart[]> {
  if (isView(handle)) {
    const parts = await lookAtInput(handle.source, metadata);
    return parts.map((part) => inView(part, handle));
  }
  if (isStack(handle)) return partsOfStack(handle);
  const digest = createHash('sha256');
  const [files, folders] = [filesOf(handle), foldersOf(handle)];
  if (files.length + folders.length === 0) digest.update(metadata.fingerprint);
  for (const path of files) digest.update(await digestOfFile(path));
  for (const path of folders) await addFolder(digest, path);
  return [{ name: basename([...files, ...folders][0] ?? metadata.format), digest: digest.digest('hex') }];
}

/** Returns one text for the whole input. A dataset stores it to remember which input it was made from. */
export function fingerprintOf(parts: readonly InputPart[], views: readonly string[]): string {
  const hash = createHash('sha256');
  for (const { digest } of parts) hash.update(`${digest}\n`);
  return [hash.digest('hex'), ...views].join('\n');
}

/** Returns what the views of a source added to its fingerprint, one line per view. */
export function viewsOf({ fingerprint }: SourceMetadata): string[] {
  return fingerprint.split('\n').slice(1);
}

type StackHandle = (TiffHandle | ImageHandle) & { readonly files: { readonly kind: 'folder' } };

function isStack(handle: SourceHandle): handle is StackHandle {
  if (handle.format !== 'tiff' && handle.format !== 'images') return false;
  return (handle as TiffHandle | ImageHandle).files.kind === 'folder';
}

async function partsOfStack(handle: StackHandle): Promise<InputPart[]> {
  const [width, height, depth] = handle.metadata.size;
  const names = Array.from({ length: depth }, (_, z) => filesOfSlice(handle, z));
  const all = [...new Set(names.flat())];
  const digests = new Map<string, string>();
  await inLanes(all, FILES_AT_ONCE, async (name) => {
    const digest = notedDigest(handle.files, name) ?? (await digestOfFile(join(handle.files.path, name)));
    digests.set(name, digest);
  });
  const [only] = all;
  if (all.length === 1 && only !== undefined) return [{ name: only, digest: digests.get(only) ?? '' }];
  return names.map((own, z) => ({
    name: own.join(', '),
    box: { min: [0, 0, z], max: [width, height, z + 1] },
    digest: own.map((name) => digests.get(name)).join(' '),
  }));
}

/** Returns the names of the files that hold the slice at `z`, or none if the slice consists of zeros. */
function filesOfSlice(handle: StackHandle, z: number): string[] {
  if (handle.format === 'images') {
    const name = handle.names[z] ?? null;
    return name === null ? [] : [name];
  }
  const { slices, planes } = handle;
  const names = Array.from({ length: planes }, (_, plane) => sliceAt(slices, z * planes + plane)?.file);
  return [...new Set(names.filter((name) => name !== undefined))];
}

async function digestOfFile(path: string): Promise<string> {
  const file = await openRegularFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  try {
    return await fileDigest(file.sizeBytes, async (offset, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, await file.read(offset, bytes));
    });
  } catch (error) {
    throw fileError('read', path, error);
  } finally {
    await file.close();
  }
}

async function addFolder(hash: Hash, root: string): Promise<void> {
  const paths: string[] = [];
  for await (const path of filesBelow(root, '')) {
    paths.push(path);
    if (paths.length === MOST_FILES) break;
  }
  const digests: string[] = new Array(paths.length);
  await inLanes([...paths.entries()], FILES_AT_ONCE, async ([i, path]) => {
    digests[i] = await digestOfFile(join(root, path));
  });
  for (const [i, path] of paths.entries()) hash.update(`${path}\n${digests[i]}\n`);
}

async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw fileError('list', join(root, folder), error);
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else if (entry.isFile()) yield path;
  }
}

const fileRefSchema = z.object({ path: z.string(), sizeBytes: z.number(), modifiedMs: z.number() });

/** Returns the paths of all files that a handle refers to, at any depth (FileRef in array/random-bytes.ts). */
function filesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const ref = fileRefSchema.safeParse(value);
  if (ref.success) return [ref.data.path];
  return [...new Set(Object.values(value).flatMap((field) => (Array.isArray(field) ? [] : filesOf(field))))];
}

const containerSchema = z.object({
  container: z.object({ kind: z.literal('folder'), path: z.string() }),
  arrayPath: z.string().optional(),
  path: z.string().optional(),
});
const precomputedSchema = z.object({
  format: z.literal('precomputed'),
  root: z.string(),
  scale: z.number(),
  info: z.object({ scales: z.array(z.object({ key: z.string() })) }),
});

function foldersOf(handle: SourceHandle): string[] {
  const container = containerSchema.safeParse(handle);
  if (container.success) {
    const { container: folder, arrayPath, path } = container.data;
    return [join(folder.path, arrayPath ?? path ?? '')];
  }
  const precomputed = precomputedSchema.safeParse(handle);
  if (!precomputed.success || isAddress(precomputed.data.root)) return [];
  const { root, info, scale } = precomputed.data;
  return [join(root, info.scales[scale]?.key ?? '')];
}

/** Moves the box of a part to where it lies in a view of the source. Views that don't move voxels leave it as it is. */
function inView(part: InputPart, { source, view }: ViewHandle): InputPart {
  if (part.box === undefined) return part;
  if (isCrop(view)) {
    const { min } = view.box;
    const box = intersectBoxes(translateBox(part.box, subtract3(ZERO3, min)), boxOfShape(boxShape(view.box)));
    return { ...part, box: isEmptyBox(box) ? { min: ZERO3, max: ZERO3 } : box };
  }
  return isAxes(view) ? { ...part, box: turned(part.box, shownSize(source), view) } : part;
}

function turned({ min, max }: Box, size: Vec3, { from, mirrored }: AxesSpec): Box {
  const range = (axis: 0 | 1 | 2): readonly [number, number] => {
    const [low, high, length] = [min[from[axis]], max[from[axis]], size[from[axis]]];
    return mirrored[axis] ? [length - high, length - low] : [low, high];
  };
  return { min: vec3((axis) => range(axis)[0]), max: vec3((axis) => range(axis)[1]) };
}

/** Returns the size of a stack, or of a view of a stack. */
function shownSize(handle: SourceHandle): Vec3 {
  if (!isView(handle)) return (handle as StackHandle).metadata.size;
  const { source, view } = handle;
  if (isCrop(view)) return boxShape(view.box);
  const size = shownSize(source);
  return isAxes(view) ? vec3((axis) => size[view.from[axis]]) : size;
}

function isCrop(view: ViewSpec): view is CropSpec {
  return view.kind === 'crop';
}

function isAxes(view: ViewSpec): view is AxesSpec {
  return view.kind === 'axes';
}
