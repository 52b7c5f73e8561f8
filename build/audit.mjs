// Fails if the registry knows of a serious vulnerability in a shipped package, but not if the registry doesn't
// answer.
import { spawnSync } from 'node:child_process';
import console from 'node:console';
import process from 'node:process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
  timeout: 120_000,
});
let counts;
try {
  counts = JSON.parse(stdout).metadata.vulnerabilities;
} catch {
  console.log('npm audit: the registry did not answer.');
}
if (counts !== undefined) {
  console.log(`npm audit: ${JSON.stringify(counts)}`);
  if (counts.high + counts.critical > 0) {
    console.error('`npm audit --omit=dev` tells which packages; update them.');
    process.exitCode = 1;
  }
}
