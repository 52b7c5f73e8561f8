import { viewerState, type ViewerScene } from '../../shared/precomputed/viewer-link';

/** Neuroglancer's JSON. */
export type ViewerState = Readonly<Record<string, unknown>>;

interface LayerState {
  readonly name: string;
  readonly source?: unknown;
  readonly segments?: unknown;
}

/**
 * The state of a scene as it was looked at before: place, zoom, layout, and how its layers were shown. Layers are told
 * apart by their names; where they come from is the scene's.
 * @param selectsAnew whether the scene's segments are selected where none were
 */
export function sceneState(
  scene: ViewerScene,
  before: ViewerState | undefined,
  selectsAnew = false,
): ViewerState {
  const fresh = viewerState(scene);
  if (before === undefined) return fresh;
  const known = layersOf(before);
  const wanted = layersOf(fresh);
  const merged = wanted.map((layer) => {
    const old = known.find(({ name }) => name === layer.name);
    if (old === undefined) return layer;
    const segments = selectsAnew && !hasSegments(old) ? layer.segments : old.segments;
    return { ...layer, ...old, source: layer.source, ...(segments === undefined ? {} : { segments }) };
  });
  const order = (name: string) => {
    const at = known.findIndex((layer) => layer.name === name);
    return at === -1 ? known.length : at;
  };
  merged.sort((a, b) => order(a.name) - order(b.name));
  return { ...fresh, ...before, layers: merged };
}

function hasSegments({ segments }: LayerState): boolean {
  return Array.isArray(segments) && segments.length > 0;
}

export function layersOf(state: ViewerState): LayerState[] {
  const { layers } = state;
  if (!Array.isArray(layers)) return [];
  return layers.filter(
    (layer): layer is LayerState =>
      typeof layer === 'object' && layer !== null && 'name' in layer && typeof layer.name === 'string',
  );
}
