/**
 * What the app and the document that holds Neuroglancer say to each other. The document has an origin of its
 * own and no powers: the app hands it one end of a MessageChannel, and all else goes through that. Each side
 * checks what it gets against these schemas.
 */
import '../zod-without-eval';
import { z } from 'zod';
import { VIEWER_LAYOUTS } from '../../shared/precomputed/viewer-link';

const vector = z.tuple([z.number(), z.number(), z.number()]).readonly();
const segmentId = z.string().regex(/^\d{1,20}$/);
/** 'side-by-side': a section for each segmentation, all over the same images. */
const layout = z.enum([...VIEWER_LAYOUTS, 'side-by-side']);
export type ShownLayout = z.output<typeof layout>;
const alpha = z.number().min(0).max(1);
/** Neuroglancer's JSON. */
const state = z.record(z.string(), z.unknown());

/** The one message that goes through the window; it brings the port. */
export const CONNECT = 'precomputed-studio-viewer';

/** A layer as it is shown. */
const shownLayerSchema = z.object({
  name: z.string(),
  type: z.string(),
  isVisible: z.boolean(),
  /** Of an image over others, or of the selected segments in sections. */
  opacity: alpha,
  /** Selected segments, in the order in which they were selected; [] of other layers. */
  segments: z.array(segmentId),
  /** Whether sections leave out segments that aren't selected. */
  onlySelected: z.boolean(),
});
export type ShownLayer = z.output<typeof shownLayerSchema>;

/** From the app to the viewer. */
export const viewerRequestSchema = z.discriminatedUnion('type', [
  /** Shows a state in place of what is shown. */
  z.object({ type: z.literal('show'), state }),
  z.object({ type: z.literal('set-segments'), layer: z.string(), segments: z.array(segmentId).readonly() }),
  z.object({
    type: z.literal('set-layer'),
    layer: z.string(),
    isVisible: z.boolean().exactOptional(),
    opacity: alpha.exactOptional(),
    onlySelected: z.boolean().exactOptional(),
  }),
  z.object({ type: z.literal('set-position'), position: vector }),
  z.object({ type: z.literal('set-layout'), layout }),
  /** Takes clicks in sections for two points of a shape, which is drawn; without one, it goes away. */
  z.object({ type: z.literal('mark'), shape: z.enum(['line', 'box']).exactOptional() }),
  /** Neuroglancer's own bars and panels. */
  z.object({ type: z.literal('set-controls'), visible: z.boolean() }),
  /** Asks for every chunk anew: the dataset has grown. */
  z.object({ type: z.literal('reload') }),
  /** Answered by 'screenshot' with the same id once everything in view is loaded; `scale` times as large. */
  z.object({ type: z.literal('screenshot'), id: z.string(), scale: z.number().min(1).max(8) }),
]);

/** From the viewer to the app. */
export const viewerEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The browser has no WebGL 2, so that nothing can be shown; the last event. */
  z.object({ type: z.literal('no-webgl') }),
  z.object({
    type: z.literal('status'),
    status: z.enum(['loading', 'loaded', 'failed']),
    message: z.string().exactOptional(),
  }),
  /** What is looked at, and the state to make a link from; sent after changes, at most some times a second. */
  z.object({
    type: z.literal('view'),
    position: vector.exactOptional(),
    layout: layout.exactOptional(),
    layers: z.array(shownLayerSchema),
    state,
  }),
  /** The segment under the pointer. */
  z.object({ type: z.literal('hover'), segment: segmentId.exactOptional() }),
  /** The points of the shape that is marked, in voxels; one while the other is awaited. */
  z.object({ type: z.literal('marked'), points: z.array(vector).min(1).max(2) }),
  /** Files are dragged over the viewer. */
  z.object({ type: z.literal('drag') }),
  z.object({ type: z.literal('screenshot'), id: z.string(), png: z.instanceof(Blob) }),
]);

export type ViewerRequest = z.output<typeof viewerRequestSchema>;
export type ViewerEvent = z.output<typeof viewerEventSchema>;
