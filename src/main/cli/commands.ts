import type { Command } from 'commander';
import type { CommandContext } from './command-context';

type DefineCommand = (command: Command, context: CommandContext) => void;

/** A command of the command line. Help, the man page and shell completion are all made from these entries. */
export interface CommandEntry {
  readonly name: string;
  readonly group: 'Datasets' | 'Clusters' | 'Viewing and sharing' | 'Getting started' | 'Shell';
  /** An imperative without a full stop. */
  readonly summary: string;
  /** Arguments and options, after the name of the command. */
  readonly example: string;
  /** Called only when the command runs, so that each command starts as fast as it can. */
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'app',
    group: 'Getting started',
    summary: 'Open the app in a window or a browser',
    example: '--browser',
    load: () => import('./commands/app'),
  },
  {
    name: 'demo',
    group: 'Getting started',
    summary: 'Make a sample, convert it, verify it and show it',
    example: '--dir my-demo',
    load: () => import('./commands/demo'),
  },
  {
    name: 'sample',
    group: 'Getting started',
    summary: 'Make a sample stack of TIFF slices',
    example: 'my-stack --size 256,256,64',
    load: () => import('./commands/sample'),
  },
  {
    name: 'doctor',
    group: 'Getting started',
    summary: 'Check this machine and print a report for support',
    example: '--json',
    load: () => import('./commands/doctor'),
  },
  {
    name: 'convert',
    group: 'Datasets',
    summary: 'Convert a volume to a Neuroglancer dataset',
    example: 'my-stack my-dataset --resolution 16,16,40',
    load: () => import('./commands/convert'),
  },
  {
    name: 'mesh',
    group: 'Datasets',
    summary: 'Make or replace the meshes of a dataset',
    example: 'my-dataset --mesh-error 40nm --min-voxels 1000 --overwrite',
    load: () => import('./commands/mesh'),
  },
  {
    name: 'info',
    group: 'Datasets',
    summary: 'Describe a dataset or an input',
    example: 'my-stack',
    load: () => import('./commands/info'),
  },
  {
    name: 'verify',
    group: 'Datasets',
    summary: 'Check every chunk and mesh of a dataset',
    example: 'my-dataset --against my-stack',
    load: () => import('./commands/verify'),
  },
  {
    name: 'export',
    group: 'Datasets',
    summary: 'Write a dataset, or a part of it, as a file for other programs',
    example: 'my-dataset my-part.tif --scale 1 --roi 0:512,0:512,:',
    load: () => import('./commands/export'),
  },
  {
    name: 'plan',
    group: 'Clusters',
    summary: 'Write a conversion as a job for several machines',
    example: 'my-stack my-dataset --resolution 16,16,40 --for slurm',
    load: () => import('./commands/plan'),
  },
  {
    name: 'work',
    group: 'Clusters',
    summary: 'Do one part of a job that was planned',
    example: 'my-dataset --stage volume --index 3',
    load: () => import('./commands/work'),
  },
  {
    name: 'finish',
    group: 'Clusters',
    summary: 'Complete the dataset of a job that was planned',
    example: 'my-dataset',
    load: () => import('./commands/finish'),
  },
  {
    name: 'serve',
    group: 'Viewing and sharing',
    summary: 'Serve a folder to viewers on this machine',
    example: 'my-dataset --viewer',
    load: () => import('./commands/serve'),
  },
  {
    name: 'publish',
    group: 'Viewing and sharing',
    summary: 'Upload a dataset to S3, an SSH host or a folder, and check it',
    example: 'my-dataset s3://my-bucket/data/my-dataset',
    load: () => import('./commands/publish'),
  },
  {
    name: 'unpublish',
    group: 'Viewing and sharing',
    summary: 'Remove a published dataset from its target',
    example: 'my-dataset s3://my-bucket/data/my-dataset --dry-run',
    load: () => import('./commands/unpublish'),
  },
  {
    name: 'check',
    group: 'Viewing and sharing',
    summary: 'Check a published dataset as a viewer reads it',
    example: 'https://example.org/data/my-dataset',
    load: () => import('./commands/check'),
  },
  {
    name: 'link',
    group: 'Viewing and sharing',
    summary: 'Make a Neuroglancer link to a published dataset',
    example: 'my-dataset --url https://example.org/data/my-dataset --segments 1,2,3',
    load: () => import('./commands/link'),
  },
  {
    name: 'completion',
    group: 'Shell',
    summary: 'Print the completion script for a shell',
    example: 'bash >> ~/.bashrc',
    load: () => import('./commands/completion'),
  },
  {
    name: 'man',
    group: 'Shell',
    summary: 'Print the manual page',
    example: '| man -l -',
    load: () => import('./commands/man'),
  },
];
