/** Our own version, as in package.json (a test compares them). */
export const VERSION = '0.1.0'
/** The version of Redis whose behaviour this one follows. */
export const REDIS_VERSION = '8.10.0'
