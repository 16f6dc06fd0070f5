/** The worker that runs the engine and keeps its data. */
import '../src/runtimes/worker/index.ts'
