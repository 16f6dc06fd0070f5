/** Where the pages are served, and which browsers open them. */
export const PORT = Number(process.env.RESPITE_PORT ?? 4173)
export const ORIGIN = `http://localhost:${PORT}`
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr'

/** How Playwright starts them. Tests that need more than Firefox's remote protocol has are tagged `@chromium`. */
export const LAUNCH = {
  chromium: { executablePath: CHROMIUM },
  firefox: {
    executablePath: FIREFOX,
    channel: 'moz-firefox',
    // It would ask a person whether data may stay.
    firefoxUserPrefs: {
      'dom.storageManager.prompt.testing': true,
      'dom.storageManager.prompt.testing.allow': true,
    },
  },
} as const
export type BrowserName = keyof typeof LAUNCH
