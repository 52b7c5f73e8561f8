import type { Locator } from 'playwright-core';

/** A position in a picture, in pixels from its centre: x to the right, y down. */
export type Place = readonly [x: number, y: number];
export type Colour = readonly [red: number, green: number, blue: number];

/** The pixels of an element on the screen, with four parts of 8 bits each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Buffer;
}

export async function pictureOf(element: Locator): Promise<Picture> {
  const png = (await element.screenshot()).toString('base64');
  const { width, height, rgba } = await element.page().evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(image, 0, 0);
    const data = context?.getImageData(0, 0, width, height).data ?? [];
    let text = '';
    for (const byte of data) text += String.fromCharCode(byte);
    return { width, height, rgba: btoa(text) };
  }, png);
  return { width, height, rgba: Buffer.from(rgba, 'base64') };
}

export function colourAt({ width, height, rgba }: Picture, [x, y]: Place): Colour {
  const at = 4 * (Math.floor(height / 2 + y) * width + Math.floor(width / 2 + x));
  return [rgba[at] ?? NaN, rgba[at + 1] ?? NaN, rgba[at + 2] ?? NaN];
}

/** Counts the pixels that have a colour's hue in any brightness. */
export function countOfHue({ rgba }: Picture, colour: Colour): number {
  const [red, green, blue] = colour;
  const length = Math.hypot(red, green, blue);
  let count = 0;
  for (let at = 0; at < rgba.length; at += 4) {
    const [r = 0, g = 0, b = 0] = rgba.subarray(at, at + 3);
    const brightness = Math.hypot(r, g, b);
    const cosine = (r * red + g * green + b * blue) / (brightness * length);
    if (brightness > 60 && cosine > 0.999) count++;
  }
  return count;
}
