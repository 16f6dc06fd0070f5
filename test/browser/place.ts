/** Where the pages are served, and which browser opens them. */
export const PORT = Number(process.env.RESPITE_PORT ?? 4173)
export const ORIGIN = `http://localhost:${PORT}`
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
