import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { boxOfShape } from '../../../../src/shared/base/box';
import { ROOT_FILES } from '../../../../src/main/engine/root-files';
import { RemoteOutput } from '../../../../src/main/engine/run/remote-output';
import type { JobOptions } from '../../../../src/main/engine/run/run-job';
import { S3Target } from '../../../../src/main/publish/targets/s3-target';
import type { JobSummary } from '../../../../src/shared/api/job-events';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { meshDataset } from '../../../mesh-dataset';
import { describeWith } from '../../../real-tool';
import { startS3, storedObjects, type StoredObject } from '../../../s3-server';
import { temporaryFolder } from '../../../temporary-folder';
import { publish } from '../../publish/publish-folder';

const BUCKET = 'mesh-bucket';
const FLAGS: Flags = { chunkSize: '16', scales: '2' };

/** A volume in a bucket without meshes, and the objects that it must have with them. */
async function volumeInBucket() {
  const folder = await temporaryFolder();
  const stack = join(folder, 'stack');
  // A few large labels, which have few meshes.
  const data = new BigUint64Array(40 * 30 * 20).map((_, i) => 2n ** 60n + BigInt((i >> 11) % 3));
  await writeTiffStack(stack, { box: boxOfShape([40, 30, 20]), channels: 1, data });
  const { endpoint, client } = await startS3('versitygw');
  const placeAt = (prefix: string): S3Target => {
    const access = { region: undefined, endpoint, pathStyle: true, profile: undefined };
    return new S3Target({ bucket: BUCKET, prefix, ...access, createBucket: true, publicUrl: undefined });
  };
  const remoteAt = async (signal = new AbortController().signal): Promise<RemoteOutput<S3Target>> => {
    const remote = new RemoteOutput(placeAt('volume'), ROOT_FILES, signal, {
      firstDelayMs: 5,
      silenceMs: 600,
    });
    onTestFinished(() => remote.close());
    await remote.prepare();
    return remote;
  };
  const local = join(folder, 'local');
  await convertVolume(stack, local, FLAGS);
  await meshDataset(local, {});
  await publish(local, placeAt('published'));
  const convert = async (options: Partial<JobOptions> = {}): Promise<unknown> =>
    convertVolume(stack, join(folder, 'conversion'), FLAGS, { remote: await remoteAt(), ...options });
  await convert();
  const work = join(folder, 'work');
  const mesh = async (
    options: Partial<JobOptions> = {},
    flags: Flags = {},
    whenPlanned?: () => Promise<unknown>,
  ): Promise<JobSummary> => {
    const remote = await remoteAt(options.signal);
    return (await meshDataset(work, flags, { remote, ...options }, remote, whenPlanned)).summary;
  };
  const objects = (): Promise<Map<string, StoredObject>> => storedObjects(client, BUCKET, 'volume');
  const info = async (): Promise<unknown> =>
    JSON.parse(Buffer.from((await objects()).get('info')?.bytes ?? '', 'base64').toString());
  return {
    mesh,
    convert,
    objects,
    info,
    work,
    client,
    wanted: await storedObjects(client, BUCKET, 'published'),
  };
}

