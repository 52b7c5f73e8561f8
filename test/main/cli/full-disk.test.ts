import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { CLI_FILE, runCli } from '../../run-cli';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';

const input = join(sharedTemporaryFolder(), 'stack');
beforeAll(() => writeTiffStack(input, labelVolume('uint64', [97, 83, 61])));

const FLAGS = '--resolution 8,8,8 --chunk-size 16 --encoding raw --compression none --workers 2';

/** Runs a shell script that may use $NODE, $CLI, $INPUT, $OUT and $FLAGS. */
function runScript(script: string, out: string, wrapper: readonly string[] = []) {
  const [command, ...args] = [...wrapper, 'sh', '-c', script];
  const env = { ...process.env, NODE: process.execPath, CLI: CLI_FILE, INPUT: input, OUT: out, FLAGS };
  return spawnSync(command, args, { env, encoding: 'utf8' });
}

/** Returns a command that lets its argument mount a file system: as root, or as root of a new namespace. */
function mounter(): readonly string[] | undefined {
  return [
    ['unshare', '-m'],
    ['unshare', '-rm'],
  ].find((wrapper) => runScript('mount -t tmpfs tmpfs /mnt', '', wrapper).status === 0);
}

describe.skipIf(process.platform === 'win32')('a disk that', () => {
  const mount = process.platform === 'linux' ? mounter() : undefined;

  test('is full stops the job with a message, and the job can be resumed', async ({ skip }) => {
    skip(mount === undefined, 'mounting a small disk takes root, or a namespace for users');
    const script = `
      mount -t tmpfs -o size=3m tmpfs "$OUT"
      least=$("$NODE" "$CLI" convert "$INPUT" "$OUT/dataset" $FLAGS --memory 1MiB 2>&1 | sed -n 's/.*needs \\([0-9]*MiB\\).*/\\1/p')
      "$NODE" "$CLI" convert "$INPUT" "$OUT/dataset" $FLAGS --memory $least
      echo "code $?"
      find "$OUT" -name '*.tmp' -o -name info
      mount -o remount,size=64m "$OUT"
      "$NODE" "$CLI" convert "$INPUT" "$OUT/dataset" $FLAGS --memory $least --resume
      echo "code $?"
      "$NODE" "$CLI" verify "$OUT/dataset" --against "$INPUT"
    `;
    const { stdout, stderr, status } = runScript(script, await temporaryFolder(), mount);
    expect(stderr).toMatch(/^Error: Can't write .*: the disk is full\.\nFree space on the disk/m);
    expect(stderr).toMatch(/Resumed: \d+ parts? (is|are) already done/);
    expect(stdout).toMatch(/^code 1\n.*dataset: .*\ncode 0\n/);
    expect(status).toBe(0);
  });

  test('allows only small files stops the job with a message', async () => {
    const out = await temporaryFolder();
    const result = runScript('ulimit -f 16; "$NODE" "$CLI" convert "$INPUT" "$OUT/dataset" $FLAGS', out);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/^Error: Can't write .*: the file is larger than/m);
  });

  test('may not be written to is reported as such', async () => {
    const folder = await temporaryFolder();
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o555);
    // Root may write everywhere, so the user nobody runs it.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    await chmod(folder, 0o755);
    if (nobody.uid !== undefined) await chown(closed, 0, 0);
    await chmod(join(input, '..'), 0o755);
    const result = await runCli(['convert', input, join(closed, 'dataset'), ...FLAGS.split(' ')], nobody);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^Error: Can't .*closed.*: permission denied\./);
  });
});
