/** The library's worker, as an application would write it. */
import '../../../src/runtimes/worker/index.ts'