describeWith(
  'versitygw',
  'a volume in a bucket',
  () => {
    test('gets the meshes of a volume in a folder, and others in their place when asked to', async () => {
      const { mesh, objects, info, work, wanted } = await volumeInBucket();
      expect((await mesh()).files).toBeGreaterThan(3);
      expect(await objects()).toEqual(wanted);
      expect(await readdir(work)).toEqual([]);
      await expect(mesh({}, { lods: '1' })).rejects.toMatchObject({ fields: { state: 'mesh' } });
      expect((await mesh({ resume: true })).files).toBe(0);
      const during: unknown[] = [];
      const onPartDone = (): void => void during.push(info());
      await mesh({ overwrite: true, onPartDone }, { lods: '1' });
      for (const seen of await Promise.all(during.slice(0, 1))) expect(seen).not.toHaveProperty('mesh');
      expect(during.length).toBeGreaterThan(0);
      expect(await info()).toHaveProperty('mesh', 'mesh');
    });

    test('keeps its meshes unless they may be replaced, however info writes the name of their folder', async () => {
      const { mesh, objects, info, client } = await volumeInBucket();
      await mesh();
      const Body = JSON.stringify({ ...((await info()) as object), mesh: './mesh/' });
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'volume/info', Body }));
      const before = await objects();
      await expect(mesh({}, { lods: '1' })).rejects.toMatchObject({ fields: { state: 'mesh' } });
      expect(await objects()).toEqual(before);
      await mesh({ overwrite: true }, { lods: '1' });
      expect(await info()).toHaveProperty('mesh', 'mesh');
    });

    test('is a whole volume while its meshing is stopped, which goes on there', async () => {
      const { mesh, objects, info, work, wanted } = await volumeInBucket();
      const controller = new AbortController();
      const { signal } = controller;
      await expect(mesh({ signal, onPartDone: () => controller.abort() })).rejects.toMatchObject({
        tag: 'cancelled',
      });
      expect(await info()).not.toHaveProperty('mesh');
      await expect(mesh()).rejects.toMatchObject({ fields: { state: 'unfinished' } });
      await mesh({ resume: true });
      expect(await objects()).toEqual(wanted);
      expect(await readdir(work)).toEqual([]);
    });

    test('keeps nothing of a meshing with another folder that never goes on', async () => {
      const { mesh, objects, info, work, client, wanted } = await volumeInBucket();
      const put = (key: string, Body: string): Promise<unknown> =>
        client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `volume/${key}`, Body }));
      await put('info', JSON.stringify({ ...((await info()) as object), mesh: 'surfaces' }));
      await put('surfaces/7:0', '{"fragments": []}');
      const controller = new AbortController();
      const stopped = { signal: controller.signal, onPartDone: () => controller.abort() };
      await expect(mesh({ ...stopped, overwrite: true })).rejects.toMatchObject({ tag: 'cancelled' });
      // The old meshes are gone, and these are of the new ones.
      expect([...(await objects()).keys()]).not.toContain('surfaces/7:0');
      await put('surfaces/8:0', '{"fragments": []}');
      await rm(work, { recursive: true });
      // A job that fails once it has replaced the claim of the other one leaves the name of the folder to the next.
      const found = (await info()) as object;
      const change = () => put('info', JSON.stringify({ ...found, mesh: 'other' }));
      await expect(mesh({ overwrite: true }, {}, change)).rejects.toMatchObject({
        fields: { code: 'input-changed' },
      });
      expect(await info()).toHaveProperty('mesh', 'other');
      await put('info', JSON.stringify(found));
      await mesh({ overwrite: true });
      expect([...(await objects()).keys()].sort()).toEqual([...wanted.keys()].sort());
    });

    test('is replaced, with what a meshing with another folder has left, though its info was deleted', async () => {
      const { mesh, objects, info, work, client, convert } = await volumeInBucket();
      const put = (key: string, Body: string): Promise<unknown> =>
        client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `volume/${key}`, Body }));
      await put('info', JSON.stringify({ ...((await info()) as object), mesh: 'surfaces' }));
      const controller = new AbortController();
      const stopped = { signal: controller.signal, onPartDone: () => controller.abort() };
      await expect(mesh(stopped)).rejects.toMatchObject({ tag: 'cancelled' });
      await put('surfaces/8:0', '{"fragments": []}');
      await rm(work, { recursive: true });
      await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'volume/info' }));
      await convert({ overwrite: true });
      const keys = [...(await objects()).keys()];
      expect(keys).toContain('info');
      expect(keys.filter((key) => /^(surfaces|precomputed-studio-claims)\//.test(key))).toEqual([]);
    });
  },
  true,
);
