import type { ManagedUserLayer, UserLayer } from 'neuroglancer/unstable/layer/index.js';
import { NOT_SELECTED_SHARE } from '../../shared/precomputed/viewer-link';
import type { ShownLayer, ViewerRequest } from './protocol';
import { isSegmentationLayer, segmentColours, selectedSegments } from './segmentation-layer';

/** A thing with an opacity. */
interface Alpha {
  value: number;
}

/** Describes a layer as the app lists it. */
export function describeLayer({ name, visible, layer }: ManagedUserLayer): ShownLayer {
  return {
    name,
    type: layer?.type ?? '',
    isVisible: visible,
    opacity: (layer && opacityOf(layer)?.value) ?? 1,
    segments: layer ? selectedSegments(layer) : [],
    colours: layer ? segmentColours(layer) : {},
    onlySelected:
      layer !== null && isSegmentationLayer(layer) && layer.displayState.notSelectedAlpha.value === 0,
  };
}

export function setLayer(
  managed: ManagedUserLayer,
  { isVisible, opacity, onlySelected }: Extract<ViewerRequest, { type: 'set-layer' }>,
): void {
  if (isVisible !== undefined) managed.setVisible(isVisible);
  const { layer } = managed;
  if (!layer) return;
  const alpha = opacityOf(layer);
  if (opacity !== undefined && alpha !== undefined) alpha.value = opacity;
  if (onlySelected !== undefined && isSegmentationLayer(layer)) {
    const { selectedAlpha, notSelectedAlpha } = layer.displayState;
    notSelectedAlpha.value = onlySelected ? 0 : selectedAlpha.value * NOT_SELECTED_SHARE;
  }
}

function opacityOf(layer: UserLayer): Alpha | undefined {
  if (isSegmentationLayer(layer)) return layer.displayState.selectedAlpha;
  return layer.type === 'image' && 'opacity' in layer ? (layer.opacity as Alpha) : undefined;
}
