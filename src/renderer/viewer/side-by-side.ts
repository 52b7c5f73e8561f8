import type { ManagedUserLayer } from 'neuroglancer/unstable/layer/index.js';

/**
 * Returns Neuroglancer's layout of sections side by side, which move together: one for each segmentation over all
 * images, and one with only the images if there is a single segmentation; without segmentations, one for each image.
 */
export function sideBySide(layers: readonly ManagedUserLayer[]): Readonly<Record<string, unknown>> {
  const namesOf = (type: string) =>
    layers.filter(({ layer }) => layer?.type === type).map(({ name }) => name);
  const [images, segmentations] = [namesOf('image'), namesOf('segmentation')];
  const panels =
    segmentations.length === 0
      ? images.map((image) => [image])
      : segmentations.map((segmentation) => [...images, segmentation]);
  if (segmentations.length === 1 && images.length > 0) panels.unshift(images);
  return {
    type: 'row',
    children: panels.map((names) => ({ type: 'viewer', layers: names, layout: 'xy' })),
  };
}

export function isSideBySide(layout: unknown): boolean {
  return typeof layout === 'object' && layout !== null && 'type' in layout && layout.type === 'row';
}
