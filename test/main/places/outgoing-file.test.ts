import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attributesOf, outgoingParts } from '../../../src/main/places/outgoing-file';
import { temporaryFolder } from '../../temporary-folder';

test('a file that is written again with the same size while it is sent is not sent mixed', async () => {
  const path = join(await temporaryFolder(), '0.shard');
  await writeFile(path, 'before');
  await utimes(path, 1, 1);
  const changed = () => new Error('it has changed');
  const object = await outgoingParts({ path, sizeBytes: 6, changed }, attributesOf('0.shard'));
  expect(String(await object.read(0, 3))).toBe('bef');
  await writeFile(path, 'AFTER!');
  await expect(object.read(3, 3)).rejects.toThrow('it has changed');
});
