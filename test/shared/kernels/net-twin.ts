import { vec3, type Vec3 } from '../../../src/shared/base/vec3';

type LabelAt = (x: number, y: number, z: number) => number;

const AXES = [0, 1, 2] as const;
const STRENGTH = Math.fround(0.9);

interface Corner {
  readonly place: Vec3;
  /** The corners to which it is drawn, those on the lower side of each axis first. */
  readonly drawn: readonly Vec3[];
  readonly strength: number;
  /** How far it may go along each axis; 0 on the faces of the volume. */
  readonly most: Vec3;
}

/**
 * The positions of the vertices of a relaxed net in steps, found slowly. Precondition: at no corner of voxels do two
 * parts of a surface meet by a point or an edge alone.
 */
export function relaxedCorners(labelAt: LabelAt, size: Vec3): string[] {
  const label = (p: Vec3): number => (p.every((c, i) => c >= 0 && c < (size[i] ?? 0)) ? labelAt(...p) : 0);
  const corners = new Map<string, Corner>();
  for (let z = 0; z <= size[2]; z++)
    for (let y = 0; y <= size[1]; y++)
      for (let x = 0; x <= size[0]; x++) {
        const corner = cornerAt([x, y, z], label, size);
        if (corner !== undefined) corners.set(String([x, y, z]), corner);
      }
  const zero = new Map([...corners.keys()].map((key): [string, Vec3] => [key, [0, 0, 0]]));
  const clamped = (moves: ReadonlyMap<string, Vec3>) =>
    new Map(
      [...moves].map(([key, move]): [string, Vec3] => {
        const most = corners.get(key)?.most ?? [0, 0, 0];
        return [key, vec3((i) => Math.max(-most[i], Math.min(most[i], move[i])))];
      }),
    );
  const smoothed = (from: ReadonlyMap<string, Vec3>, withCorners: boolean) => {
    let moves = from;
    for (let round = 0; round < 4; round++)
      moves = new Map([...corners].map(([key, corner]) => [key, step(corner, moves, withCorners)]));
    return moves;
  };
  // Twicing: what smoothing has taken away is smoothed too, and added.
  const half = clamped(smoothed(zero, true));
  const lost = smoothed(new Map([...half].map(([key, move]) => [key, vec3((i) => -move[i])])), false);
  const whole = clamped(
    new Map(
      [...half].map(([key, move]) => [key, vec3((i) => Math.fround(move[i] + (lost.get(key)?.[i] ?? 0)))]),
    ),
  );
  return [...whole].map(([key, move]) => {
    const place = corners.get(key)?.place ?? [0, 0, 0];
    return String(vec3((i) => 256 * place[i] + halfToEven(256 * move[i])));
  });
}

function step(
  { place, drawn, strength, most }: Corner,
  moves: ReadonlyMap<string, Vec3>,
  withCorners: boolean,
): Vec3 {
  const own = moves.get(String(place)) ?? [0, 0, 0];
  const share = Math.fround(1 / drawn.length);
  return vec3((i) => {
    if (most[i] === 0) return own[i];
    const sum = drawn.reduce((so, far) => Math.fround(so + (moves.get(String(far))?.[i] ?? 0)), 0);
    const ways = drawn.reduce((so, far) => so + far[i] - place[i], 0);
    const mean = Math.fround(Math.fround(sum * share) + (withCorners ? Math.fround(ways * share) : 0));
    return Math.fround(own[i] + Math.fround(Math.fround(mean - own[i]) * strength));
  });
}

/** Returns nothing if the eight voxels around a corner have one label. */
function cornerAt(place: Vec3, label: (p: Vec3) => number, size: Vec3): Corner | undefined {
  const edges = AXES.flatMap((axis) =>
    [-1, 1].map((sign) => ({
      to: vec3((i) => place[i] + (i === axis ? sign : 0)),
      faces: facesAround(place, axis, sign, label),
    })),
  ).filter(({ faces }) => faces > 0);
  if (edges.length === 0) return undefined;
  const lines = edges.filter(({ faces }) => faces > 2);
  const drawn = (lines.length > 0 ? lines : edges).map(({ to }) => to);
  const isEnd = lines.length > 0 && lines.length !== 2;
  return {
    place,
    drawn,
    strength: isEnd ? STRENGTH / 2 : STRENGTH,
    most: vec3((axis) => {
      if (place[axis] === 0 || place[axis] === size[axis]) return 0;
      return (isThin(place, axis, label) ? 63 : 127) / 256;
    }),
  };
}

/** The number of faces that meet in an edge: how many of the four voxels around it differ from the next one. */
function facesAround(place: Vec3, axis: 0 | 1 | 2, sign: number, label: (p: Vec3) => number): number {
  const [a, b] = AXES.filter((other) => other !== axis);
  const voxels = (
    [
      [-1, -1],
      [0, -1],
      [0, 0],
      [-1, 0],
    ] as const
  ).map(([inA, inB]) =>
    label(vec3((i) => place[i] + (i === axis ? (sign - 1) / 2 : i === a ? inA : i === b ? inB : 0))),
  );
  return voxels.filter((voxel, i) => voxel !== voxels[(i + 1) % 4]).length;
}

/** Reports whether a voxel at one of the corner's faces across an axis differs from both its neighbours. */
function isThin(place: Vec3, axis: 0 | 1 | 2, label: (p: Vec3) => number): boolean {
  const [a, b] = AXES.filter((other) => other !== axis);
  return [0, 1, 2, 3].some((which) => {
    const at = (along: number) =>
      label(
        vec3(
          (i) => place[i] + (i === axis ? along : i === a ? (which & 1) - 1 : i === b ? (which >> 1) - 1 : 0),
        ),
      );
    return at(-1) !== at(0) && (at(-2) !== at(-1) || at(0) !== at(1));
  });
}

function halfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
