// Fails if a release is not ready: if the packages' configuration has placeholders, or the tag is not the version.
// Usage: node build/release-check.mjs [TAG] [CONFIGURATION]
import { readFileSync } from 'node:fs';
import console from 'node:console';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const PLACEHOLDER = '.invalid';
const [tag, file = fileURLToPath(new URL('electron-builder.json', import.meta.url))] = process.argv.slice(2);

const faults = placeholdersIn(JSON.parse(readFileSync(file, 'utf8')), []);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
if (tag && tag !== `v${version}`) {
  faults.push(`The tag is ${tag}, but package.json has version ${version}. Tag the release v${version}.`);
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log('Ready for a release.');

function placeholdersIn(value, path) {
  if (typeof value === 'string' && value.includes(PLACEHOLDER)) {
    return [`${path.join('.')} in ${file} is still a placeholder (${value}). Write the real one.`];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => placeholdersIn(inner, [...path, name]));
}
