import { onTestFinished } from 'vitest';
import { startBossServer } from './boss-server';
import { fixtureVoxels } from './fixtures/voxels';

/** A volume of labels on a server that keeps voxels back, so that a job that reads them can't end before it is to. */
export interface WithheldInput {
  readonly address: string;
  /** From now on a part of the voxels is served, then none. Returns when somebody waits for more. */
  withhold(): Promise<void>;
  /** Serves all, to those who wait too. */
  release(): void;
}

/** Parts of the volume, each read by a request of its own. */
const PARTS = 10;
const SERVED_PARTS = 2;

/** Starts the server, until the test ends. */
export async function startWithheldInput(): Promise<WithheldInput> {
  let left = Infinity;
  let noteWaiting: () => void;
  let release = (): void => undefined;
  let released = Promise.resolve();
  const server = await startBossServer(
    {
      channels: [{ name: 'labels', type: 'annotation', dataType: 'uint64' }],
      start: [0, 0, 0],
      // BossDB stores 16 slices together.
      stop: [64, 64, 16 * PARTS],
      voxelSize: [16, 16, 40],
      unit: 'nanometers',
      levels: 1,
      voxels: ({ dataType }, _, extent) => fixtureVoxels(dataType, extent),
    },
    async ({ url = '' }) => {
      if (url.includes('/cutout/') && left-- <= 0) {
        noteWaiting();
        await released;
      }
      return false;
    },
  );
  onTestFinished(() => server.close());
  return {
    address: `bossdb://${server.url}/lab/mouse/labels`,
    withhold: () => {
      left = SERVED_PARTS;
      released = new Promise((resolve) => {
        release = () => {
          left = Infinity;
          resolve();
        };
      });
      return new Promise((resolve) => (noteWaiting = resolve));
    },
    release: () => release(),
  };
}
