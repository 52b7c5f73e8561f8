import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkIdsFile, writeIdsFile } from '../../../../src/main/engine/segments/ids-file';
import { temporaryFolder } from '../../../temporary-folder';

const HEAD = 'id,voxels,mesh,min_x,min_y,min_z,max_x,max_y,max_z,volume_um3\n';

describe('the list of ids', () => {
  test('is written where nothing is, and over an earlier list', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'ids.csv');
    await writeIdsFile(path, `${HEAD}1\n`);
    await writeIdsFile(path, `${HEAD}2\n`);
    expect(await readFile(path, 'utf8')).toBe(`${HEAD}2\n`);
    expect(await readdir(folder)).toEqual(['ids.csv']);
  });

  test('goes where a link to an earlier list leads, and the link stays', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'real.csv'), HEAD);
    await symlink(join(folder, 'real.csv'), join(folder, 'link.csv'));
    await writeIdsFile(join(folder, 'link.csv'), `${HEAD}3\n`);
    expect(await readFile(join(folder, 'real.csv'), 'utf8')).toBe(`${HEAD}3\n`);
  });

  test.each(['II*\0 a slice', 'id,name\n1,mine\n', '{}'])(
    'never replaces another file (%j)',
    async (content) => {
      const path = join(await temporaryFolder(), 'mine');
      await writeFile(path, content);
      for (const attempt of [() => checkIdsFile(path), () => writeIdsFile(path, HEAD)]) {
        await expect(attempt()).rejects.toMatchObject({
          tag: 'invalid-input',
          fields: { options: ['idsFile'] },
        });
      }
      expect(await readFile(path, 'utf8')).toBe(content);
    },
  );

  test('is neither a folder nor a link that leads to nothing', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'below'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'link'));
    for (const name of ['below', 'link']) {
      await expect(checkIdsFile(join(folder, name))).rejects.toMatchObject({ tag: 'invalid-input' });
    }
    expect((await readdir(folder)).sort()).toEqual(['below', 'link']);
  });

  test('needs a folder that is there', async () => {
    const path = join(await temporaryFolder(), 'a', 'ids.csv');
    await expect(checkIdsFile(path)).rejects.toMatchObject({ tag: 'invalid-input' });
  });
});
