/** A worker thread with an engine, as an application would write it. */
import { parentPort } from 'node:worker_threads'
import { serveThread } from '../../src/runtimes/node/index.ts'

serveThread(parentPort)
