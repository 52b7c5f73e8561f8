// Runs oxlint with the rules that need types: over the project, or with `--components` over the TypeScript that
// svelte-check makes of components, which oxlint can't read.
import { readdirSync } from 'node:fs';
import process from 'node:process';

const COMPONENTS = '.svelte-check/svelte/src/renderer';

// Several checkers would each work out the types that they share, and the other parts of `check` need the cores.
process.env.GOMAXPROCS = '1';
const options = process.argv.splice(2);
process.argv.push('--type-aware', '--deny-warnings');
if (options.includes('--components')) {
  const files = readdirSync(COMPONENTS, { recursive: true, withFileTypes: true });
  const made = files.filter(({ name }) => name.startsWith('++'));
  process.argv.push('--config', 'build/components.oxlintrc.json');
  process.argv.push(...made.map(({ parentPath, name }) => `${parentPath}/${name}`));
}
await import('../node_modules/oxlint/bin/oxlint');
