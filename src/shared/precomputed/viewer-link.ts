/**
 * Neuroglancer's state, and links that contain it: `VIEWER/#!STATE`. The state is JSON, in which characters that a
 * URL can't contain are percent-encoded.
 *
 * Source: Neuroglancer, src/ui/url_hash_binding.ts (the encoding), src/viewer.ts (the state) and
 * src/datasource/precomputed/frontend.ts (channels).
 */
import { vec3, type Vec3 } from '../base/vec3';
import { scaleBoundsNm } from './scale-chunks';
import type { ScaleInfo, VolumeInfo } from './volume-info';

export const PUBLIC_VIEWER_URL = 'https://neuroglancer-demo.appspot.com';

export const VIEWER_LAYOUTS = ['4panel', 'xy', 'xz', 'yz', '3d', 'xy-3d', 'xz-3d', 'yz-3d'] as const;
export type ViewerLayout = (typeof VIEWER_LAYOUTS)[number];

/** A dataset as a layer of the viewer. */
export interface ViewerLayer {
  /** Address of the folder with the dataset's `info`, as the viewer reaches it. */
  readonly datasetUrl: string;
  readonly type: VolumeInfo['type'];
  /** A name that no other layer of the scene has. */
  readonly name: string;
  /** Selected segments, by decimal id. */
  readonly segments?: readonly string[];
  /** Colours of segments as `#rrggbb`, by decimal id. The viewer chooses those of the others. */
  readonly segmentColours?: Readonly<Record<string, string>>;
  readonly channels?: number;
  /**
   * For an image, the values shown as black and as white in each channel. By default they are the range of the data
   * type.
   */
  readonly ranges?: readonly (readonly [low: number, high: number])[];
}

/** The content of the viewer. */
export interface ViewerScene {
  /** The layers from the bottom to the top. */
  readonly layers: readonly ViewerLayer[];
  /** Size of the voxels in which positions and scales are measured. */
  readonly resolutionNm: Vec3;
  /** Centre of the view, in voxels. */
  readonly position?: Vec3;
  /** The number of voxels (of the finest axis) that one pixel of a cross-section covers. */
  readonly crossSectionScale?: number;
  /** The number of voxels (of the finest axis) from the lower to the upper edge of the 3-d view. */
  readonly projectionScale?: number;
  readonly layout?: ViewerLayout;
}

/** A dataset that a scene should contain. */
export interface ShownVolume extends Omit<ViewerLayer, 'type' | 'channels'> {
  readonly info: VolumeInfo;
}

/** The initial length, in pixels, of a volume's longest side in a cross-section. */
const FITTED_PIXELS = 400;
/** The opacity of selected segments above an image and without one. */
const SELECTED_ALPHA = { overImage: 0.5, alone: 1 } as const;
/** The opacity of unselected segments, as a share of that of selected ones. They stay visible but distinct. */
export const NOT_SELECTED_SHARE = 0.35;

/** Returns a scene that shows all of the volumes, seen from their centre: images below, segmentations above them. */
export function sceneOfVolumes(volumes: readonly ShownVolume[]): ViewerScene {
  const ordered = [...volumes].sort((a, b) => depthOf(a) - depthOf(b));
  const layers = ordered.map(({ info, ...layer }) => ({
    ...layer,
    type: info.type,
    channels: info.num_channels,
  }));
  const scales = ordered.flatMap(({ info }) => info.scales.slice(0, 1));
  const finest = scales.reduce<ScaleInfo | undefined>(
    (best, scale) =>
      best !== undefined && Math.min(...best.resolution) <= Math.min(...scale.resolution) ? best : scale,
    undefined,
  );
  if (finest === undefined) return { layers, resolutionNm: [1, 1, 1] };
  const bounds = scales.map(scaleBoundsNm);
  const min = vec3((axis) => Math.min(...bounds.map((box) => box.min[axis])));
  const max = vec3((axis) => Math.max(...bounds.map((box) => box.max[axis])));
  const unit = Math.min(...finest.resolution);
  const extents = vec3((axis) => (max[axis] - min[axis]) / unit);
  return {
    layers,
    resolutionNm: finest.resolution,
    position: vec3((axis) => (min[axis] + max[axis]) / 2 / finest.resolution[axis]),
    crossSectionScale: roundToTwoDigits(Math.max(...extents) / FITTED_PIXELS),
    projectionScale: roundToTwoDigits(Math.hypot(...extents)),
  };
}

