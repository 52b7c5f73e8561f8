import type { LabelEntry } from '../../shared/kernels/label-statistics';
import { LabelStatistics } from '../../shared/kernels/label-statistics';
import { indexSoup, soupOf } from '../../shared/kernels/triangle-soup';
import { encodeLegacyFragment } from '../../shared/precomputed/legacy-mesh';
import { makeLevels, type SurfaceParts } from './label-levels';
import { latticeToNm } from './lattice';
import type { MeshSettings } from './mesh-settings';
import { encodeMultilod, type EncodedMesh } from './multilod-mesh';
import type { PieceSection, SurfacePiece } from './piece-file';

/** A label of a batch with its pieces from all blocks. */
export interface LabelPieces {
  readonly entry: LabelEntry;
  readonly pieces: readonly SurfacePiece[];
}

/** Joins the sections of one batch from all blocks: its labels by ascending id, each with all of its pieces. */
export function joinSections(sections: readonly PieceSection[]): LabelPieces[] {
  const statistics = new LabelStatistics();
  const pieces = new Map<bigint, SurfacePiece[]>();
  for (const section of sections) {
    statistics.merge(LabelStatistics.fromBytes(section.statistics));
    for (const piece of section.pieces) {
      const list = pieces.get(piece.label);
      if (list === undefined) pieces.set(piece.label, [piece]);
      else list.push(piece);
    }
  }
  return [...statistics].map((entry) => ({
    entry,
    pieces: (pieces.get(entry.id) ?? []).sort(
      (a, b) => a.origin[2] - b.origin[2] || a.origin[1] - b.origin[1] || a.origin[0] - b.origin[0],
    ),
  }));
}

function partsOf(pieces: readonly SurfacePiece[]): SurfaceParts {
  return pieces.map(({ positions, triangles, origin }) => soupOf(positions, triangles, origin));
}

/** The mesh of a label in the multi-resolution format. */
export function multilodOf(pieces: readonly SurfacePiece[], settings: MeshSettings): EncodedMesh {
  return encodeMultilod(makeLevels(partsOf(pieces), settings), settings);
}

/** The mesh of a label as a fragment of the single-resolution format. */
export function legacyFragmentOf(pieces: readonly SurfacePiece[], settings: MeshSettings): Uint8Array {
  const [finest = []] = makeLevels(partsOf(pieces), { ...settings, maxLevels: 1 });
  const corners = new Int32Array(finest.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of finest) {
    corners.set(part, offset);
    offset += part.length;
  }
  const mesh = indexSoup(corners);
  const positions = new Float32Array(mesh.positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const { positions: p } = mesh;
    positions.set(latticeToNm([p[i] ?? 0, p[i + 1] ?? 0, p[i + 2] ?? 0], settings), i);
  }
  return encodeLegacyFragment({ positions, triangles: mesh.triangles });
}
