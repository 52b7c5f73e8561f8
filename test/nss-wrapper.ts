import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { temporaryFolder } from './temporary-folder';

/** Debian's libnss-wrapper, by which a process finds hosts and users that the system doesn't have. */
const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/libnss_wrapper.so`)
  .find((path) => existsSync(path));

/** Whether tests that need it are to be skipped: never where all have to run. */
export const lacksNssWrapper =
  LIBRARY === undefined && process.env['PRECOMPUTED_STUDIO_TEST_ALL'] === undefined;

/** Variables for a process that finds these hosts at 127.0.0.1, and a user, who is its own, with this home folder. */
export async function withNames(hosts: readonly string[], home = '/'): Promise<NodeJS.ProcessEnv> {
  const folder = await temporaryFolder();
  const { uid, gid } = userInfo();
  const files = {
    HOSTS: hosts.map((host) => `127.0.0.1 ${host}\n`).join(''),
    PASSWD: `somebody:x:${uid}:${gid}::${home}:/bin/sh\n`,
    GROUP: `somebody:x:${gid}:\n`,
  };
  const variables: NodeJS.ProcessEnv = { ...process.env, LD_PRELOAD: LIBRARY };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(path, text);
    variables[`NSS_WRAPPER_${name}`] = path;
  }
  return variables;
}
