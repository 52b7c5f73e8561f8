import { expect, test } from 'vitest';
import { hasScreen } from '../../../src/main/browser/open-browser';
import { revealCommand } from '../../../src/main/browser/reveal';

test('a folder is opened, a file is pointed at where that can be done', () => {
  expect(revealCommand('linux', '/data/set', true)).toEqual(['xdg-open', '/data/set']);
  expect(revealCommand('linux', '/data/a b.tif', false)).toEqual(['xdg-open', '/data']);
  expect(revealCommand('darwin', '/data/a b.tif', false)).toEqual(['open', '-R', '/data/a b.tif']);
  expect(revealCommand('win32', 'C:\\data', true)).toEqual(['explorer', 'C:\\data']);
});

test.runIf(process.platform === 'linux')('a screen is one of X or of Wayland', () => {
  expect([{}, { SSH_CONNECTION: 'x' }, { DISPLAY: '' }].map(hasScreen)).toEqual([false, false, false]);
  expect([{ DISPLAY: ':0' }, { WAYLAND_DISPLAY: 'wayland-0' }].map(hasScreen)).toEqual([true, true]);
});
