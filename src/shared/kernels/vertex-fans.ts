/**
 * The triangles around each vertex v: their other two corners, in turn, are at the indices from `starts[v]` to
 * `starts[v + 1]`.
 */
export interface VertexFans {
  readonly starts: Uint32Array;
  readonly nexts: Uint32Array;
  readonly previous: Uint32Array;
}

export function vertexFans(triangles: Uint32Array, vertexCount: number): VertexFans {
  const starts = new Uint32Array(vertexCount + 1);
  for (const corner of triangles) starts[corner] = (starts[corner] ?? 0) + 1;
  let sum = 0;
  for (let v = 0; v <= vertexCount; v++) starts[v] = sum += starts[v] ?? 0;
  const nexts = new Uint32Array(triangles.length);
  const previous = new Uint32Array(triangles.length);
  for (let t = 0; t < triangles.length; t += 3) {
    let v = triangles[t] ?? 0;
    let next = triangles[t + 1] ?? 0;
    let last = triangles[t + 2] ?? 0;
    for (let corner = 0; corner < 3; corner++) {
      const at = (starts[v] ?? 0) - 1;
      starts[v] = at;
      nexts[at] = next;
      previous[at] = last;
      const turned = v;
      v = next;
      next = last;
      last = turned;
    }
  }
  return { starts, nexts, previous };
}
