import { onTestFinished } from 'vitest';
import type { Vec3 } from '../src/shared/base/vec3';
import { startBossServer } from './boss-server';
import { fixtureVoxels } from './fixtures/voxels';

/**
 * A volume of labels on a server that holds voxels back, so that a job that reads them can't finish before the test
 * wants it to.
 */
export interface WithheldInput {
  readonly address: string;
  /** From now on only some of the voxels are served. Returns when a client waits for more. */
  withhold(): Promise<void>;
  /** From now on only slices before this one are served. */
  withholdFrom(slice: number): void;
  /** Returns how many requests wait or have waited. */
  held(): number;
  /** Serves everything, also to clients that are waiting. */
  release(): void;
  /** Refuses all voxels from now on, also to clients that are waiting, so that the job that reads it fails. */
  refuse(): void;
}

/** The volume has this many parts, each of which is read by a separate request. */
const PARTS = 10;
const SERVED_PARTS = 2;

/**
 * Starts the server, which runs until the test ends.
 * @param label returns the id of each voxel; by default there are many ids
 */
export async function startWithheldInput(
  label?: (x: number, y: number, z: number) => bigint,
): Promise<WithheldInput> {
  let left = Infinity;
  let served = Infinity;
  let noteWaiting = (): void => undefined;
  let release = (): void => undefined;
  let released = Promise.resolve();
  let isRefused = false;
  let held = 0;
  const server = await startBossServer(
    {
      channels: [{ name: 'labels', type: 'annotation', dataType: 'uint64' }],
      start: [0, 0, 0],
      // BossDB stores 16 slices together.
      stop: [64, 64, 16 * PARTS],
      voxelSize: [16, 16, 40],
      unit: 'nanometers',
      levels: 1,
      voxels: ({ dataType }, _, extent) =>
        label === undefined ? fixtureVoxels(dataType, extent) : labelledVoxels(extent, label),
    },
    async ({ url = '' }, response) => {
      const [, end] = /\/cutout\/.*\/\d+:(\d+)\/?(?:\?.*)?$/.exec(url) ?? [];
      if (end !== undefined && (left-- <= 0 || Number(end) > served)) {
        held++;
        noteWaiting();
        await released;
      }
      const isCutOff = isRefused && end !== undefined;
      if (isCutOff) response.writeHead(400).end();
      return isCutOff;
    },
  );
  onTestFinished(() => server.close());
  const holdBack = () => {
    released = new Promise((resolve) => {
      release = () => {
        left = served = Infinity;
        resolve();
      };
    });
  };
  return {
    address: `bossdb://${server.url}/lab/mouse/labels`,
    withhold: () => {
      left = SERVED_PARTS;
      holdBack();
      return new Promise((resolve) => (noteWaiting = resolve));
    },
    withholdFrom: (slice) => {
      served = slice;
      holdBack();
    },
    held: () => held,
    release: () => release(),
    refuse: () => {
      isRefused = true;
      release();
    },
  };
}

function labelledVoxels(
  [width, height, depth]: Vec3,
  label: (x: number, y: number, z: number) => bigint,
): BigUint64Array {
  return BigUint64Array.from({ length: width * height * depth }, (_, i) =>
    label(i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))),
  );
}
