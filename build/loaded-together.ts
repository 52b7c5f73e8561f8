/**
 * Modules that are loaded together, with everything that they import, are bundled into one file, as Node takes about
 * a millisecond to load a file, in each thread. The modules of a file are given by their folders or paths; an earlier
 * file gets what several of them import.
 */
export const LOADED_TOGETHER: readonly (readonly [file: string, modules: readonly string[]])[] = [
  // What everything needs.
  [
    'base',
    [
      'src/shared/base/',
      'src/shared/precomputed/scale-chunks.ts',
      'src/shared/api/mentions.ts',
      'src/main/base/web-address.ts',
    ],
  ],
  // What any command needs.
  ['command-line', ['node_modules/commander/', 'src/main/cli/report-error.ts', 'package.json']],
  // What a thread of a conversion needs.
  [
    'steps',
    [
      'src/main/engine/blocks/load-region.ts',
      'src/main/engine/volume/write-chunks.ts',
      'src/main/sources/tiff/tiff-opener.ts',
    ],
  ],
  // What `convert --help` needs.
  ['options', ['src/main/cli/commands/convert.ts']],
  // What starts threads.
  ['threads', ['src/main/engine/run/worker-pool.ts']],
  // What the conversion's main thread needs meanwhile.
  ['conversion', ['src/main/engine/job/conversion-plan.ts', 'src/main/engine/job/convert-job.ts']],
];

/** The files as the bundler takes them. */
export const bundledGroups = LOADED_TOGETHER.map(([name, modules], i) => ({
  name,
  test: (path: string) => modules.some((module) => path.replaceAll('\\', '/').includes(`/${module}`)),
  priority: LOADED_TOGETHER.length - i,
}));
