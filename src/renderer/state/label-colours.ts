/**
 * Colours of segments, the same as in Neuroglancer's views, so that a segment can be found again by its colour.
 *
 * Source: Neuroglancer, src/segment_color.ts and src/gpu_hash/hash_function.ts, with the initial seed 0.
 */
type Rgb = readonly [red: number, green: number, blue: number];

/** Parts from 0 to 255. */
export function labelColour(id: bigint): Rgb {
  const hash = mix(mix(0, Number(id & 0xffffffffn)), Number(id >> 32n));
  const hue = (hash & 255) / 255;
  const saturation = 0.5 + ((hash >>> 8) & 255) / 510;
  return rgbOfHsv(hue, saturation).map((part) => Math.round(255 * part)) as [number, number, number];
}

/** Returns the colour as `#rrggbb`. */
export function cssColour(id: string): string {
  return `#${labelColour(BigInt(id))
    .map((part) => part.toString(16).padStart(2, '0'))
    .join('')}`;
}

function mix(state: number, value: number): number {
  let mixed = Math.imul(value, 0xcc9e2d51);
  mixed = Math.imul(rotate(mixed, 15), 0x1b873593);
  return (Math.imul(rotate(state ^ mixed, 13), 5) + 0xe6546b64) >>> 0;
}

function rotate(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** Returns a colour of full brightness. All parts are from 0 to 1. */
function rgbOfHsv(hue: number, saturation: number): Rgb {
  const part = (offset: number) => {
    const place = (offset + hue * 6) % 6;
    return 1 - saturation * Math.max(0, Math.min(place, 4 - place, 1));
  };
  return [part(5), part(3), part(1)];
}
