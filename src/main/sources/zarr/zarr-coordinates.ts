import { z } from 'zod';
import { isStudioError } from '../../../shared/base/errors';
import { coordinatesOf, MOST_POSITIONS, type Coordinates } from '../array/coordinates';
import type { Container } from '../containers/container';
import { openZarrArray } from './open-zarr-array';
import { join, type ZarrNode } from './zarr-hierarchy';

const unitsSchema = z.object({ units: z.string() });

/**
 * Returns the coordinates of the axes x, y and z as xarray writes them: in an array of one axis beside the volume, which has the
 * name of the axis. Axes without such an array are undefined. Those whose array isn't of numbers or can't be decoded have
 * no positions, since the volume can be read without them.
 */
export function coordinatesBeside(
  node: ZarrNode,
  nodes: readonly ZarrNode[],
  container: Container,
): Promise<(Coordinates | undefined)[]> {
  const group = node.arrayPath.split('/').slice(0, -1);
  return Promise.all(
    node.shape.map(async (length, axis) => {
      const name = node.axes?.[axis];
      const path = join(...group, name ?? '');
      const beside = nodes.find(
        ({ arrayPath, shape }) => arrayPath === path && shape.join() === String(length),
      );
      if (name === undefined || !/^[xyz]$/i.test(name) || beside === undefined || length > MOST_POSITIONS)
        return undefined;
      const units = unitsSchema.safeParse(beside.attributes).data?.units;
      try {
        return coordinatesOf(name, units, await valuesOf(beside, container));
      } catch (error) {
        if (!isStudioError(error) || !['invalid-input', 'unsupported'].includes(error.tag)) throw error;
        return { name, units, isEven: false };
      }
    }),
  );
}

async function valuesOf({ arrayPath, version }: ZarrNode, container: Container): Promise<number[]> {
  const array = await openZarrArray(container, arrayPath, version);
  const [length = 0] = array.shape;
  const [edge = 1] = array.chunkShape;
  const values: number[] = [];
  for (let i = 0; i * edge < length; i++) {
    const data = (await array.readChunk([i]))?.data ?? [];
    // A chunk may have more values than a call takes arguments.
    for (let j = 0; j < Math.min(edge, length - i * edge); j++) values.push(Number(data[j] ?? 0));
  }
  return values;
}
