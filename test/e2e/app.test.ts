import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { writeSampleStack } from '../../src/main/sources/sample';
import { temporaryFolder } from '../temporary-folder';
import { startWithheldInput } from '../withheld-input';
import { axeFindings, configure, openApp, RunningApp, tabTo, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { goWholeWay } from './whole-way';

/** Lets a test hold back what the app sends to its pages, as a slow machine does. */
async function holdAnswers(context: BrowserContext) {
  let held: (() => void)[] | undefined;
  await context.routeWebSocket(/\/api$/, (page) => {
    const app = page.connectToServer();
    app.onMessage((message) => {
      if (held === undefined) page.send(message);
      else held.push(() => page.send(message));
    });
  });
  return {
    hold: () => (held = []),
    release: () => {
      for (const send of held ?? []) send();
      held = undefined;
    },
  };
}

async function startWithStack(size: readonly [number, number, number] = [128, 128, 48]) {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const stack = join(folder, 'stack');
  await writeSampleStack(stack, { size, dataType: 'uint64', seed: 7 });
  const app = await RunningApp.start(folder, home);
  const browser = await sharedBrowser();
  const context = await newContext(browser);
  const answers = await holdAnswers(context);
  const page = await openApp(context, app.url);
  return { folder, home, stack, app, browser, page, answers };
}

describe('the whole way', () => {
  test('sample → settings → conversion → preview → library', async () => {
    const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
    const app = await RunningApp.start(folder, home);
    const page = await openApp(await newContext(await sharedBrowser()), app.url);
    await goWholeWay(page);
  });

  test('a picker lists folders, and a chosen one is looked at', async () => {
    const { page, folder } = await startWithStack([32, 32, 4]);
    await page.getByRole('button', { name: 'Browse…' }).click();
    await page.getByLabel('Path', { exact: true }).fill(folder);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'stack', exact: true }).click();
    await page.getByText('slice_0003.tif').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page.getByText('32 × 32 × 4', { exact: false }).first().waitFor();
  });

  test('a picker keeps what is typed while it loads, and chooses no folder but the one that was asked for', async () => {
    const { page, folder, answers } = await startWithStack([32, 32, 4]);
    const [path, choose] = [
      page.getByLabel('Path', { exact: true }),
      page.getByRole('button', { name: 'Choose this folder' }),
    ];
    const browse = page.getByRole('button', { name: 'Browse…' });
    await browse.waitFor();
    answers.hold();
    await browse.click();
    await path.fill(join(folder, 'stack'));
    answers.release();
    await page.getByRole('button', { name: 'stack', exact: true }).waitFor();
    expect(await path.inputValue()).toBe(join(folder, 'stack'));
    answers.hold();
    await path.press('Enter');
    await expect.poll(() => choose.isDisabled()).toBe(true);
    answers.release();
    await choose.click();
    await page.getByText('32 × 32 × 4', { exact: false }).first().waitFor();
  });

  test('what is typed over the selected path of a picker replaces the path that arrives just then', async () => {
    const { page, folder, answers } = await startWithStack([32, 32, 4]);
    const path = page.getByLabel('Path', { exact: true });
    const browse = page.getByRole('button', { name: 'Browse…' });
    await browse.waitFor();
    answers.hold();
    await browse.click();
    await path.selectText();
    answers.release();
    await expect.poll(() => path.inputValue()).not.toBe('');
    await page.keyboard.insertText(join(folder, 'stack'));
    expect(await path.inputValue()).toBe(join(folder, 'stack'));
  });

  test('a picker begins where it began before when it is opened again, and chooses the path in its field', async () => {
    const { page, folder } = await startWithStack([32, 32, 4]);
    const path = page.getByLabel('Path', { exact: true });
    const browse = page.getByRole('button', { name: 'Browse…' });
    await browse.click();
    await expect.poll(() => path.inputValue()).not.toBe('');
    const first = await path.inputValue();
    await path.fill('/nowhere');
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await path.fill('typed and not sent');
    await page.keyboard.press('Escape');
    await browse.click();
    await expect.poll(() => path.inputValue()).toBe(first);
    await path.fill(join(folder, 'stack'));
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page.getByText('32 × 32 × 4', { exact: false }).first().waitFor();
  });
});

