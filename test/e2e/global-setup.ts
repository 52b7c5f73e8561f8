import chromium from '@sparticuz/chromium';

/** Unpacks the browser once, before test files that run at the same time would all unpack it to the same place. */
export default async function setUp(): Promise<void> {
  await chromium.executablePath();
}
