/** Slow, simple measures of surfaces, for tests. Positions are x, y, z one after another, in any unit. */
export interface Surface {
  readonly positions: ArrayLike<number>;
  readonly triangles: ArrayLike<number>;
}

/** Returns the directed edges that lack their opposite, and those that occur twice, as "a>b". */
export function edgeFaults({ triangles }: Surface): { readonly open: string[]; readonly double: string[] } {
  const seen = new Set<string>();
  const double: string[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    for (let i = 0; i < 3; i++) {
      const edge = `${triangles[t + i]}>${triangles[t + ((i + 1) % 3)]}`;
      if (seen.has(edge)) double.push(edge);
      seen.add(edge);
    }
  }
  const open = [...seen].filter((edge) => !seen.has(edge.split('>').reverse().join('>')));
  return { open, double };
}

/** Returns the vertices whose triangles form more than one fan. */
export function splitVertices({ triangles }: Surface): number[] {
  const around = new Map<number, Map<number, number>>();
  for (let t = 0; t < triangles.length; t += 3) {
    for (let i = 0; i < 3; i++) {
      const corner = triangles[t + i] ?? 0;
      const fan = around.get(corner) ?? new Map<number, number>();
      fan.set(triangles[t + ((i + 1) % 3)] ?? 0, triangles[t + ((i + 2) % 3)] ?? 0);
      around.set(corner, fan);
    }
  }
  return [...around].flatMap(([vertex, fan]) => {
    const first = [...fan.keys()][0];
    let length = 1;
    for (let at = first; at !== undefined && length <= fan.size; length++) {
      const next = fan.get(at);
      if (next === first || next === undefined) break;
      at = next;
    }
    return length === fan.size ? [] : [vertex];
  });
}

/** Returns the signed volume; positive if triangles are counter-clockwise when seen from outside. */
export function enclosedVolume({ positions, triangles }: Surface): number {
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((i) => point(positions, triangles[t + i] ?? 0)) as [Point, Point, Point];
    sum += dot(a, cross(b, c));
  }
  return sum / 6;
}

export function bounds({ positions, triangles }: Surface): {
  readonly min: number[];
  readonly max: number[];
} {
  const used = Array.from({ length: triangles.length }, (_, i) => point(positions, triangles[i] ?? 0));
  const axes = [0, 1, 2] as const;
  return {
    min: axes.map((axis) => used.reduce((low, p) => Math.min(low, p[axis]), Infinity)),
    max: axes.map((axis) => used.reduce((high, p) => Math.max(high, p[axis]), -Infinity)),
  };
}

/**
 * Returns the triangles in a canonical form: as the positions of their corners, with the smallest corner first,
 * sorted.
 */
export function canonicalTriangles({ positions, triangles }: Surface): string[] {
  const result: string[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [0, 1, 2].map((i) => point(positions, triangles[t + i] ?? 0).join(','));
    const least = corners.indexOf([...corners].sort()[0] ?? '');
    result.push([0, 1, 2].map((i) => corners[(least + i) % 3]).join(' '));
  }
  return result.sort();
}

export type Point = readonly [number, number, number];

export function point(positions: ArrayLike<number>, vertex: number): Point {
  return [positions[3 * vertex] ?? NaN, positions[3 * vertex + 1] ?? NaN, positions[3 * vertex + 2] ?? NaN];
}

export function cross(a: Point, b: Point): Point {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a: Point, b: Point): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
