/**
 * Wraps a source in the views that the options ask for, always in this order: tiles are joined, stored axes are turned to those
 * that the input names, one channel is selected, the volume is
 * cropped, its axes are swapped and mirrored, and stored numbers are converted to the values that they stand for. In a
 * segmentation, floats are then converted to ids, ids are replaced by a table, and a number is added to them. In an
 * image, the values of an intensity window, or of a range for each slice, are mapped to the output type, or float64 is
 * converted to float32, and int64 to int32.
 */
import { requireTimes } from '../array/points-in-time';
import { BugError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { AxesView, type AxesSpec } from './axes-view';
import { ClaheView, type ClaheSpec } from './clahe-view';
import { ChannelView, type ChannelSpec } from './channel-view';
import { CropView, type CropSpec } from './crop-view';
import { FloatView, planSingles, planWholeNumbers, type FloatSpec } from './float-view';
import { IntegerView, planIntegers, type IntegerSpec } from './integer-view';
import { IdOffsetView, type IdOffsetSpec } from './id-offset-view';
import { planScale, ScaleView, type ScaleSpec } from './scale-view';
import { readRemapFile } from './remap-file';
import { RemapView, type RemapSpec } from './remap-view';
import { MosaicView, planMosaic, type MosaicSpec } from './mosaic-view';
import { planNormalization } from './normalization-plan';
import { SliceRangesView, type SliceRangesSpec } from './slice-ranges-view';
import { planIdOffset, planRemap } from './id-plan';
import { planAxes, planChannel, planCrop, planStoredAxes } from './view-plan';
import { requireColours } from './packed-check';
import { planSlices, SlicesView, type SlicesSpec } from './slices-view';
import { isView, type ViewHandle } from './source-view';
import { planWindow, WindowView, type WindowSpec } from './window-view';

/** The specification of a view, with one kind for each class. It is JSON, because it is sent to workers. */
type AnyView =
  | MosaicSpec
  | SlicesSpec
  | ChannelSpec
  | CropSpec
  | AxesSpec
  | ScaleSpec
  | FloatSpec
  | IntegerSpec
  | RemapSpec
  | IdOffsetSpec
  | WindowSpec
  | SliceRangesSpec
  | ClaheSpec;

/** Each step decides whether a view is needed, from the options and the source with the views before it. */
const STEPS: readonly ((
  options: OpenOptions,
  metadata: SourceMetadata,
  source: VolumeSource,
) => AnyView | undefined | Promise<AnyView | undefined>)[] = [
  requireTimes,
  requireColours,
  planMosaic,
  planSlices,
  planStoredAxes,
  planChannel,
  planCrop,
  planAxes,
  planScale,
  planWholeNumbers,
  planRemap,
  planIdOffset,
  (options, _metadata, source) => planWindow(options, source),
  (options, _metadata, source) => planNormalization(options, source),
  planSingles,
  planIntegers,
];

/**
 * Returns the source with the views that the options ask for, or the source itself if they ask for none.
 * @throws InvalidInputError if an option doesn't fit the source, which is then closed
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

/** Opens a view again from its handle. The source of the view is opened with `reopen`. */
export async function reopenView(
  handle: SourceHandle,
  reopen: (handle: SourceHandle) => Promise<VolumeSource>,
): Promise<VolumeSource> {
  if (!isViewHandle(handle)) throw new BugError('not a handle of a view');
  return openView(await reopen(handle.source), handle.view);
}

function isViewHandle(handle: SourceHandle): handle is ViewHandle & { readonly view: AnyView } {
  return isView(handle) && typeof handle['view'] === 'object';
}

async function openView(source: VolumeSource, view: AnyView): Promise<VolumeSource> {
  switch (view.kind) {
    case 'mosaic':
      return new MosaicView(source, view);
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
    case 'integer':
      return new IntegerView(source, view);
    case 'remap':
      return new RemapView(source, view, await readRemapFile(view.path));
    case 'id-offset':
      return new IdOffsetView(source, view);
    case 'window':
      return new WindowView(source, view);
    case 'slice-ranges':
      return new SliceRangesView(source, view);
    case 'clahe':
      return new ClaheView(source, view);
  }
}
