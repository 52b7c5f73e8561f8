import { formatCount } from '../../../shared/base/format-quantity';
import { LocalFolder } from '../../places/local-folder';
import type { ProductReport, VerifyContext } from '../verification';
import { readSegmentColumns } from './segment-counts';

/** Reads the list of segments: whether its columns are of one length. */
export async function verifySegments({ dataset }: VerifyContext): Promise<ProductReport | undefined> {
  const { root, info } = dataset;
  const folder = info.segment_properties;
  if (folder === undefined) return undefined;
  const columns = await readSegmentColumns(root, info);
  const store = new LocalFolder(root);
  const isThere = (
    await Promise.all(['info', 'info.gz'].map((name) => store.size(`${folder}/${name}`)))
  ).some((size) => size !== undefined);
  const problem = isThere ? `${folder}/info isn't a list of segments` : `${folder}/info isn't there`;
  return {
    product: 'segments',
    ok: columns !== undefined,
    checked: `a list of ${formatCount(columns?.ids.length ?? 0)}`,
    problems: columns === undefined ? [problem] : [],
    warnings: [],
  };
}
