import { basename, posix } from 'node:path';
import type { Dataset, Group } from 'h5wasm/node';
import type { DescribedDataset } from './hdf5-questions';
import { optional, type LibraryFile } from './hdf5-library';

/** A chain of links isn't longer than this, unless it is a cycle. */
const MOST_LINKS = 16;

export type LinkedDataset = DescribedDataset['otherFiles'][number];

/** Returns what a path leads to in another file, if it or a group above it is an external link, or a soft link to one. */
export function linkOf(opened: LibraryFile, path: string, links = 0): LinkedDataset | undefined {
  // The library fails if it is asked about the root.
  if (path === '') return undefined;
  const parts = path.split('/');
  for (let i = 1; i <= parts.length && links < MOST_LINKS; i++) {
    const here = `/${parts.slice(0, i).join('/')}`;
    const rest = parts.slice(i);
    const link = optional(() => opened.file.get_external_link(here));
    // The library returns no names for other kinds of links.
    if (typeof link?.filename === 'string')
      return { file: link.filename, dataset: [link.obj_path, ...rest].join('/') };
    const target: unknown = optional(() => opened.file.get_link(here));
    if (typeof target === 'string')
      return linkOf(opened, posix.resolve(posix.dirname(here), target, ...rest).slice(1), links + 1);
  }
  return undefined;
}

/** Returns what identifies a dataset or a group: the address of its header, or its path in another file. */
export function addressOf(
  opened: LibraryFile,
  path: string,
  entity: Dataset | Group,
  links = 0,
): number | string {
  const link = linkOf(opened, path);
  if (link === undefined) return headerOf(entity);
  const target = posix.normalize(`/${link.dataset}`).slice(1);
  const here = basename(link.file) === basename(opened.path) ? entityOf(opened, target || '/') : null;
  const { types } = opened;
  const isHere = here instanceof types.Dataset || here instanceof types.Group;
  return isHere && links < MOST_LINKS
    ? addressOf(opened, target, here, links + 1)
    : `${link.file}:/${target}`;
}

/** Returns the address of an object's header, which is what a reference to the object holds. */
export function headerOf(entity: Dataset | Group): number {
  return Number(Buffer.from(entity.create_reference().ref_data).readBigUInt64LE());
}

/** Returns the object at a path, or null if there is none, for example because a link is broken. */
export function entityOf({ file }: LibraryFile, path: string) {
  return optional(() => file.get(path)) ?? null;
}
