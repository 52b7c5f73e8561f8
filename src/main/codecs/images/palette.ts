/** The colours of an image by index: red, green, blue and alpha, a byte each. */
export interface Palette {
  readonly colours: Uint8Array;
  /** True if some colour isn't opaque. */
  readonly hasAlpha: boolean;
  /** True if red, green and blue are equal in all colours. */
  readonly isGrey: boolean;
}

/**
 * @param entries the colours one after the other, with `step` bytes each
 * @param order the positions of red, green and blue in an entry
 * @param alphas the alphas of the first colours; the others are opaque
 */
export function makePalette(
  entries: Uint8Array,
  step: 3 | 4,
  order: readonly [red: number, green: number, blue: number],
  alphas: Uint8Array = new Uint8Array(0),
): Palette {
  const count = Math.floor(entries.length / step);
  const colours = new Uint8Array(4 * count);
  let isGrey = true;
  for (let i = 0; i < count; i++) {
    const [red = 0, green = 0, blue = 0] = order.map((place) => entries[i * step + place] ?? 0);
    colours.set([red, green, blue, alphas[i] ?? 255], 4 * i);
    isGrey &&= red === green && green === blue;
  }
  return { colours, hasAlpha: alphas.some((alpha) => alpha !== 255), isGrey };
}
