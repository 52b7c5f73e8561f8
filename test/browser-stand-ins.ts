/**
 * Neuroglancer's modules are made for browsers and need browser classes when they are loaded, but hardly use them
 * here. Stand-ins replace them.
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

/** Can be called, constructed and asked for any property, and always returns itself. */
const standIn: unknown = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === Symbol.iterator ? undefined : standIn),
  apply: () => standIn,
  construct: () => standIn as object,
});

/** Loads modules while the global names of browsers exist. */
export async function loadWithBrowserNames<T>(load: () => Promise<T>): Promise<T> {
  const added = BROWSER_GLOBALS.filter((name) => !(name in globalThis));
  for (const name of added) Reflect.set(globalThis, name, standIn);
  try {
    return await load();
  } finally {
    for (const name of added) Reflect.deleteProperty(globalThis, name);
  }
}
