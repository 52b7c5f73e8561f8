/**
 * Splits a name into texts and numbers in turn: `a01b` becomes ['a', '01', 'b'], `7` becomes ['', '7', '']. Digits of other
 * scripts become 0 to 9.
 */
export function nameParts(name: string): string[] {
  return name.replace(/[^\d\P{Nd}]/gu, digitOf).split(/(\d+)/);
}

/** Unicode has the ten digits of a script one after the other, and scripts side by side begin with a 0. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

/**
 * Compares names in the order that people expect. Numbers are compared by value, so z2 comes before z10. Texts are
 * compared by code unit in lower case. Names that differ only in leading zeros or case compare as 0.
 */
export function compareNaturally(a: string, b: string): number {
  return compareKeys(naturalKey(nameParts(a)), naturalKey(nameParts(b)));
}

/** Returns what {@link compareKeys} compares, from {@link nameParts}: texts in lower case, numbers without leading zeros. */
export function naturalKey(parts: readonly string[]): string[] {
  return parts.map((part, i) => (i % 2 === 0 ? part.toLowerCase() : part.replace(/^0+/, '')));
}

/** Compares names as {@link compareNaturally} does. Numbers of any length are compared by value. */
export function compareKeys(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [a = '', b = ''] = [left[i], right[i]];
    const longer = i % 2 === 0 ? 0 : a.length - b.length;
    if (longer !== 0) return longer;
    if (a !== b) return a < b ? -1 : 1;
  }
  return left.length - right.length;
}
