/** Reads metadata about the given array from the groups above it. */
import type { ContainerRef } from '../containers/container';
import { lookInto, upwards } from '../containers/surroundings';
import { parseMultiscale } from './multiscales';
import { ofPyramid, readGroupAttributes, type ZarrNode } from './zarr-hierarchy';

/** Adds the metadata of the OME-Zarr group above, if the given folder is a single array. */
export async function withGroupAbove(node: ZarrNode, ref: ContainerRef): Promise<ZarrNode> {
  const [, parent] = upwards(ref);
  if (node.arrayPath !== '' || parent === undefined) return node;
  const multiscale = await lookInto(parent.ref, async (container) =>
    parseMultiscale(await readGroupAttributes(container, ''), container.place('')),
  );
  const level = multiscale?.levels.findIndex(({ path }) => path === parent.down[0]) ?? -1;
  const found = multiscale?.levels[level];
  if (multiscale === undefined || found === undefined) return node;
  return { ...node, ...ofPyramid(multiscale, found.geometry, '', level) };
}
