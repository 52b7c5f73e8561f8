import type { LabelEntry } from '../../../shared/kernels/label-statistics';
import { openFolder } from '../../places/local-folder';

/** A label of the volume, and whether it has a mesh. */
export interface ListedLabel extends LabelEntry {
  readonly isMeshed: boolean;
}

/** Labels as JSON, ids in decimal. */
export function encodeLabelList(labels: readonly ListedLabel[]): Uint8Array {
  const rows = labels.map(({ id, voxels, box, isMeshed }) => [
    String(id),
    voxels,
    box.min,
    box.max,
    isMeshed,
  ]);
  return new TextEncoder().encode(JSON.stringify(rows));
}

type Row = [
  id: string,
  voxels: number,
  min: LabelEntry['box']['min'],
  max: LabelEntry['box']['max'],
  isMeshed: boolean,
];

/** All labels of the lists in a folder, by ascending id. */
export async function readLabelLists(folder: string, lists: number): Promise<ListedLabel[]> {
  const store = openFolder(folder);
  const labels: ListedLabel[] = [];
  for (let list = 0; list < lists; list++) {
    const bytes = await store.get(String(list));
    if (bytes === undefined) continue;
    const rows = JSON.parse(new TextDecoder().decode(bytes)) as Row[];
    for (const [id, voxels, min, max, isMeshed] of rows) {
      labels.push({ id: BigInt(id), voxels, box: { min, max }, isMeshed });
    }
  }
  return labels.sort((a, b) => (a.id < b.id ? -1 : 1));
}
