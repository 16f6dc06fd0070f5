/** The library's worker. */
import '../../../src/runtimes/worker/index.ts'
