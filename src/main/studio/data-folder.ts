import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the folder in which the app keeps settings and the queue, according to each system's conventions. */
export function appDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['PRECOMPUTED_STUDIO_HOME'];
  if (own) return own;
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', 'Precomputed Studio');
  }
  if (process.platform === 'win32') {
    return join(environment['APPDATA'] || join(homedir(), 'AppData', 'Roaming'), 'Precomputed Studio');
  }
  return join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'precomputed-studio');
}
