/** Colours of segments, as the viewer's states hold them: `#rrggbb`. */

/** Returns a colour of red, green and blue from 0 to `most`, or undefined if one of them isn't. */
export function rgbColour(parts: readonly number[], most: number): string | undefined {
  const rgb = parts.slice(0, 3);
  if (rgb.length < 3 || !rgb.every((part) => part >= 0 && part <= most)) return undefined;
  return `#${rgb.map((part) => hexByte((part / most) * 255)).join('')}`;
}

function hexByte(value: number): string {
  return Math.round(value).toString(16).padStart(2, '0');
}

/** Parses a colour as tables have it: `#ff8000`, `FF8000`, or three numbers up to 255, `[255, 128, 0]`. */
export function parseColour(text: string): string | undefined {
  const hex = /^#?([\da-f]{6})$/i.exec(text.trim())?.[1];
  if (hex !== undefined) return `#${hex.toLowerCase()}`;
  const numbers = /^[[(]?\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)\s*[\])]?$/.exec(text.trim());
  return numbers === null ? undefined : rgbColour(numbers.slice(1).map(Number), 255);
}