test('a part of a stack, turned and with other ids, is shown and converted; what is outside is refused', async () => {
  const { page, folder, stack } = await startWithStack([128, 96, 48]);
  const table = join(folder, 'table.csv');
  await writeFile(table, 'from,to\n1,70000\n');
  await page.getByLabel('or type its path').fill(stack);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('128 × 96 × 48').first().waitFor();
  await page.getByText('Take a part, turn it, change ids').click();
  await page.getByLabel('Crop').fill('100:200,:,:');
  await page.getByRole('button', { name: 'Show it so' }).click();
  await page.getByRole('alert').getByText('ends beyond the volume').waitFor();
  // It appears below the fields, and the buttons at the lower edge would lie over it.
  const isAboveButton = async () => {
    const answer = await page.getByRole('alert').boundingBox();
    const next = await page.getByRole('button', { name: 'Continue to settings' }).boundingBox();
    return (answer?.y ?? Infinity) + (answer?.height ?? 0) <= (next?.y ?? 0);
  };
  await expect.poll(isAboveButton).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('Crop').fill('32:96, 10:90, :');
  await page.getByLabel('Transpose').selectOption('zyx');
  await page.getByLabel('Flip').selectOption('x');
  await page.getByLabel('Id mapping', { exact: true }).fill(table);
  await page.getByLabel('Unmapped ids').selectOption('zero');
  await page.getByLabel('Add to ids').fill('5');
  await page.getByRole('button', { name: 'Show it so' }).click();
  await page.getByText('48 × 80 × 64 voxels').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  for (const axis of ['x', 'y', 'z']) await page.getByLabel(axis, { exact: true }).fill('16');
  await page.getByRole('cell', { name: '48 × 80 × 64' }).waitFor();
  await withoutMeshes(page);
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await page.getByRole('cell', { name: '48 × 80 × 64' }).waitFor();
});

test('a narrow window shows the settings one below the other, nothing over another', async () => {
  const { page, stack } = await startWithStack([32, 32, 4]);
  await page.setViewportSize({ width: 640, height: 800 });
  await configure(page, stack);
  await page.getByRole('button', { name: 'Advanced' }).click();
  const fields = await page.getByLabel('Encoding', { exact: true }).boundingBox();
  const plan = await page.getByRole('heading', { name: 'What will be made' }).boundingBox();
  expect(plan?.y).toBeGreaterThan(fields?.y ?? Infinity);
  // The button stays at the lower edge of the window, wherever the page is scrolled to.
  const convert = await page.getByRole('button', { name: 'Convert', exact: true }).boundingBox();
  expect((convert?.y ?? 0) + (convert?.height ?? 0)).toBeLessThanOrEqual(800);
  expect((convert?.x ?? 0) + (convert?.width ?? 0)).toBeLessThanOrEqual(640);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
});

describe('what can go wrong', () => {
  test('a folder that is no stack is explained', async () => {
    const { page, folder } = await startWithStack([32, 32, 4]);
    await mkdir(join(folder, 'notes'));
    await writeFile(join(folder, 'notes', 'readme.txt'), 'nothing here');
    await page.getByLabel('or type its path').fill(join(folder, 'notes'));
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').getByText('holds no volume').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Choose another' }).click();
    await page.getByRole('heading', { name: 'What would you like' }).waitFor();
  });

  test('the volumes in a folder that is not one itself are offered', async () => {
    const { page, folder } = await startWithStack([32, 32, 4]);
    await page.getByLabel('or type its path').fill(folder);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('button', { name: 'Open stack' }).click();
    await page.getByText('TIFF stack').waitFor();
    expect(await page.getByText('32 × 32 × 4 voxels').count()).toBe(1);
  });

  test('a folder that may not be used is refused', async () => {
    const { page } = await startWithStack([32, 32, 4]);
    await page.getByLabel('or type its path').fill('/etc');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').getByText('outside of the folders').waitFor();
  });

  test('nonsense is reported at its field, and nothing can be started', async () => {
    const { page, stack } = await startWithStack([32, 32, 4]);
    await configure(page, stack);
    await page.getByRole('button', { name: 'Advanced' }).click();
    await page.getByLabel('Chunk size').fill('-3');
    await page.getByText("'-3' is not", { exact: false }).first().waitFor();
    await expect.poll(() => page.getByLabel('Chunk size').getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Convert', exact: true, disabled: true }).waitFor();
  });
});

