/** The triangles about each vertex v: the other two corners, in turn, stand from `starts[v]` to `starts[v + 1]`. */
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
 * Marks the vertices about which a surface is no manifold: where an edge has two triangles on one side, or
 * where the triangles of a vertex are more than one fan, or two triangles back to back. A fan may be open, at the
 * border of a piece.
 *
 * @param fans of the surface's triangles, which are counter-clockwise
 * @param marks gets 1 for such vertices, else 0
 * @returns the number of marked vertices
 */
export function markNonManifold({ starts, nexts, previous }: VertexFans, marks: Uint8Array): number {
  let marked = 0;
  for (let v = 0; v + 1 < starts.length; v++) {
    const begin = starts[v] ?? 0;
    const end = starts[v + 1] ?? 0;
    const isManifold =
      end === begin || isClosedFan(nexts, previous, begin, end) || isSingleFan(nexts, previous, begin, end);
    marks[v] = isManifold ? 0 : 1;
    if (!isManifold) marked++;
  }
  return marked;
}

/**
 * Finds the vertices at the border of an open surface: those with an edge that has a triangle on one side only.
 *
 * @returns 1 for such vertices, else 0; undefined where there is no border
 */
export function borderVertices({ starts, nexts, previous }: VertexFans): Uint8Array | undefined {
  const vertexCount = starts.length - 1;
  const marks = new Uint8Array(vertexCount);
  let isOpen = false;
  for (let v = 0; v < vertexCount; v++) {
    const begin = starts[v] ?? 0;
    const end = starts[v + 1] ?? 0;
    // An edge that leaves the vertex and has no twin that comes back.
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

/**
 * Whether the triangles (v, nexts[i], previous[i]) link to one closed fan: going from each to the first that follows
 * meets all of them before it comes back, which no edge with two triangles on one side allows.
 */
function isClosedFan(nexts: Uint32Array, previous: Uint32Array, begin: number, end: number): boolean {
  let i = begin;
  for (let linked = begin + 1; linked <= end; linked++) {
    const edge = previous[i];
    i = begin;
    while (i < end && nexts[i] !== edge) i++;
    if (i === end) return false;
    if (i === begin) return linked === end && end - begin > 2;
  }
  return false;
}

/** Whether the triangles (v, nexts[i], previous[i]) link to one open or closed fan, which isn't folded flat. */
function isSingleFan(nexts: Uint32Array, previous: Uint32Array, begin: number, end: number): boolean {
  const isFlat =
    end - begin === 2 && nexts[begin] === previous[begin + 1] && previous[begin] === nexts[begin + 1];
  if (isFlat) return false;
  let first = begin;
  for (let i = begin; i < end; i++) {
    const next = nexts[i];
    for (let j = i + 1; j < end; j++) {
      if (nexts[j] === next || previous[j] === previous[i]) return false;
    }
    let hasBefore = false;
    for (let j = begin; j < end && !hasBefore; j++) hasBefore = previous[j] === next;
    if (!hasBefore) first = i;
  }
  let linked = 1;
  for (let i = first; linked < end - begin; linked++) {
    let following = begin;
    while (following < end && nexts[following] !== previous[i]) following++;
    if (following === end || following === first) return false;
    i = following;
  }
  return true;
}
