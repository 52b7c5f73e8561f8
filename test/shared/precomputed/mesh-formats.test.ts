import fc from 'fast-check';
import { zorder3LessThan } from 'neuroglancer/unstable/util/zorder.js';
import { describe, expect, test } from 'vitest';
import type { Vec3 } from '../../../src/shared/base/vec3';
import {
  decodeLegacyFragment,
  encodeLegacyFragment,
  encodeLegacyManifest,
  legacyManifestName,
} from '../../../src/shared/precomputed/legacy-mesh';
import {
  formatMeshInfo,
  IDENTITY_TRANSFORM,
  parseMeshInfo,
  type MeshInfo,
} from '../../../src/shared/precomputed/mesh-info';
import { decodeMeshManifest, encodeMeshManifest } from '../../../src/shared/precomputed/mesh-manifest';
import { compareZOrder } from '../../../src/shared/precomputed/morton';
import { meshSharding } from '../../../src/shared/precomputed/sharding';

test("the order of nodes is Neuroglancer's", () => {
  const coordinate = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  const position = fc.tuple(coordinate, coordinate, coordinate);
  fc.assert(
    fc.property(position, position, (a: Vec3, b: Vec3) => {
      expect(compareZOrder(a, b) < 0).toBe(zorder3LessThan(...a, ...b));
      expect(Math.sign(compareZOrder(b, a)) + Math.sign(compareZOrder(a, b))).toBe(0);
    }),
    { seed: 1, numRuns: 1000 },
  );
});

describe('a manifest', () => {
  const manifest = {
    chunkShape: [1, 2, 3],
    gridOrigin: [-4, 0.5, 6],
    levels: [
      {
        scale: 8,
        vertexOffset: [0, 0, 0],
        nodes: [
          { position: [0, 0, 0], sizeBytes: 300 },
          { position: [1, 0, 2], sizeBytes: 0 },
        ],
      },
      { scale: 16, vertexOffset: [1, 2, 3], nodes: [{ position: [0, 0, 1], sizeBytes: 70_000 }] },
    ],
  } as const;

  test('has the bytes of the specification', () => {
    const bytes = encodeMeshManifest(manifest);
    const floats = Float32Array.of(1, 2, 3, -4, 0.5, 6);
    const more = Float32Array.of(8, 16, 0, 0, 0, 1, 2, 3);
    const counts = Uint32Array.of(2, 1);
    const nodes = Uint32Array.of(0, 1, 0, 0, 0, 2, 300, 0, 0, 0, 1, 70_000);
    const parts = [floats, Uint32Array.of(2), more, counts, nodes].map(({ buffer }) => [
      ...new Uint8Array(buffer),
    ]);
    expect([...bytes]).toEqual(parts.flat());
    expect(decodeMeshManifest(bytes)).toEqual(manifest);
  });

  test.each([0, 27, 28, 47, 60])('of another length, %i bytes, is refused', (length) => {
    expect(() => decodeMeshManifest(encodeMeshManifest(manifest).slice(0, length))).toThrow('manifest');
  });
});

describe('a legacy fragment', () => {
  const mesh = {
    positions: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, -9.5),
    triangles: Uint32Array.of(2, 1, 0),
  };

  test('has the bytes of the specification', () => {
    const bytes = encodeLegacyFragment(mesh);
    expect([...bytes]).toEqual([
      ...[3, 0, 0, 0],
      ...new Uint8Array(mesh.positions.buffer),
      ...new Uint8Array(mesh.triangles.buffer),
    ]);
    const odd = new Uint8Array(bytes.length + 1);
    odd.set(bytes, 1);
    expect(decodeLegacyFragment(odd.subarray(1))).toEqual(mesh);
  });

  test('that does not fit together is refused', () => {
    const bytes = encodeLegacyFragment(mesh);
    expect(() => decodeLegacyFragment(bytes.slice(0, 3))).toThrow('3 bytes');
    expect(() => decodeLegacyFragment(bytes.slice(0, -4))).toThrow('whole triangles');
    expect(() =>
      decodeLegacyFragment(encodeLegacyFragment({ ...mesh, triangles: Uint32Array.of(0, 1, 3) })),
    ).toThrow('vertex 3 of 3');
  });

  test('is named by a manifest', () => {
    expect(legacyManifestName(2n ** 63n)).toBe('9223372036854775808:0');
    expect(new TextDecoder().decode(encodeLegacyManifest(['a', 'b']))).toBe('{"fragments":["a","b"]}');
  });
});

describe("the meshes' info", () => {
  test('is read as it was written', () => {
    const info: MeshInfo = {
      '@type': 'neuroglancer_multilod_draco',
      vertex_quantization_bits: 10,
      transform: [...IDENTITY_TRANSFORM],
      lod_scale_multiplier: 1,
      sharding: meshSharding(3, 2),
    };
    expect(parseMeshInfo(JSON.parse(formatMeshInfo(info)), 'info')).toEqual(info);
    expect(parseMeshInfo({ '@type': 'neuroglancer_legacy_mesh' }, 'info')['@type']).toBe(
      'neuroglancer_legacy_mesh',
    );
  });

  test('that the viewer rejects is refused', () => {
    expect(() => parseMeshInfo({ '@type': 'other' }, 'mesh/info')).toThrow('mesh/info');
    const info = { '@type': 'neuroglancer_multilod_draco', transform: [], lod_scale_multiplier: 0 };
    expect(() => parseMeshInfo(info, 'mesh/info')).toThrow(
      expect.objectContaining({ details: expect.any(Array) as unknown }),
    );
  });
});
