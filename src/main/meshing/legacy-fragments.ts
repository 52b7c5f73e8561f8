import { indexSoup } from '../../shared/kernels/triangle-soup';
import { encodeLegacyFragment } from '../../shared/precomputed/legacy-mesh';
import { latticeToNm } from './lattice';
import type { MeshSettings } from './mesh-settings';
import { joined, partOf, triangleCount, type SurfaceParts } from './surface-parts';

/** A surface with more triangles than this gets several fragments, because it might not fit into memory. */
const FRAGMENT_TRIANGLES = 250_000;

/** Yields the fragments of a label in the single-resolution format: one, except for huge labels. */
export function* legacyFragments(finest: SurfaceParts, settings: MeshSettings): Generator<Uint8Array> {
  const fragments = triangleCount(finest) <= FRAGMENT_TRIANGLES ? [partOf(joined(finest))] : finest;
  for (const fragment of fragments) {
    const mesh = indexSoup(fragment.read());
    const positions = new Float32Array(mesh.positions.length);
    for (let i = 0; i < positions.length; i += 3) {
      const { positions: p } = mesh;
      positions.set(latticeToNm([p[i] ?? 0, p[i + 1] ?? 0, p[i + 2] ?? 0], settings), i);
    }
    yield encodeLegacyFragment({ positions, triangles: mesh.triangles });
  }
}
