import { defineConfig } from '@playwright/test'
import { CHROMIUM, PORT } from './place.ts'

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
  use: {
    baseURL: `http://localhost:${PORT}`,
    browserName: 'chromium',
    launchOptions: { executablePath: CHROMIUM },
  },
  webServer: {
    command: `node --import tsx serve.ts`,
    url: `http://localhost:${PORT}/`,
    reuseExistingServer: false,
  },
})
