import { defineConfig } from 'vitest/config';

/** Makes the pictures of the README; run from the root of the checkout by `npm run screenshots`. */
export default defineConfig({
  test: { include: ['test/e2e/screenshots.ts'], testTimeout: 600_000 },
});
