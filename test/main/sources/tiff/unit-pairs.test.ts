import { deflateSync, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { UnitPairs, type PendingUnit } from '../../../../src/main/sources/tiff/unit-pairs';
import { inflateTwoZlib } from '../../../../src/shared/deflate/inflate';

/** Units of a content each, and what was decoded so far: the content if it was unpacked before, else its length. */
function unitsOf(...contents: readonly string[]) {
  const decoded: (string | number)[] = [];
  const units = contents.map((content): PendingUnit => ({
    stream: deflateSync(content),
    lengthBytes: content.length,
    decode: (_, unpacked) => decoded.push(unpacked ? Buffer.from(unpacked).toString() : content.length),
  }));
  return { units, decoded };
}

test('units are unpacked two at a time, and the one that is left at the end', () => {
  const { units, decoded } = unitsOf('grey', 'values', 'of', 'five', 'slices');
  const pairs = new UnitPairs();
  for (const unit of units) pairs.add(unit, inflateTwoZlib);
  expect(decoded).toEqual(['grey', 'values', 'of', 'five']);
  pairs.end();
  pairs.end();
  expect(decoded).toEqual(['grey', 'values', 'of', 'five', 'slices'.length]);
});

test('of two units of which one is damaged, both are decoded by themselves', () => {
  const { units, decoded } = unitsOf('grey', 'values');
  const pairs = new UnitPairs();
  for (const unit of units) pairs.add({ ...unit, stream: unit.stream.subarray(0, 5) }, inflateTwoZlib);
  expect(decoded).toEqual(['grey'.length, 'values'.length]);
});

test('large units, and those of other compressions, wait for none', () => {
  const { units, decoded } = unitsOf('a', 'b'.repeat(2 ** 20 + 1), 'c');
  const pairs = new UnitPairs();
  for (const [i, unit] of units.entries()) pairs.add(unit, i === 0 ? undefined : inflateTwoZlib);
  expect(decoded).toEqual([1, 2 ** 20 + 1]);
  pairs.end();
  expect(decoded).toEqual([1, 2 ** 20 + 1, 1]);
});

test('a unit that waits keeps its bytes when the memory that they were read to is used again', () => {
  const decoded: string[] = [];
  const pairs = new UnitPairs();
  const read = Buffer.from(new Uint8Array([0, ...deflateSync('first')]));
  const decode = (stream: Uint8Array, unpacked?: Uint8Array) => {
    decoded.push(Buffer.from(unpacked ?? inflateSync(stream)).toString());
  };
  pairs.add({ stream: read.subarray(1), lengthBytes: 5, decode }, inflateTwoZlib);
  pairs.leave(read.buffer);
  read.fill(7);
  pairs.end();
  expect(decoded).toEqual(['first']);
});
