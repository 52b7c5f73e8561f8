import { cross, dot, point, type Point, type Surface } from './mesh-checks';

/** Returns the distance of a point from a surface: the minimum over all triangles. */
export function distance(p: Point, surface: Surface): number {
  let least = Infinity;
  for (let t = 0; t < surface.triangles.length; t += 3) least = Math.min(least, fromTriangle(p, surface, t));
  return least;
}

/**
 * Returns the largest distance of the vertices of one surface from another one, or Infinity if it is more than `reach`.
 * The triangles are looked up by the cells that they may be near to.
 */
export function largestDistance({ positions }: Surface, surface: Surface, reach: number): number {
  const cells = new Map<string, number[]>();
  const cellOf = (x: number): number => Math.floor(x / (4 * reach));
  for (let t = 0; t < surface.triangles.length; t += 3) {
    const corners = [0, 1, 2].map((i) => point(surface.positions, surface.triangles[t + i] ?? 0));
    const [low, high] = [Math.min, Math.max].map((most, side) =>
      [0, 1, 2].map((i) => cellOf(most(...corners.map((c) => c[i as 0])) + (2 * side - 1) * reach)),
    ) as [number[], number[]];
    for (let z = low[2] ?? 0; z <= (high[2] ?? 0); z++) {
      for (let y = low[1] ?? 0; y <= (high[1] ?? 0); y++) {
        for (let x = low[0] ?? 0; x <= (high[0] ?? 0); x++) {
          const key = `${x},${y},${z}`;
          const list = cells.get(key);
          if (list === undefined) cells.set(key, [t]);
          else list.push(t);
        }
      }
    }
  }
  let largest = 0;
  for (let v = 0; v < positions.length / 3; v++) {
    const p = point(positions, v);
    let least = Infinity;
    for (const t of cells.get(p.map(cellOf).join()) ?? [])
      least = Math.min(least, fromTriangle(p, surface, t));
    largest = Math.max(largest, least <= reach ? least : Infinity);
  }
  return largest;
}

/** Source: Ericson, Real-Time Collision Detection, 5.1.5. @param t the index of the triangle's first corner */
function fromTriangle(p: Point, { positions, triangles }: Surface, t: number): number {
  const [a, b, c] = [0, 1, 2].map((i) => point(positions, triangles[t + i] ?? 0)) as [Point, Point, Point];
  const normal = cross(minus(b, a), minus(c, a));
  const area = Math.sqrt(dot(normal, normal));
  const inside =
    area > 0 &&
    [
      [a, b],
      [b, c],
      [c, a],
    ].every(
      ([from, to]) =>
        from !== undefined && to !== undefined && dot(cross(minus(to, from), minus(p, from)), normal) >= 0,
    );
  if (inside) return Math.abs(dot(minus(p, a), normal)) / area;
  return Math.min(segmentDistance(p, a, b), segmentDistance(p, b, c), segmentDistance(p, c, a));
}

function segmentDistance(p: Point, a: Point, b: Point): number {
  const d = minus(b, a);
  const length = dot(d, d);
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, dot(minus(p, a), d) / length));
  const r = minus(p, [a[0] + t * d[0], a[1] + t * d[1], a[2] + t * d[2]]);
  return Math.sqrt(dot(r, r));
}

function minus(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
