/**
 * Neuroglancer's state and the links that hold it: `VIEWER/#!STATE`, the state being JSON with the characters
 * percent-encoded that a URL can't hold.
 *
 * Source: Neuroglancer, src/ui/url_hash_binding.ts (the encoding), src/viewer.ts (the state) and
 * src/datasource/precomputed/frontend.ts (channels).
 */
import { vec3, type Vec3 } from '../base/vec3';
import { scaleBoundsNm } from './scale-chunks';
import type { VolumeInfo } from './volume-info';

export const PUBLIC_VIEWER_URL = 'https://neuroglancer-demo.appspot.com';

export const VIEWER_LAYOUTS = ['4panel', 'xy', 'xz', 'yz', '3d', 'xy-3d', 'xz-3d', 'yz-3d'] as const;
export type ViewerLayout = (typeof VIEWER_LAYOUTS)[number];

/** What the viewer is to show. */
export interface ViewerScene {
  /** Address of the folder that holds `info`, as the viewer reaches it. */
  readonly datasetUrl: string;
  readonly type: VolumeInfo['type'];
  /** Name of the layer. */
  readonly name: string;
  /** Size of the voxels that positions and scales count. */
  readonly resolutionNm: Vec3;
  /** Centre of the view, in voxels. */
  readonly position?: Vec3;
  /** Selected segments, by decimal id. */
  readonly segments?: readonly string[];
  readonly channels?: number;
  /** Of an image: what is black and what is white, channel by channel; the range of the type unless given. */
  readonly ranges?: readonly (readonly [low: number, high: number])[];
  /** Voxels (of the finest axis) that one pixel of a cross-section covers. */
  readonly crossSectionScale?: number;
  /** Voxels (of the finest axis) from the lower to the upper edge of the 3-d view. */
  readonly projectionScale?: number;
  readonly layout?: ViewerLayout;
}

/** Pixels that the longest side of a volume takes up at first in a cross-section. */
const FITTED_PIXELS = 400;

/** The whole of a volume, seen from its centre. */
export function sceneOfVolume(info: VolumeInfo, datasetUrl: string, name: string): ViewerScene {
  const [scale] = info.scales;
  if (scale === undefined) return { datasetUrl, type: info.type, name, resolutionNm: [1, 1, 1] };
  const { min, max } = scaleBoundsNm(scale);
  const finest = Math.min(...scale.resolution);
  const extents = vec3((axis) => (max[axis] - min[axis]) / finest);
  return {
    datasetUrl,
    type: info.type,
    name,
    resolutionNm: scale.resolution,
    position: vec3((axis) => scale.voxel_offset[axis] + scale.size[axis] / 2),
    channels: info.num_channels,
    crossSectionScale: roundToTwoDigits(Math.max(...extents) / FITTED_PIXELS),
    projectionScale: roundToTwoDigits(Math.hypot(...extents)),
  };
}

function roundToTwoDigits(value: number): number {
  return Number(value.toPrecision(2));
}

/** The state as Neuroglancer's JSON. */
export function viewerState(scene: ViewerScene): Readonly<Record<string, unknown>> {
  const { position, crossSectionScale, projectionScale } = scene;
  return {
    dimensions: dimensions(scene.resolutionNm),
    ...(position === undefined ? {} : { position }),
    ...(crossSectionScale === undefined ? {} : { crossSectionScale }),
    ...(projectionScale === undefined ? {} : { projectionScale }),
    layers: [layer(scene)],
    selectedLayer: { visible: false, layer: scene.name },
    layout: scene.layout ?? '4panel',
  };
}

/** A link that opens a scene in the viewer at `viewerUrl`. */
export function viewerLink(scene: ViewerScene, viewerUrl: string = PUBLIC_VIEWER_URL): string {
  return `${viewerUrl.replace(/[/#!]*$/, '')}/#!${encodeFragment(JSON.stringify(viewerState(scene)))}`;
}

/** Metres per voxel, by axis. Division gives the float nearest to 1.6e-8, where 16 × 1e-9 need not. */
function dimensions(resolutionNm: Vec3): Readonly<Record<string, readonly [number, string]>> {
  const [x, y, z] = resolutionNm;
  return { x: [x / 1e9, 'm'], y: [y / 1e9, 'm'], z: [z / 1e9, 'm'] };
}

function layer({ type, datasetUrl, name, segments, channels = 1, ranges = [] }: ViewerScene) {
  const source = `precomputed://${datasetUrl.replace(/\/+$/, '')}`;
  if (type === 'image') return { type, source, name, ...imageShader(channels, ranges) };
  return { type, source, name, tab: 'segments', ...(segments?.length ? { segments } : {}) };
}

/**
 * Several channels are shown in colours of their own, up to three of them; one is grey, as by default. Ranges are the
 * first ones of controls that a person can move.
 */
function imageShader(
  channels: number,
  ranges: NonNullable<ViewerScene['ranges']>,
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

/** Percent-encodes as Neuroglancer does, so that its own links and ours are the same. */
function encodeFragment(json: string): string {
  return encodeURI(json).replace(
    /[!'()*;,]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
