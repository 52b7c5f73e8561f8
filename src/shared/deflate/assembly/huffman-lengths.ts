/** Finds the lengths of Huffman codes for counted symbols, limited to a greatest length. */

const SYMBOL_BITS: u32 = 9;

/** The sorted symbols, each with its count above it; the nodes of the tree; the number of codes of each length. */
const sorted = memory.data(4 * 288);
const nodes = memory.data(4 * 288);
const ofLength = memory.data(4 * 16);

/**
 * Writes the code length of each symbol to `lengths`, a byte each, 0 for a symbol that doesn't occur. At least two
 * symbols get a code: a code of one symbol is incomplete, and some readers refuse it. Counts are below 2^23, and
 * there are at most 288 symbols.
 */
export function huffmanLengths(counts: usize, symbols: u32, limit: u32, lengths: usize): void {
  memory.fill(lengths, 0, symbols);
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = load<u32>(counts + (symbol << 2));
    if (count > 0) store<u32>(sorted + (used++ << 2), (count << SYMBOL_BITS) | symbol);
  }
  for (let symbol: u32 = 0; used < 2; symbol++) {
    if (load<u32>(counts + (symbol << 2)) === 0) store<u32>(sorted + (used++ << 2), symbol);
  }
  sort(used);
  buildTree(used);
  countLengths(used, limit);
  keepToLimit(limit);
  let next = sorted;
  for (let length = limit; length > 0; length--) {
    for (let left = load<u32>(ofLength + (length << 2)); left > 0; left--, next += 4) {
      store<u8>(lengths + (load<u32>(next) & ((1 << SYMBOL_BITS) - 1)), <u8>length);
    }
  }
}

/** Shell sort with Ciura's gaps. */
function sort(count: u32): void {
  for (let gap = firstGap(count); gap > 0; gap = nextGap(gap)) {
    for (let i = gap; i < count; i++) {
      const value = load<u32>(sorted + (i << 2));
      let to = i;
      for (; to >= gap && load<u32>(sorted + ((to - gap) << 2)) > value; to -= gap) {
        store<u32>(sorted + (to << 2), load<u32>(sorted + ((to - gap) << 2)));
      }
      store<u32>(sorted + (to << 2), value);
    }
  }
}

function firstGap(count: u32): u32 {
  let gap: u32 = 132;
  while (gap > 1 && gap >= count) gap = nextGap(gap);
  return gap;
}

function nextGap(gap: u32): u32 {
  return gap > 57 ? 57 : gap > 23 ? 23 : gap > 10 ? 10 : gap > 4 ? 4 : gap > 1 ? 1 : 0;
}

/**
 * Turns the sorted counts into the depths of the tree's inner nodes, the root's last: Moffat and Katajainen, In-Place
 * Calculation of Minimum-Redundancy Codes (1995). Joined nodes are created in sorted order too, so the two smallest
 * nodes are always the next leaf or the next joined node. A joined node's value becomes its parent's index, and later
 * its depth.
 */
function buildTree(leaves: u32): void {
  for (let i: u32 = 0; i < leaves; i++)
    store<u32>(nodes + (i << 2), load<u32>(sorted + (i << 2)) >>> SYMBOL_BITS);
  let leaf: u32 = 0;
  let joined: u32 = 0;
  for (let next: u32 = 0; next < leaves - 1; next++) {
    let sum: u32 = 0;
    for (let child = 0; child < 2; child++) {
      const isJoined =
        joined < next &&
        (leaf >= leaves || load<u32>(nodes + (joined << 2)) < load<u32>(nodes + (leaf << 2)));
      sum += load<u32>(nodes + ((isJoined ? joined : leaf) << 2));
      if (isJoined) store<u32>(nodes + (joined++ << 2), next);
      else leaf++;
    }
    store<u32>(nodes + (next << 2), sum);
  }
  store<u32>(nodes + ((leaves - 2) << 2), 0);
  for (let i = <i32>leaves - 3; i >= 0; i--) {
    const parent = load<u32>(nodes + (i << 2));
    store<u32>(nodes + (i << 2), load<u32>(nodes + (parent << 2)) + 1);
  }
}

/** Counts the leaves at each depth: the children of the nodes above that aren't inner nodes. */
function countLengths(leaves: u32, limit: u32): void {
  memory.fill(ofLength, 0, 4 * 16);
  let node = <i32>leaves - 2;
  let depth: u32 = 0;
  for (let there: u32 = 1; there > 0; depth++) {
    let inner: u32 = 0;
    for (; node >= 0 && load<u32>(nodes + (node << 2)) === depth; node--) inner++;
    const at = ofLength + (min(depth, limit) << 2);
    store<u32>(at, load<u32>(at) + there - inner);
    there = inner << 1;
  }
}

/**
 * Makes room for the codes that were shortened to the limit. In each step a code of the greatest length below the
 * limit becomes two codes that are one bit longer, and one of them replaces a code at the limit.
 */
function keepToLimit(limit: u32): void {
  let taken: u32 = 0;
  for (let length: u32 = 1; length <= limit; length++)
    taken += load<u32>(ofLength + (length << 2)) << (limit - length);
  for (; taken > (<u32>1) << limit; taken--) {
    let length = limit - 1;
    while (load<u32>(ofLength + (length << 2)) === 0) length--;
    addTo(length, -1);
    addTo(length + 1, 2);
    addTo(limit, -1);
  }
}

function addTo(length: u32, codes: i32): void {
  const at = ofLength + (length << 2);
  store<u32>(at, load<u32>(at) + codes);
}
