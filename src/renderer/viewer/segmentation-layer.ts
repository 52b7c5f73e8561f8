import type { UserLayer } from 'neuroglancer/unstable/layer/index.js';
import type { Uint64Map } from 'neuroglancer/unstable/uint64_map.js';
import type { Uint64Set } from 'neuroglancer/unstable/uint64_set.js';
import {
  packColor,
  parseRGBColorSpecification,
  serializeColor,
  unpackRGB,
} from 'neuroglancer/unstable/util/color.js';
import type { NullarySignal } from 'neuroglancer/unstable/util/signal.js';

/** The used part of Neuroglancer's SegmentationUserLayer, for which its package has no type declarations. */
interface SegmentationLayer {
  readonly displayState: {
    readonly segmentationGroupState: {
      readonly value: { readonly selectedSegments: Uint64Set; readonly visibleSegments: Uint64Set };
    };
    readonly segmentStatedColors: { readonly value: Uint64Map };
    readonly selectedAlpha: { value: number };
    readonly notSelectedAlpha: { value: number };
    readonly segmentSelectionState: { readonly value: bigint | undefined; readonly changed: NullarySignal };
  };
}

export function isSegmentationLayer(layer: UserLayer): layer is UserLayer & SegmentationLayer {
  return layer.type === 'segmentation' && 'displayState' in layer;
}

/** Selects the segments `ids`, in that order; does nothing if they are selected already. */
export function selectSegments(layer: UserLayer, ids: readonly string[]): void {
  if (!isSegmentationLayer(layer)) return;
  const { selectedSegments, visibleSegments } = layer.displayState.segmentationGroupState.value;
  const wanted = new Set(ids.map(BigInt));
  const unwanted = [...selectedSegments].filter((id) => !wanted.has(id));
  const missing = [...wanted].filter((id) => !visibleSegments.has(id));
  if (unwanted.length > 0) selectedSegments.delete(unwanted);
  if (missing.length > 0) visibleSegments.add(missing);
}

/** Returns the visible selected segments as decimal ids, in the order in which they were selected. */
export function selectedSegments(layer: UserLayer): string[] {
  if (!isSegmentationLayer(layer)) return [];
  const { selectedSegments, visibleSegments } = layer.displayState.segmentationGroupState.value;
  return [...selectedSegments].filter((id) => visibleSegments.has(id)).map(String);
}

/** Gives a segment a colour (`#rrggbb`), or its own again. */
export function colourSegment(layer: UserLayer, id: string, colour: string | undefined): void {
  if (!isSegmentationLayer(layer)) return;
  const { value: colours } = layer.displayState.segmentStatedColors;
  if (colour === undefined) colours.delete(BigInt(id));
  else colours.set(BigInt(id), BigInt(packColor(parseRGBColorSpecification(colour))));
}

/** Returns the colours that were chosen for segments, by decimal ids. */
export function segmentColours(layer: UserLayer): Record<string, string> {
  if (!isSegmentationLayer(layer)) return {};
  const { value: colours } = layer.displayState.segmentStatedColors;
  return Object.fromEntries(
    [...colours].map(([id, colour]) => [String(id), serializeColor(unpackRGB(Number(colour)))]),
  );
}

/** Calls back whenever another segment is under the pointer; with undefined if there is none. */
export function watchHover(layer: UserLayer, callback: (id: string | undefined) => void): void {
  if (!isSegmentationLayer(layer)) return;
  const { segmentSelectionState } = layer.displayState;
  layer.registerDisposer(
    segmentSelectionState.changed.add(() => {
      const { value } = segmentSelectionState;
      callback(value === undefined || value === 0n ? undefined : String(value));
    }),
  );
}
