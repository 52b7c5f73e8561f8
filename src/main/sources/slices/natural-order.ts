/** A name cut into its texts and its numbers: `a01b` is ['a', '01', 'b'], `7` is ['', '7', '']. */
export function nameParts(name: string): string[] {
  return name.split(/(\d+)/);
}

/**
 * Orders names as people do: numbers in them by value, so that z2 comes before z10; texts by code unit, in
 * lower case. Names that differ in leading zeros or case alone compare as 0.
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

/** By value, whatever the length: names hold times and ids beyond what a number keeps exactly. */
function compareDigits(a = '', b = ''): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