/** Returns the name of a dataset's layer: that of its folder without the suffix that the app suggests for outputs. */
export function layerName(folder: string): string {
  return folder.replace(/(?<=.)-precomputed(?=(-\d+)?$)/, '');
}

/** Returns the names, with numbers appended to repeated ones, because the viewer identifies layers by their names. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name} ${number}`;
    taken.add(free);
    return free;
  });
}

function depthOf({ info }: ShownVolume): number {
  return info.type === 'image' ? 0 : 1;
}

function roundToTwoDigits(value: number): number {
  return Number(value.toPrecision(2));
}

/** Returns the state as Neuroglancer's JSON. */
export function viewerState(scene: ViewerScene): Readonly<Record<string, unknown>> {
  const { position, crossSectionScale, projectionScale, layers } = scene;
  const topmost = layers.at(-1);
  const hasImage = layers.some(({ type }) => type === 'image');
  return {
    dimensions: dimensions(scene.resolutionNm),
    ...(position === undefined ? {} : { position }),
    ...(crossSectionScale === undefined ? {} : { crossSectionScale }),
    ...(projectionScale === undefined ? {} : { projectionScale }),
    layers: layers.map((layer) => layerState(layer, hasImage)),
    ...(topmost === undefined ? {} : { selectedLayer: { visible: false, layer: topmost.name } }),
    layout: scene.layout ?? '4panel',
  };
}

/** Returns a link that opens a scene in the viewer at `viewerUrl`. */
export function viewerLink(scene: ViewerScene, viewerUrl: string = PUBLIC_VIEWER_URL): string {
  return stateLink(viewerState(scene), viewerUrl);
}

/** Returns a link that opens a state (Neuroglancer's JSON) in the viewer at `viewerUrl`. */
export function stateLink(state: Readonly<Record<string, unknown>>, viewerUrl: string): string {
  return `${viewerUrl.replace(/[/#!]*$/, '')}/#!${encodeFragment(JSON.stringify(state))}`;
}

/** Metres per voxel on each axis. Division gives the float nearest to 1.6e-8, whereas 16 × 1e-9 may not. */
function dimensions(resolutionNm: Vec3): Readonly<Record<string, readonly [number, string]>> {
  const [x, y, z] = resolutionNm;
  return { x: [x / 1e9, 'm'], y: [y / 1e9, 'm'], z: [z / 1e9, 'm'] };
}

function layerState(
  { type, datasetUrl, name, segments, segmentColours = {}, channels = 1, ranges = [] }: ViewerLayer,
  overImage: boolean,
) {
  const source = `precomputed://${datasetUrl.replace(/\/+$/, '')}`;
  if (type === 'image') return { type, source, name, ...imageShader(channels, ranges) };
  const selectedAlpha = SELECTED_ALPHA[overImage ? 'overImage' : 'alone'];
  return {
    type,
    source,
    name,
    tab: 'segments',
    selectedAlpha,
    notSelectedAlpha: selectedAlpha * NOT_SELECTED_SHARE,
    ...(segments?.length ? { segments } : {}),
    ...(Object.keys(segmentColours).length > 0 ? { segmentColors: segmentColours } : {}),
  };
}

/**
 * Returns a shader that shows each of several channels, up to three, in its own colour. A single channel is grey, as
 * by default. The ranges are the initial values of controls that the user can move.
 */
function imageShader(
  channels: number,
  ranges: NonNullable<ViewerLayer['ranges']>,
): { readonly shader?: string } {
  const names = channels === 1 ? ['normalized'] : ['red', 'green', 'blue'].slice(0, channels);
  if (channels === 1 && ranges.length === 0) return {};
  const controls = names.map((name, channel) => {
    const range = ranges[channel];
    const places = channels === 1 ? [] : [`channel=${channel}`];
    const shown = range === undefined ? [] : [`range=[${range[0]}, ${range[1]}]`];
    return `#uicontrol invlerp ${name}(${[...places, ...shown].join(', ')})`;
  });
  const components = [0, 1, 2].map((i) => (i < names.length ? `${names[i] ?? ''}()` : '0.0'));
  const emit = channels === 1 ? 'emitGrayscale(normalized())' : `emitRGB(vec3(${components.join(', ')}))`;
  return { shader: [...controls, `void main() { ${emit}; }`].join('\n') };
}

/** Percent-encodes the same characters as Neuroglancer, so that its own links and ours are the same. */
function encodeFragment(json: string): string {
  return encodeURI(json).replace(
    /[!'()*;,]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
