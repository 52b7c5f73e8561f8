/**
 * What the app and the document that holds Neuroglancer say to each other. The document has an origin of its
 * own and no powers: the app hands it one end of a MessageChannel, and all else goes through that. Each side
 * checks what it gets against these schemas.
 */
import { z } from 'zod';
import { VIEWER_LAYOUTS, type ViewerScene } from '../../shared/precomputed/viewer-link';

const vector = z.tuple([z.number(), z.number(), z.number()]).readonly();
const segmentId = z.string().regex(/^\d{1,20}$/);
const layout = z.enum(VIEWER_LAYOUTS);

/** The one message that goes through the window; it brings the port. */
export const CONNECT = 'precomputed-studio-viewer';

const sceneSchema = z.object({
  datasetUrl: z.string(),
  type: z.enum(['image', 'segmentation']),
  name: z.string(),
  resolutionNm: vector,
  position: vector.exactOptional(),
  segments: z.array(segmentId).readonly().exactOptional(),
  channels: z.int().min(1).exactOptional(),
  ranges: z
    .array(z.tuple([z.number(), z.number()]).readonly())
    .readonly()
    .exactOptional(),
  crossSectionScale: z.number().positive().exactOptional(),
  projectionScale: z.number().positive().exactOptional(),
  layout: layout.exactOptional(),
}) satisfies z.ZodType<ViewerScene>;

/** From the app to the viewer. */
export const viewerRequestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), scene: sceneSchema }),
  z.object({ type: z.literal('set-segments'), segments: z.array(segmentId).readonly() }),
  z.object({ type: z.literal('set-position'), position: vector }),
  z.object({ type: z.literal('set-layout'), layout }),
  /** Neuroglancer's own bars and panels. */
  z.object({ type: z.literal('set-controls'), visible: z.boolean() }),
  /** Asks for every chunk anew: the dataset has grown. */
  z.object({ type: z.literal('reload') }),
  /** Answered by 'screenshot' with the same id once everything in view is loaded. */
  z.object({ type: z.literal('screenshot'), id: z.string() }),
]);

/** From the viewer to the app. */
export const viewerEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
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
    segments: z.array(segmentId),
    state: z.record(z.string(), z.unknown()),
  }),
  /** The segment under the pointer. */
  z.object({ type: z.literal('hover'), segment: segmentId.exactOptional() }),
  z.object({ type: z.literal('screenshot'), id: z.string(), png: z.instanceof(Blob) }),
]);

export type ViewerRequest = z.output<typeof viewerRequestSchema>;
export type ViewerEvent = z.output<typeof viewerEventSchema>;
