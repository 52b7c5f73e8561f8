import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lastName } from '../../shared/api/input-address';
import { layerName } from '../../shared/precomputed/viewer-link';
import { parseVolumeInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { openDataset } from '../engine/dataset/dataset';
import { Journal } from '../engine/run/journal';
import { shownFirst, type ShownFirst } from '../engine/first-view/shown-first';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { openDatasetAt } from './open-dataset-at';
import type { DatasetMounts } from './dataset-mounts';

/** A dataset for the viewer, finished or still being written. */
export interface OpenedPreview extends ShownFirst {
  readonly url: string;
  readonly info: VolumeInfo;
  /** The name of its layer. */
  readonly name: string;
  readonly unfinished: boolean;
}

/** What is shown of a dataset whose segments and values aren't known. */
const NOTHING_FIRST: ShownFirst = { segments: [], segmentColours: {}, ranges: [] };

/** Makes the dataset in `root` readable to the viewer. */
export async function openPreview(root: string, mounts: DatasetMounts): Promise<OpenedPreview> {
  const name = layerName(basename(root));
  // A dataset that is being replaced stays complete until the new one is.
  const written = (await holdsInfo(root)) ? undefined : await unfinishedInfo(root);
  if (written !== undefined) {
    const info = await withoutMissing(root, written);
    const text = JSON.stringify(info);
    const url = mounts.open(root, text, text);
    return { url, info, name, unfinished: true, ...NOTHING_FIRST };
  }
  const dataset = await openDataset(root);
  const { info } = dataset;
  const changed = await stat(join(root, 'info')).catch(() => undefined);
  return {
    url: mounts.open(root, String(changed?.mtimeMs)),
    info,
    name,
    unfinished: false,
    ...(await shownFirst(dataset)),
  };
}

/** Opens a dataset at a web address, from which the viewer reads it directly. */
export async function openRemotePreview(address: string): Promise<OpenedPreview> {
  const { root, info } = await openDatasetAt(address);
  const name = layerName(decodeURIComponent(lastName(root)));
  return { url: root, info, name, unfinished: false, ...NOTHING_FIRST };
}

async function holdsInfo(root: string): Promise<boolean> {
  return (await getUncompressed(new LocalFolder(root), 'info')) !== undefined;
}

/** Returns the info of a dataset whose job is unfinished. Until the job ends, it is in the journal. */
async function unfinishedInfo(root: string): Promise<VolumeInfo | undefined> {
  if (!(await Journal.isIn(root))) return undefined;
  const { info, staged, kind } = await Journal.readRecord(root);
  // If the job works beside a dataset, or on one, that dataset is shown instead.
  if (staged || kind === 'mesh') return undefined;
  return parseVolumeInfo(info, `the unfinished job in ${root}`);
}

/**
 * Removes missing parts from the info, because the viewer refuses a dataset whose meshes or lists aren't where it
 * says.
 */
async function withoutMissing(root: string, info: VolumeInfo): Promise<VolumeInfo> {
  const store = new LocalFolder(root);
  const isThere = async (folder: string | undefined) =>
    folder !== undefined && (await getUncompressed(store, `${folder}/info`)) !== undefined;
  const { mesh, segment_properties, skeletons, ...volume } = info;
  return {
    ...volume,
    ...((await isThere(mesh)) ? { mesh } : {}),
    ...((await isThere(skeletons)) ? { skeletons } : {}),
    ...((await isThere(segment_properties)) ? { segment_properties } : {}),
  };
}
