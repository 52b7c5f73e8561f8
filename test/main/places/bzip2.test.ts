import { expect, test } from 'vitest';
import { decodeBzip2 } from '../../../src/main/places/bzip2';

/** Made by Python: bz2.compress(b'first ') + bz2.compress(b'') + bz2.compress(b'second'). */
const STREAMS = Buffer.from(
  'QlpoOTFBWSZTWaRjnbsAAACRgEAAASAcACAAIYAMAycu4u5IpwoSFIxzt2BCWmg5F3JFOFCQAAAAAEJaaDkxQVkmU1kmigI0AAACgYAOAYgAIAAiGGgwBwKYXckU4UJAmigI0A==',
  'base64',
);
const TEXT = 'first second';

test('several bzip2 streams one after another are unpacked as one', async () => {
  expect(Buffer.from(await decodeBzip2(STREAMS, TEXT.length)).toString()).toBe(TEXT);
});

test('several streams that unpack to more than is allowed are refused', async () => {
  await expect(decodeBzip2(STREAMS, TEXT.length - 1)).rejects.toThrow();
});

test('what is no bzip2 stream is refused', async () => {
  await expect(decodeBzip2(Buffer.from('no stream'), 100)).rejects.toThrow();
});
