/**
 * What becomes of a source's voxels before anything else sees them, always in this order: the channel is picked, the
 * volume is cropped, its axes change places and are mirrored; stored numbers become the values that they stand for; then
 * floats become ids, ids become others, and a number is
 * added to them; or, of images, values of a window become those of the output, or double floats single ones.
 */
import { BugError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { AxesView, type AxesSpec } from './axes-view';
import { ChannelView, type ChannelSpec } from './channel-view';
import { CropView, type CropSpec } from './crop-view';
import { FloatView, planSingles, planWholeNumbers, type FloatSpec } from './float-view';
import { IdOffsetView, type IdOffsetSpec } from './id-offset-view';
import { planScale, ScaleView, type ScaleSpec } from './scale-view';
import { readRemapFile } from './remap-file';
import { RemapView, type RemapSpec } from './remap-view';
import { planIdOffset, planRemap } from './id-plan';
import { planAxes, planChannel, planCrop } from './view-plan';
import { requireColours } from './packed-check';
import { planSlices, SlicesView, type SlicesSpec } from './slices-view';
import { VIEW_FORMAT, type ViewHandle } from './source-view';
import { planWindow, WindowView, type WindowSpec } from './window-view';

/** One kind for each class of views; JSON, as it goes to workers. */
type AnyView =
  | SlicesSpec
  | ChannelSpec
  | CropSpec
  | AxesSpec
  | ScaleSpec
  | FloatSpec
  | RemapSpec
  | IdOffsetSpec
  | WindowSpec;

/** Each decides, of the options and of what the views before it give, whether it has something to do. */
const STEPS: readonly ((
  options: OpenOptions,
  metadata: SourceMetadata,
  source: VolumeSource,
) => AnyView | undefined | Promise<AnyView | undefined>)[] = [
  requireColours,
  planSlices,
  planChannel,
  planCrop,
  planAxes,
  planScale,
  planWholeNumbers,
  planRemap,
  planIdOffset,
  (options, _metadata, source) => planWindow(options, source),
  planSingles,
];

/**
 * The source as the options want it; the source itself where they want nothing.
 * @throws InvalidInputError where they don't go with the source, which is closed then
 */
export async function applyViews(source: VolumeSource, options: OpenOptions): Promise<VolumeSource> {
  try {
    let shown = source;
    for (const plan of STEPS) {
      const view = await plan(options, shown.metadata, shown);
      if (view !== undefined) shown = await openView(shown, view);
    }
    return shown;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Opens a view again from its handle, and by `reopen` what it is a view of. */
export async function reopenView(
  handle: SourceHandle,
  reopen: (handle: SourceHandle) => Promise<VolumeSource>,
): Promise<VolumeSource> {
  if (!isViewHandle(handle)) throw new BugError('not a handle of a view');
  return openView(await reopen(handle.source), handle.view);
}

function isViewHandle(handle: SourceHandle): handle is ViewHandle & { readonly view: AnyView } {
  return handle.format === VIEW_FORMAT && typeof handle['view'] === 'object';
}

async function openView(source: VolumeSource, view: AnyView): Promise<VolumeSource> {
  switch (view.kind) {
    case 'slices':
      return new SlicesView(source, view);
    case 'channel':
      return new ChannelView(source, view);
    case 'crop':
      return new CropView(source, view);
    case 'axes':
      return new AxesView(source, view);
    case 'scale':
      return new ScaleView(source, view);
    case 'float':
      return new FloatView(source, view);
    case 'remap':
      return new RemapView(source, view, await readRemapFile(view.path));
    case 'id-offset':
      return new IdOffsetView(source, view);
    case 'window':
      return new WindowView(source, view);
  }
}
