import { expect, test } from 'vitest';
import {
  APP_URL,
  externalAddress,
  isTrustedSender,
  mayHave,
  mayNavigate,
} from '../../../src/main/electron/window-policy';

test('the window stays with the app, and frames with the viewer', () => {
  for (const url of ['app://studio/', 'app://studio/#/queue?job=1', 'app://studio/?x']) {
    expect([url, mayNavigate(url, true), mayNavigate(url, false)]).toEqual([url, true, false]);
  }
  expect([mayNavigate('app://studio/viewer/', true), mayNavigate('app://studio/viewer/', false)]).toEqual([
    false,
    true,
  ]);
  for (const url of [
    'https://example.org/',
    'http://127.0.0.1:80/',
    'file:///etc/passwd',
    'app://other/',
    'app://studio.example/',
    'app://studio:80/',
    'app://user@studio.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:app://studio/1',
    'about:blank',
    'not an address',
    '',
  ]) {
    expect([url, mayNavigate(url, true), mayNavigate(url, false)]).toEqual([url, false, false]);
  }
});

test('only pages of the web are opened outside', () => {
  expect(externalAddress('https://neuroglancer-demo.appspot.com/#!{}')).toBe(
    'https://neuroglancer-demo.appspot.com/#!{}',
  );
  for (const url of [
    'http://example.org/',
    'file:///etc/passwd',
    'smb://host/share',
    'ms-msdt:/id',
    'javascript:alert(1)',
    'https://user:secret@example.org/',
    'app://studio/',
    '//example.org',
    '',
  ]) {
    expect([url, externalAddress(url)]).toEqual([url, undefined]);
  }
});

test('the app may copy, and nothing may do anything else', () => {
  expect(mayHave('clipboard-sanitized-write', APP_URL)).toBe(true);
  for (const permission of ['clipboard-read', 'media', 'geolocation', 'fileSystem', 'openExternal', 'usb']) {
    expect([permission, mayHave(permission, APP_URL)]).toEqual([permission, false]);
  }
  for (const url of ['https://example.org/', 'null', '', 'app://other/']) {
    expect([url, mayHave('clipboard-sanitized-write', url)]).toEqual([url, false]);
  }
});

test('only the page itself is listened to', () => {
  expect(isTrustedSender({ url: 'app://studio/#/welcome', parent: null })).toBe(true);
  expect(isTrustedSender({ url: 'app://studio/', parent: {} })).toBe(false);
  expect(isTrustedSender({ url: 'app://studio/viewer/', parent: null })).toBe(false);
  expect(isTrustedSender({ url: 'https://example.org/', parent: null })).toBe(false);
  expect(isTrustedSender(null)).toBe(false);
});
