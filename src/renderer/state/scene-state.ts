import { viewerState, type ViewerScene } from '../../shared/precomputed/viewer-link';

/** Neuroglancer's JSON. */
export type ViewerState = Readonly<Record<string, unknown>>;

interface LayerState {
  readonly name: string;
  readonly source?: unknown;
  readonly type?: unknown;
  readonly segments?: unknown;
  readonly selectedAlpha?: unknown;
  readonly notSelectedAlpha?: unknown;
}

/**
 * Returns the state of a scene, viewed as before: position, zoom, layout, and the settings of its layers. Layers are
 * matched by name; their sources are the scene's.
 *
 * @param selectsIfNone whether the scene's segments are selected in layers that had none selected
 */
export function sceneState(
  scene: ViewerScene,
  before: ViewerState | undefined,
  selectsIfNone = false,
): ViewerState {
  const fresh = viewerState(scene);
  if (before === undefined) return fresh;
  const known = layersOf(before);
  const wanted = layersOf(fresh);
  // Segments with no image below them are drawn opaque.
  const gainsImage = !known.some(isImage) && wanted.some(isImage);
  const merged = wanted.map((layer) => {
    const old = known.find(({ name }) => name === layer.name);
    if (old === undefined) return layer;
    const segments = selectsIfNone && !hasSegments(old) ? layer.segments : old.segments;
    return {
      ...layer,
      ...old,
      source: layer.source,
      ...(segments === undefined ? {} : { segments }),
      ...(gainsImage ? opacityOf(layer) : {}),
    };
  });
  // A new image goes below all other layers, and any other new layer above.
  const order = (layer: LayerState) => {
    const at = known.findIndex(({ name }) => name === layer.name);
    if (at !== -1) return at;
    return isImage(layer) ? -1 : known.length;
  };
  merged.sort((a, b) => order(a) - order(b));
  return { ...fresh, ...before, layers: merged };
}

/**
 * Returns the state with sources that others can open: the published addresses of its layers.
 *
 * @param urls by layer name
 */
export function publishedState(state: ViewerState, urls: Readonly<Record<string, string>>): ViewerState {
  const layers = layersOf(state).map((layer) => {
    const url = urls[layer.name];
    return url === undefined ? layer : { ...layer, source: withUrl(layer.source, `precomputed://${url}`) };
  });
  return { ...state, layers };
}

/**
 * Replaces the address in a source as Neuroglancer keeps it: a string, or an object or a list if more than the
 * address was changed.
 */
function withUrl(source: unknown, url: string): unknown {
  if (Array.isArray(source)) return source.map((each) => withUrl(each, url));
  return typeof source === 'object' && source !== null ? { ...source, url } : url;
}

/** Returns the addresses that the layers of a state are read from, without `precomputed://`. */
export function datasetUrls(state: ViewerState): string[] {
  return layersOf(state)
    .flatMap(({ source }) => urlsOf(source))
    .map((url) => url.replace(/^precomputed:\/\//, ''));
}

function urlsOf(source: unknown): string[] {
  if (Array.isArray(source)) return source.flatMap(urlsOf);
  if (typeof source === 'object' && source !== null && 'url' in source) return urlsOf(source.url);
  return typeof source === 'string' ? [source] : [];
}

function isImage({ type }: LayerState): boolean {
  return type === 'image';
}

function opacityOf({ selectedAlpha, notSelectedAlpha }: LayerState): Partial<LayerState> {
  return selectedAlpha === undefined ? {} : { selectedAlpha, notSelectedAlpha };
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
