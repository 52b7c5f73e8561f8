import { about, named, RESUME } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import type { DataType } from '../../../shared/base/data-type';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { COMPONENTS_FILE } from '../../../shared/precomputed/dataset-files';
import { idStore, pieceGrid, pieceStore, type ComponentPlan } from './component-plan';
import { countComponents, joinPieces, type JoinedComponents } from './join-pieces';
import { newIds, type ComponentRow } from './new-ids';
import type { PieceGrid } from './piece-grid';
import { writeFileTo, type WrittenFile } from '../run/written-file';
import { Journal } from '../run/journal';
import { openFolder } from '../../places/local-folder';

/** A request to join the components of all pieces, give them ids, and write a list of them. */
export interface JoinComponentsRequest {
  readonly plan: ComponentPlan;
  /** Type of the dataset's voxels. */
  readonly dataType: DataType;
  /** The most memory that joining may take. */
  readonly maxBytes: number;
}

export interface JoinComponentsResult {
  readonly bytesWritten: number;
  readonly made: readonly WrittenFile[];
}

/** Bytes for a component of a piece: its node and label, its first voxel and count, its new id, and sorting. */
const BYTES_PER_COMPONENT = 56;
const ROWS_AT_ONCE = 10_000;

export async function joinComponents(request: JoinComponentsRequest): Promise<JoinComponentsResult> {
  const { plan, dataType, maxBytes } = request;
  const [store, grid] = [pieceStore(plan), pieceGrid(plan)];
  const bases = await countComponents(store, grid);
  checkMemory(bases[grid.length] ?? 0, maxBytes);
  const joined = await joinPieces(store, grid, bases, plan.size, plan.connectivity);
  const { ids, rows } = newIds(joined, 2n ** BigInt(8 * bytesPerVoxel(dataType)) - 1n);
  const lists = await writeIds(plan, grid, joined, ids);
  const list = writeList(plan, rows);
  return { bytesWritten: list[1], made: [...lists, list] };
}

function checkMemory(components: number, maxBytes: number): void {
  const bytes = components * BYTES_PER_COMPONENT;
  if (bytes <= maxBytes) return;
  const more = Math.ceil((bytes - maxBytes) / 2 ** 20);
  throw new InvalidInputError(
    say`${about('components')}: ${components} components of pieces are too many to be joined in the available memory.`,
    {
      remedy: say`Allow ${more}MiB more (${named('memory')}) and continue by ${RESUME}.`,
      fields: { code: 'too-little-memory', options: ['memory', 'components'] },
    },
  );
}

async function writeIds(
  plan: ComponentPlan,
  grid: PieceGrid,
  { bases, forest }: JoinedComponents,
  ids: BigUint64Array,
): Promise<WrittenFile[]> {
  const store = idStore(plan);
  const made: WrittenFile[] = [];
  const { parents, lows, highs } = forest;
  for (let piece = 0; piece < grid.length; piece++) {
    const nodes = parents.subarray(bases[piece], bases[piece + 1]);
    const own = BigUint64Array.from(nodes, (root) => ids[root] ?? 0n);
    const words = new Uint32Array(own.buffer);
    const base = bases[piece] ?? 0;
    const isKept = nodes.every(
      (_, i) => words[2 * i] === lows[base + i] && words[2 * i + 1] === highs[base + i],
    );
    const bytes = isKept ? new Uint8Array() : new Uint8Array(own.buffer);
    made.push(await writeFileTo(store, String(piece), bytes));
  }
  return made;
}

/** Writes the list of components; returns its file. */
function writeList({ output, root }: ComponentPlan, rows: Iterable<ComponentRow>): WrittenFile {
  const store = openFolder(root, Journal.scratchFolder(output));
  const object = store.begin(COMPONENTS_FILE);
  const encoder = new TextEncoder();
  try {
    let lines = ['component,id,voxels\n'];
    for (const { component, id, voxels } of rows) {
      lines.push(`${component},${id},${voxels}\n`);
      if (lines.length < ROWS_AT_ONCE) continue;
      object.write(encoder.encode(lines.join('')));
      lines = [];
    }
    object.write(encoder.encode(lines.join('')));
    object.finish();
    return [store.pathOf(COMPONENTS_FILE), object.lengthBytes];
  } catch (error) {
    object.abandon();
    throw error;
  }
}
