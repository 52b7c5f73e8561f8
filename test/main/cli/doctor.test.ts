import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DoctorReport } from '../../../src/main/cli/doctor/report';
import { runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

/** Returns an environment with credentials, in itself and in its home folder, in which no browser is found. */
async function withSecrets(): Promise<NodeJS.ProcessEnv> {
  const home = await temporaryFolder();
  await mkdir(join(home, '.aws'));
  await mkdir(join(home, '.ssh'));
  await writeFile(
    join(home, '.aws', 'credentials'),
    '[lab]\naws_access_key_id = AKIASECRETONE\naws_secret_access_key = secret-two\n',
  );
  await writeFile(join(home, '.ssh', 'id_ed25519'), 'secret-three');
  return {
    HOME: home,
    USERPROFILE: home,
    PATH: '',
    TMPDIR: process.env['TMPDIR'],
    TEMP: process.env['TEMP'],
    AWS_SECRET_ACCESS_KEY: 'secret-four',
    AWS_CA_BUNDLE: '/secret-six.pem',
    AWS_REGION: 'secret-seven',
    https_proxy: 'http://user:secret-five@proxy.example',
  };
}

test('the report names credentials and never shows them, nor the path of the home folder', async () => {
  const env = await withSecrets();
  for (const flags of [[], ['--json']]) {
    const { code, stdout, stderr } = await runCli(['doctor', ...flags], { env });
    expect([code, stderr]).toEqual([0, '']);
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'lab', 'id_ed25519', 'https_proxy', process.versions.node])
      expect(stdout).toContain(name);
    expect(stdout).not.toMatch(/secret-|AKIA/);
    expect(stdout).not.toContain(env['HOME']);
  }
});

test('the report as JSON marks each finding that is a problem', async () => {
  const { stdout } = await runCli(['doctor', '--json'], { env: await withSecrets() });
  const report = JSON.parse(stdout) as DoctorReport;
  expect(report.ok).toBe(true);
  const findings = report.sections.flatMap((section) => section.findings);
  const byName = new Map(findings.map((finding) => [finding.name, finding]));
  expect(byName.get('Loopback')).toMatchObject({ state: 'ok' });
  expect(byName.get('ssh')).toMatchObject({ state: 'note', value: 'not installed' });
  expect(byName.get('AWS variables')?.value).toBe('AWS_SECRET_ACCESS_KEY');
  expect(byName.get('AWS')?.value).toBe('AWS_CA_BUNDLE, AWS_REGION');
  expect(byName.get('Browser')).toMatchObject({ state: 'note', value: 'none found' });
});

test('a problem is marked, comes with a remedy and gives exit code 1', async () => {
  const env = { ...(await withSecrets()), TMPDIR: '/nowhere', TEMP: '/nowhere', TMP: '/nowhere' };
  const { code, stdout } = await runCli(['doctor'], { env });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^X Temporary files .*\n .*Set TMPDIR to a folder/m);
});
