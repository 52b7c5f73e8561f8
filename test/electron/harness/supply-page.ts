/** Adds the features of current Chromium that the pages use and the Chromium 108 of Electron 22 lacks. */

function supply(target: object, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (name in target) continue;
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}

const copyMethods = {
  toReversed(this: unknown[]) {
    return [...this].reverse();
  },
  toSorted(this: unknown[], compare?: (a: unknown, b: unknown) => number) {
    return [...this].sort(compare);
  },
  toSpliced(this: unknown[], ...parameters: [number, number, ...unknown[]]) {
    const copy = [...this];
    copy.splice(...parameters);
    return copy;
  },
  with(this: unknown[], index: number, value: unknown) {
    const copy = [...this];
    copy[index < 0 ? copy.length + index : index] = value;
    return copy;
  },
};

supply(Array.prototype, copyMethods);
supply(URL, {
  canParse(url: string, base?: string) {
    try {
      return new URL(url, base) instanceof URL;
    } catch {
      return false;
    }
  },
});
supply(Promise, {
  withResolvers() {
    const parts: Record<string, unknown> = {};
    parts['promise'] = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  },
});
