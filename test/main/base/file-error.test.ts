import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileError, isFolder, isMissing } from '../../../src/main/base/file-error';
import { CancelledError } from '../../../src/shared/base/errors';
import { temporaryFolder } from '../../temporary-folder';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the system's words, open '/data/x'`), { code });
}

describe('an error of the file system', () => {
  test.each([
    ['ENOENT', 'invalid-input', 'there is no such file'],
    ['EACCES', 'invalid-input', 'permission denied'],
    ['EPERM', 'invalid-input', 'permission denied'],
    ['EROFS', 'invalid-input', 'read-only'],
    ['EEXIST', 'invalid-input', 'there is a file where a folder is needed'],
    ['ENOSPC', 'io', 'the disk is full'],
    ['EDQUOT', 'io', 'quota'],
    ['EFBIG', 'io', 'larger than'],
    ['EMFILE', 'io', 'too many files are open'],
    ['EIO', 'io', "the system's words"],
  ])('%s is reported as %s, in words', (code, tag, words) => {
    const error = fileError('write', '/data/x', systemError(code));
    expect(error.tag).toBe(tag);
    expect(error.message).toContain("Can't write /data/x: ");
    expect(error.message).toContain(words);
    expect(error.remedy).toMatch(/\.$/);
    expect(error.fields).toMatchObject({ code, path: '/data/x' });
  });

  test('says whether trying again may help', () => {
    expect(fileError('read', 'x', systemError('EBUSY')).fields['retryable']).toBe(true);
    expect(fileError('read', 'x', systemError('ENOSPC')).fields['retryable']).toBe(false);
  });

  test('that is one of ours stays as it is', () => {
    const cancelled = new CancelledError();
    expect(fileError('read', 'x', cancelled)).toBe(cancelled);
  });

  test('keeps what was thrown, whatever it is', () => {
    expect(fileError('read', 'x', 'a string')).toMatchObject({ tag: 'io', cause: 'a string' });
  });

  test('is recognised when it comes from the system itself', async () => {
    const folder = await temporaryFolder();
    const missing: unknown = await readFile(join(folder, 'nothing')).catch((error: unknown) => error);
    expect(isMissing(missing)).toBe(true);
    expect(isFolder(missing)).toBe(false);
    const ofFolder: unknown = await readFile(folder).catch((error: unknown) => error);
    expect(isFolder(ofFolder)).toBe(true);
    await (await open(join(folder, 'file'), 'w')).close();
    const below: unknown = await readdir(join(folder, 'file', 'below')).catch((error: unknown) => error);
    expect(isMissing(below)).toBe(true);
  });
});
