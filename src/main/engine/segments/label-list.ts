import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LabelEntry } from '../../../shared/kernels/label-statistics';
import { Spool } from '../../base/spool';
import { openFolder } from '../../places/local-folder';

/** A label of the volume, and whether it has a mesh. */
export interface ListedLabel extends LabelEntry {
  readonly isMeshed: boolean;
}

type Row = [
  id: string,
  voxels: number,
  min: LabelEntry['box']['min'],
  max: LabelEntry['box']['max'],
  isMeshed: boolean,
];

/** Encodes labels as lines of JSON, with ids in decimal. A list is any number of such texts, one after another. */
export function encodeLabelList(labels: readonly ListedLabel[]): Uint8Array {
  const lines = labels.map(({ id, voxels, box, isMeshed }) => {
    const row: Row = [String(id), voxels, box.min, box.max, isMeshed];
    return `${JSON.stringify(row)}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

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
      if ((await store.size(String(list))) === undefined) continue;
      const input = createReadStream(store.pathOf(String(list)));
      for await (const line of createInterface({ input })) await sorted.add(JSON.parse(line) as Row);
    }
    for await (const [id, voxels, min, max, isMeshed] of sorted) {
      yield { id: BigInt(id), voxels, box: { min, max }, isMeshed };
    }
  } finally {
    await sorted.close();
  }
}
