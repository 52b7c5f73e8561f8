import type { LabelEntry } from '../../../shared/kernels/label-statistics';
import { Spool } from '../../base/spool';
import { openFolder } from '../../places/local-folder';

/** A label of the volume, and whether it has a mesh. */
export interface ListedLabel extends LabelEntry {
  readonly isMeshed: boolean;
}

/** Encodes labels as JSON, with ids in decimal. */
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

/** Returns an id in decimal as text that sorts like its number. */
export function sortableId(id: string): string {
  return id.padStart(20, '0');
}

/** Reads all labels of the lists in a folder by ascending id, without having them all in memory. */
export async function* readLabelLists(folder: string, lists: number): AsyncGenerator<ListedLabel> {
  const store = openFolder(folder);
  const sorted = new Spool<Row>(([id]) => sortableId(id));
  try {
    for (let list = 0; list < lists; list++) {
      const bytes = await store.get(String(list));
      if (bytes === undefined) continue;
      for (const row of JSON.parse(new TextDecoder().decode(bytes)) as Row[]) await sorted.add(row);
    }
    for await (const [id, voxels, min, max, isMeshed] of sorted) {
      yield { id: BigInt(id), voxels, box: { min, max }, isMeshed };
    }
  } finally {
    await sorted.close();
  }
}
