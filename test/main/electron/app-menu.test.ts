import { expect, test } from 'vitest';
import { menuTemplate } from '../../../src/main/electron/app-menu';

function menuOf(platform: NodeJS.Platform) {
  const done: string[] = [];
  const template = menuTemplate(platform, {
    show: (address) => done.push(address),
    open: (what) => done.push(what),
    openExternal: (url) => done.push(url),
    about: () => done.push('about'),
  });
  const items = template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
  return { template, items, done };
}

test.each(['linux', 'darwin', 'win32'] as const)(
  'on %s every command is there, with its own keys',
  (platform) => {
    const { items, done } = menuOf(platform);
    for (const { click } of items) click?.({} as never, undefined, {} as never);
    expect([...done].sort()).toEqual(
      [
        '#/library',
        '#/queue',
        '#/welcome',
        'about',
        'file',
        'folder',
        'https://github.com/google/neuroglancer',
      ].sort(),
    );
    const keys = items.map(({ accelerator }) => accelerator).filter((key) => key !== undefined);
    expect(new Set(keys).size).toBe(keys.length);
    expect(items.filter(({ role }) => role === 'quit')).toHaveLength(1);
  },
);

test('on a Mac the first menu is the one of the app, with About; elsewhere About is under Help', () => {
  const [mac, other] = [menuOf('darwin').template, menuOf('linux').template];
  expect(mac[0]?.role).toBe('appMenu');
  expect(other[0]?.label).toBe('&File');
  expect(JSON.stringify(other.at(-1))).toContain('About Precomputed Studio');
});
