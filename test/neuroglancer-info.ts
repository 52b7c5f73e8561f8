/**
 * Neuroglancer's own reading of a volume's `info`. Its module is made for browsers, and asks for their classes when
 * it is loaded, though not when it parses: here stand-ins do for them.
 */
const BROWSER_GLOBALS = [
  'document',
  'Element',
  'HTMLElement',
  'localStorage',
  'location',
  'matchMedia',
  'MutationObserver',
  'Node',
  'ResizeObserver',
  'self',
  'WebGL2RenderingContext',
  'window',
  'Worker',
];

/** Can be called, constructed and asked for any property, and gives itself each time. */
const standIn: unknown = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === Symbol.iterator ? undefined : standIn),
  apply: () => standIn,
  construct: () => standIn as object,
});

const added = BROWSER_GLOBALS.filter((name) => !(name in globalThis));
for (const name of added) Reflect.set(globalThis, name, standIn);
const frontend = await import('neuroglancer/unstable/datasource/precomputed/frontend.js');
for (const name of added) Reflect.deleteProperty(globalThis, name);

/** @throws an Error that says what is wrong */
export const { parseMultiscaleVolumeInfo } = frontend;
