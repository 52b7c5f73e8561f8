import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { BoxGrid, boxOfShape, boxVolume } from '../../../src/shared/base/box';
import { openSource } from '../../../src/main/sources/registry';
import { reopenSource } from '../../../src/main/sources/reopen-source';
import { sharedData } from '../../shared-data';

const folder = sharedData('em-stack');

/** From the README of the data: the hash of the voxels as uint64, little endian, with x varying fastest. */
const SHA256 = 'a085cf74459cd163db6488c14d97a91f98161a2339693280f13847053067db70';

describe.skipIf(folder === undefined)(
  'a real stack of 256 Deflate slices (skipped without shared data)',
  () => {
    test('is described without reading its voxels', async () => {
      const source = await openSource(folder ?? '');
      expect(source.metadata).toMatchObject({
        format: 'TIFF stack',
        size: [512, 512, 256],
        dataType: 'uint64',
        channels: 1,
        storageShape: [512, 64, 1],
        passedOver: [],
      });
      await source.close();
    });

    test('has the voxels that its README promises, read in slabs through a handle', async () => {
      const first = await openSource(folder ?? '');
      const source = await reopenSource(JSON.parse(JSON.stringify(first.handle)) as typeof first.handle);
      const hash = createHash('sha256');
      for (const box of new BoxGrid(boxOfShape(source.metadata.size), [512, 512, 32])) {
        const data = new BigUint64Array(boxVolume(box));
        await source.read(box, { box, channels: 1, data });
        hash.update(new Uint8Array(data.buffer));
      }
      expect(hash.digest('hex')).toBe(SHA256);
      await source.close();
      await first.close();
    });
  },
);
