/**
 * The same live queries in plain DOM, React, Vue and Svelte, each in the way that its users know: an
 * iterator, `useSyncExternalStore`, a ref, a store. The engine is in a worker.
 */
import { Redis } from '../../../../src/runtimes/browser/index.ts'
import * as dom from './dom.ts'
import * as react from './react.ts'
import * as svelte from './svelte.ts'
import * as vue from './vue.ts'

const redis = await Redis.create('worker:', {
  worker: () => new Worker(new URL('../worker.ts', import.meta.url), { type: 'module' }),
})

/** What all of them show: the best three, and how many have visited. */
const views = {
  board: redis.live((redis) => redis.zrange('board', 0, 2, { rev: true }) as Promise<string[]>),
  visits: redis.live('visits'),
}
export type Views = typeof views

const place = (id: string): HTMLElement => document.getElementById(id) as HTMLElement
const frameworks = { dom, react, vue, svelte }
const exposed = {
  redis,
  /** Show the views; returns what takes them down again. */
  show: (name: keyof typeof frameworks): (() => void) => frameworks[name].show(place(name), views),
  /** What takes down those that are shown. */
  shown: {} as Record<string, () => void>,
}
declare global {
  var live: {
    redis: Redis
    show(name: 'dom' | 'react' | 'vue' | 'svelte'): () => void
    shown: Record<string, () => void>
  }
}
globalThis.live = exposed
