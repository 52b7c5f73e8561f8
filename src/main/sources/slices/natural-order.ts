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
  const [left, right] = [nameParts(a), nameParts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = i % 2 === 0 ? compareTexts(left[i], right[i]) : compareDigits(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareTexts(a = '', b = ''): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Compares numbers of any length by value. Times and ids in names may exceed what a `number` holds exactly. */
function compareDigits(a = '', b = ''): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
