import { defineConfig } from '@playwright/test'
import { LAUNCH, PORT } from './place.ts'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../test-results/playwright',
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI !== undefined,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: { baseURL: `http://localhost:${PORT}` },
  projects: [
    {
      name: 'chromium',
      use: { browserName: 'chromium', launchOptions: LAUNCH.chromium },
      testIgnore: 'webkit.spec.ts',
    },
    // Playwright does not drive this one: the tests do that themselves.
    { name: 'webkit', testMatch: 'webkit.spec.ts' },
    {
      name: 'firefox',
      use: { browserName: 'firefox', launchOptions: LAUNCH.firefox },
      testMatch: [
        'kill.spec.ts',
        'opfs.spec.ts',
        'ownership.spec.ts',
        'script.spec.ts',
        'storage.spec.ts',
        'worker.spec.ts',
      ],
      grepInvert: /@chromium/,
    },
  ],
  webServer: {
    command: `node --import tsx serve.ts`,
    url: `http://localhost:${PORT}/`,
    reuseExistingServer: false,
  },
})
