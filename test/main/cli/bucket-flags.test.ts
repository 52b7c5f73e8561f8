import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { describeWith } from '../../real-tool';
import { runCli } from '../../run-cli';
import { startS3, useCredentials } from '../../s3-server';
import { temporaryFolder } from '../../temporary-folder';

describeWith(
  'versitygw',
  'commands that take an address of a bucket',
  () => {
    test('take the server of the bucket by --endpoint, for inputs and for outputs', async () => {
      const folder = await temporaryFolder();
      const stack = join(folder, 'stack');
      await writeTiffStack(stack, labelVolume('uint64', [33, 20, 17]));
      const { endpoint, client } = await startS3('versitygw');
      const env = { ...process.env, PRECOMPUTED_STUDIO_HOME: join(folder, 'home') };
      const run = (...args: string[]) => runCli([...args, '--endpoint', endpoint], { env });
      const address = 's3://flags-bucket/labels';
      const flags = ['--chunk-size', '16', '--scales', '1', '--mesh', 'none'];
      const made = await run('convert', stack, address, ...flags, '--resolution', '8,8,8', '--create-bucket');
      expect([made.code, made.stderr]).toEqual([0, '']);

      const info = await run('info', address, '--region', 'eu-test-1');
      expect([info.code, info.stdout]).toEqual([0, expect.stringContaining('33 × 20 × 17 voxels, uint64')]);
      const verified = await run('verify', address, '--against', stack, '--json');
      const scales: unknown = expect.arrayContaining([
        expect.objectContaining({ comparedWith: 'the input', differentVoxels: 0 }),
      ]);
      expect(JSON.parse(verified.stdout)).toMatchObject({ dataset: address, ok: true, scales });
      const file = join(folder, 'labels.npy');
      const exported = await run('export', address, file);
      expect([exported.code, (await stat(file)).size > 33 * 20 * 17]).toEqual([0, true]);
      const again = await run('convert', address, join(folder, 'again'), ...flags);
      expect(again.code).toBe(0);
      const work = ['--work', join(folder, 'work')];
      const meshed = await run('mesh', address, ...work);
      expect([meshed.code, meshed.stdout]).toEqual([
        0,
        expect.stringContaining(`${address} at ${endpoint}: meshes of`),
      ]);
      const checked = await run('check', address, '--json');
      expect(JSON.parse(checked.stdout)).toMatchObject({ url: `${endpoint}/flags-bucket/labels` });

      const absent = await run('info', 's3://flags-bucket/elsewhere');
      expect([absent.code, absent.stderr]).toEqual([
        1,
        expect.stringContaining(`no precomputed volume at s3://flags-bucket/elsewhere (${endpoint})`),
      ]);
      const elsewhere = await run('mesh', 's3://no-such-bucket/labels');
      expect([elsewhere.code, elsewhere.stderr]).toEqual([
        1,
        expect.stringContaining('There is no bucket named no-such-bucket'),
      ]);
      expect(elsewhere.stderr).not.toContain('--create-bucket');
      const stranger = { env: { ...env, AWS_ACCESS_KEY_ID: 'stranger' } };
      const unknown = await runCli(['info', address, '--endpoint', endpoint], stranger);
      expect([unknown.code, unknown.stderr]).toEqual([
        1,
        expect.stringContaining('the access key is not known there'),
      ]);
      const everybody = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject' };
      const Resource = 'arn:aws:s3:::flags-bucket/*';
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...everybody, Resource }] });
      await client.send(new PutBucketPolicyCommand({ Bucket: 'flags-bucket', Policy }));
      const reader = { env: { ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } };
      const read = await runCli(['info', address, '--endpoint', endpoint], reader);
      expect([read.code, read.stdout]).toEqual([0, info.stdout]);
      const local = await run('verify', join(folder, 'again'));
      expect([local.code, local.stderr]).toEqual([
        2,
        expect.stringContaining('--endpoint: only addresses at s3:// take it.'),
      ]);
    });
  },
  true,
);

test('to make meshes in a bucket, which means to write there, takes credentials though everybody may read it', async () => {
  useCredentials({});
  const result = await runCli(['mesh', 's3://public-cells/dataset']);
  expect([result.code, result.stderr]).toEqual([
    1,
    expect.stringContaining('there are no credentials, and writing needs them'),
  ]);
  expect(result.stderr).not.toContain('public,');
});
