import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { JsonFile } from '../../../src/main/base/json-file';
import { temporaryFolder } from '../../temporary-folder';

const schema = z.object({ count: z.int() });
const unexpected = (path: string) => expect.unreachable(`set aside as ${path}`);

test('what was saved last is loaded, however many saves there were at once', async () => {
  const path = join(await temporaryFolder(), 'deep', 'settings.json');
  const file = new JsonFile(path, schema);
  expect(await file.load(unexpected)).toBeUndefined();
  await Promise.all(Array.from({ length: 20 }, (_, count) => file.save({ count })));
  expect(await new JsonFile(path, schema).load(unexpected)).toEqual({ count: 19 });
});

test.each(['{"count": 1', '{"count": "one"}', ''])(
  '%j is set aside as it is, not overwritten',
  async (text) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'settings.json');
    await writeFile(path, text);
    let movedTo = '';
    const file = new JsonFile(path, schema);
    expect(await file.load((moved) => (movedTo = moved))).toBeUndefined();
    expect(await readFile(movedTo, 'utf8')).toBe(text);
    await file.save({ count: 2 });
    expect((await readdir(folder)).length).toBe(2);
  },
);
