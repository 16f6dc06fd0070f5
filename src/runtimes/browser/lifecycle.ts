/**
 * The life of a page: it may be frozen, put aside (bfcache) and taken up again, for hours. What sleeps
 * must not keep a data set from others, so it is let go of before and claimed again afterwards.
 */
import type { Link } from '../../client/link.ts'

/** Follow the page that this runs in; returns what stops it. In a worker there is nothing to follow. */
export function followPage(link: Link): () => void {
  if (typeof document === 'undefined' || typeof window === 'undefined') return () => {}
  let asleep = false
  const sleep = () => {
    asleep = true
    link.suspend().catch(() => {})
  }
  const wake = () => {
    if (!asleep) return
    asleep = false
    link.resume().catch(() => {})
  }
  const visible = () => {
    // Connections that the browser cut in the background are made again now, not in 30 seconds.
    if (document.visibilityState === 'visible' && link.status.state === 'failed') {
      link.retry().catch(() => {})
    }
  }
  const stop = new AbortController()
  const { signal } = stop
  window.addEventListener('pagehide', sleep, { signal })
  window.addEventListener('pageshow', wake, { signal })
  document.addEventListener('freeze', sleep, { signal })
  document.addEventListener('resume', wake, { signal })
  document.addEventListener('visibilitychange', visible, { signal })
  return () => stop.abort()
}