/** Starts the app with a job that runs until its input is released. */
async function startWithRunningJob() {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const input = await startWithheldInput();
  const app = await RunningApp.start(folder, home);
  const browser = await sharedBrowser();
  const page = await openApp(await newContext(browser), app.url);
  await configure(page, input.address);
  await withoutMeshes(page);
  const waits = input.withhold();
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await waits;
  return { folder, home, input, app, browser, page, job: page.getByRole('article') };
}

/** Changes the stored queue to what it is if the program dies before it has stored that the jobs began to write. */
async function forgetStart(home: string): Promise<void> {
  const file = join(home, 'jobs.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"mode": "resume"', '"mode": "new"'));
}

describe('jobs', () => {
  test('pausing keeps what is done, resuming finishes it, in two tabs alike, over a reload', async () => {
    const { page, input } = await startWithRunningJob();
    const other = await openApp(page.context(), new URL('/#/queue', page.url()).href);
    const job = other.getByRole('article');
    await job.getByRole('button', { name: 'Pause' }).click();
    for (const tab of [page, other]) {
      await tab.getByRole('article').getByText('Paused', { exact: true }).waitFor();
    }
    input.release();
    await job.getByRole('button', { name: 'Resume' }).click();
    await page.reload();
    for (const tab of [page, other]) {
      await tab.getByRole('article').getByText('Done', { exact: true }).waitFor();
    }
  });

  test('a cancelled job can be resumed', async () => {
    const { page, input, job } = await startWithRunningJob();
    await job.getByText('Running', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await job.getByText('Cancelled', { exact: true }).waitFor();
    input.release();
    await page.getByRole('button', { name: 'Resume' }).click();
    await job.getByText('Done', { exact: true }).waitFor();
  });

  test('a job that the program died in is shown as interrupted by the next one, and can be resumed', async () => {
    const { page, input, app, folder, home, browser, job } = await startWithRunningJob();
    await job.getByText('Running', { exact: true }).waitFor();
    // Another tab says no longer that the job runs; there is nobody who knows.
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole('article').getByText('Running', { exact: true }).waitFor();
    await page.close();
    await app.kill();
    await other.getByText('If the program is still running, its jobs continue').waitFor();
    await other.getByRole('article').getByText('Not known', { exact: true }).waitFor();
    expect(await other.getByText('Running', { exact: true }).count()).toBe(0);
    await forgetStart(home);
    const second = await RunningApp.start(folder, home);
    const again = await openApp(await newContext(browser), second.url);
    await again.getByRole('link', { name: 'Queue' }).click();
    await again.getByRole('article').getByText('Interrupted', { exact: true }).waitFor();
    input.release();
    await again.getByRole('button', { name: 'Resume' }).click();
    await again.getByRole('article').getByText('Done', { exact: true }).waitFor();
  });
});

test('a dataset of the library is checked, and its settings are those of a second job', async () => {
  const { page, stack } = await startWithStack([96, 96, 32]);
  await configure(page, stack);
  await withoutMeshes(page);
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await page.getByRole('heading', { name: 'Settings for stack' }).waitFor();
  expect(await page.getByLabel('Meshes', { exact: true }).inputValue()).toBe('none');

  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('button', { name: 'Actions for stack-precomputed' }).click();
  await page.getByRole('menuitem', { name: 'Check every chunk' }).click();
  const job = page.getByRole('article', { name: 'Check of stack-precomputed' });
  await job.getByText('Done', { exact: true }).waitFor();
});

test('from the start to a job by the keyboard alone, in the dark', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const stack = join(folder, 'stack');
  await writeSampleStack(stack, { size: [64, 64, 8], dataType: 'uint64', seed: 7 });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser(), { colorScheme: 'dark' }), app.url);
  expect(await axeFindings(page)).toEqual([]);
  await tabTo(page.getByLabel('or type its path or web address'));
  await page.keyboard.type(stack);
  await page.keyboard.press('Enter');
  await page.getByText('TIFF stack').waitFor();
  await tabTo(page.getByRole('button', { name: 'Continue to settings' }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Settings for' }).waitFor();
  await tabTo(page.getByLabel('x', { exact: true }));
  for (const length of ['16', '16', '40']) {
    await page.keyboard.type(length);
    await page.keyboard.press('Tab');
  }
  await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await tabTo(page.getByRole('button', { name: 'Convert', exact: true, disabled: false }));
  await page.keyboard.press('Enter');
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
});
