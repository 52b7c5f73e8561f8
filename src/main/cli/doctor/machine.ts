import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, availableParallelism, cpus, freemem, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { version } from '../../../../package.json';
import { formatBytes } from '../../../shared/base/format-quantity';
import { freeSpace } from '../../base/disk-space';
import { processLimit } from '../../base/process-limit';
import { defaultMemoryBytes } from '../../engine/run/memory-budget';
import { appDataFolder } from '../../studio/data-folder';
import { isNodeTooOld, NEEDED_NODE } from '../needed-node';
import { note, ok, problem, type Finding, type Section } from './report';

/** With less free space than this, the disk will soon be full. */
const LITTLE_SPACE_BYTES = 2 ** 30;

export async function programSection(): Promise<Section> {
  return {
    title: 'Program',
    findings: [
      ok('Precomputed Studio', version),
      nodeFinding(),
      ok('V8', process.versions.v8),
      ok('System', `${type()} ${release()} ${arch()}${await distribution()}`),
    ],
  };
}

function nodeFinding(): Finding {
  return isNodeTooOld(process.versions.node)
    ? problem('Node', process.versions.node, `Install Node ${NEEDED_NODE} or newer.`)
    : ok('Node', process.versions.node);
}

async function distribution(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1];
  return name === undefined ? '' : ` (${name})`;
}

export async function resourcesSection(): Promise<Section> {
  const limit = process.constrainedMemory();
  const hasLimit = limit > 0 && limit < totalmem();
  const quota = await coresOfControlGroup();
  return {
    title: 'Resources',
    findings: [
      ok('Memory', `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`),
      hasLimit ? note('Memory limit', `${formatBytes(limit)} (cgroup)`) : ok('Memory limit', 'none (cgroup)'),
      ok('Memory of a job', `${formatBytes(defaultMemoryBytes())} by default; --memory changes it`),
      ok('Cores', `${availableParallelism()} (${cpus()[0]?.model.trim() ?? 'unknown processor'})`),
      quota === undefined ? ok('Core limit', 'none (cgroup)') : note('Core limit', `${quota} (cgroup)`),
      ...limitFindings(),
      await diskFinding('Current folder', process.cwd()),
      await diskFinding('Temporary folder', tmpdir()),
      await diskFinding('Settings folder', appDataFolder()),
      await writableFinding(),
    ],
  };
}

/** The number of cores that a Linux control group (version 2) allows; undefined without a limit. */
async function coresOfControlGroup(): Promise<number | undefined> {
  const text = await readFile('/sys/fs/cgroup/cpu.max', 'utf8').catch(() => 'max');
  const [quota, period] = text.trim().split(' ').map(Number);
  return quota === undefined || period === undefined || Number.isNaN(quota) ? undefined : quota / period;
}

function limitFindings(): Finding[] {
  const memory = processLimit('address space');
  const files = processLimit('open files');
  return [
    ...(memory === undefined
      ? []
      : [
          note(
            'Address space',
            `at most ${formatBytes(memory)} (ulimit -v)`,
            'Each job needs tens of GiB of address space, though not of memory. Raise the limit, or conversions are slower.',
          ),
        ]),
    ...(files === undefined ? [] : [ok('Open files', `at most ${files} (ulimit -n)`)]),
  ];
}

async function diskFinding(name: string, folder: string): Promise<Finding> {
  const { freeBytes } = await freeSpace(folder);
  if (freeBytes === undefined) return note(name, `${folder}: the free space is unknown`);
  const value = `${folder}: ${formatBytes(freeBytes)} free`;
  if (freeBytes >= LITTLE_SPACE_BYTES) return ok(name, value);
  return problem(name, value, 'Free some space, or work in a folder on a larger disk.');
}

async function writableFinding(): Promise<Finding> {
  const name = 'Temporary files';
  try {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-doctor-'));
    await access(folder, constants.W_OK);
    await rm(folder, { recursive: true });
    return ok(name, 'can be written');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return problem(name, reason, 'Set TMPDIR to a folder that you may write to.');
  }
}
