/**
 * The messages between the app and the document that holds Neuroglancer. The document has its own origin and no
 * privileges: the app hands it one end of a MessageChannel, which carries everything else. Each side checks the
 * messages that it receives against these schemas.
 */
import '../zod-without-eval';
import { z } from 'zod';
import { VIEWER_LAYOUTS } from '../../shared/precomputed/viewer-link';

const vector = z.tuple([z.number(), z.number(), z.number()]).readonly();
const segmentId = z.string().regex(/^\d{1,20}$/);
/** 'side-by-side': a section for each segmentation, all over the same images. */
const layout = z.enum([...VIEWER_LAYOUTS, 'side-by-side']);
export type ShownLayout = z.output<typeof layout>;
/** `#rrggbb`. */
const colour = z.string().regex(/^#[\da-f]{6}$/);
const alpha = z.number().min(0).max(1);
/** Neuroglancer's JSON. */
const state = z.record(z.string(), z.unknown());

/**
 * The number of the scene that is shown. Events about a scene carry it, as one that was sent before another scene was shown may
 * arrive after that.
 */
const scene = z.int();

/** The only message that goes through the window. It carries the port. */
export const CONNECT = 'precomputed-studio-viewer';

/** A layer as it is shown. */
const shownLayerSchema = z.object({
  name: z.string(),
  type: z.string(),
  isVisible: z.boolean(),
  /** Opacity of an image over others, or of the selected segments in sections. */
  opacity: alpha,
  /** Selected segments, in the order in which they were selected; [] for other layers. */
  segments: z.array(segmentId),
  /** The colours that were chosen for segments. */
  colours: z.record(segmentId, colour),
  /** Whether sections hide segments that aren't selected. */
  onlySelected: z.boolean(),
});
export type ShownLayer = z.output<typeof shownLayerSchema>;

/** From the app to the viewer. */
export const viewerRequestSchema = z.discriminatedUnion('type', [
  /** Replaces the state that is shown. */
  z.object({ type: z.literal('show'), scene, state }),
  z.object({ type: z.literal('set-segments'), layer: z.string(), segments: z.array(segmentId).readonly() }),
  /** Without a colour, the segment has its own again. */
  z.object({
    type: z.literal('set-colour'),
    layer: z.string(),
    segment: segmentId,
    colour: colour.exactOptional(),
  }),
  z.object({
    type: z.literal('set-layer'),
    layer: z.string(),
    isVisible: z.boolean().exactOptional(),
    opacity: alpha.exactOptional(),
    onlySelected: z.boolean().exactOptional(),
  }),
  z.object({ type: z.literal('set-position'), position: vector }),
  z.object({ type: z.literal('set-layout'), layout }),
  /**
   * Makes clicks in sections mark two points of a shape, which is drawn. Without a shape, the drawn one is removed.
   */
  z.object({ type: z.literal('mark'), shape: z.enum(['line', 'box']).exactOptional() }),
  /** Shows or hides Neuroglancer's own bars and panels. */
  z.object({ type: z.literal('set-controls'), visible: z.boolean() }),
  /** Loads all chunks again, as the dataset has grown. */
  z.object({ type: z.literal('reload') }),
  /** Answered by 'screenshot' with the same id once everything in view is loaded; `scale` times as large. */
  z.object({ type: z.literal('screenshot'), id: z.string(), scale: z.number().min(1).max(8) }),
]);

/** From the viewer to the app. */
export const viewerEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The browser has no WebGL 2, so nothing can be shown. No other event follows. */
  z.object({ type: z.literal('no-webgl') }),
  z.object({
    type: z.literal('status'),
    scene,
    status: z.enum(['loading', 'loaded', 'failed']),
    message: z.string().exactOptional(),
  }),
  /** The current view, and the state to make a link from. Sent after changes, at most a few times a second. */
  z.object({
    type: z.literal('view'),
    scene,
    position: vector.exactOptional(),
    layout: layout.exactOptional(),
    layers: z.array(shownLayerSchema),
    state,
  }),
  /** The segment under the pointer. */
  z.object({ type: z.literal('hover'), scene, segment: segmentId.exactOptional() }),
  /** The points of the shape that is being marked, in voxels; none once clicks are awaited, one until the second is set. */
  z.object({ type: z.literal('marked'), scene, points: z.array(vector).max(2) }),
  /** Files are dragged over the viewer. */
  z.object({ type: z.literal('drag') }),
  z.object({ type: z.literal('screenshot'), id: z.string(), png: z.instanceof(Blob) }),
]);

export type ViewerRequest = z.output<typeof viewerRequestSchema>;
export type ViewerEvent = z.output<typeof viewerEventSchema>;
