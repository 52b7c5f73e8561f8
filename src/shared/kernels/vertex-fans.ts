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

/**
 * Finds the vertices at the border of an open surface: those with an edge that has a triangle only on one side.
 *
 * @returns 1 for such vertices and 0 for others, or undefined if there is no border
 */
export function borderVertices({ starts, nexts, previous }: VertexFans): Uint8Array | undefined {
  const vertexCount = starts.length - 1;
  const marks = new Uint8Array(vertexCount);
  let isOpen = false;
  for (let v = 0; v < vertexCount; v++) {
    const begin = starts[v] ?? 0;
    const end = starts[v + 1] ?? 0;
    // Such an edge leaves the vertex without a twin that comes back.
    for (let i = begin; i < end; i++) {
      const next = nexts[i] ?? 0;
      let twin = begin;
      while (twin < end && previous[twin] !== next) twin++;
      if (twin < end) continue;
      marks[v] = marks[next] = 1;
      isOpen = true;
    }
  }
  return isOpen ? marks : undefined;
}
