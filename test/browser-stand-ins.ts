/**
 * Neuroglancer's modules are made for browsers, and ask for their classes when they are loaded, though not for most of
 * what they do then: here stand-ins do for them.
 */
const BROWSER_GLOBALS = [
  'document',
  'Element',
  'HTMLElement',
  'localStorage',
  'location',
  'matchMedia',
  'MutationObserver',
  'navigator',
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

/** Loads modules while the names of browsers are there. */
export async function loadWithBrowserNames<T>(load: () => Promise<T>): Promise<T> {
  const added = BROWSER_GLOBALS.filter((name) => !(name in globalThis));
  for (const name of added) Reflect.set(globalThis, name, standIn);
  try {
    return await load();
  } finally {
    for (const name of added) Reflect.deleteProperty(globalThis, name);
  }
}
