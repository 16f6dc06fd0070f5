import '../../../src/runtimes/worker/index.ts'
