import { createApp, h, onScopeDispose, type ShallowRef, shallowRef } from 'vue'
import type { LiveView } from '../../../../src/client/live.ts'
import type { Views } from './main.ts'

/** A view as a ref, for as long as the component lives. */
function useLive<T>(view: LiveView<T>): ShallowRef<T | undefined> {
  const ref = shallowRef(view.getSnapshot())
  onScopeDispose(
    view.subscribe((value) => {
      ref.value = value
    }),
  )
  return ref
}

export function show(place: HTMLElement, { board, visits }: Views): () => void {
  const app = createApp({
    setup() {
      const names = useLive(board)
      const count = useLive(visits)
      return () => [
        h(
          'ol',
          (names.value ?? []).map((name) => h('li', { key: name }, name)),
        ),
        h('p', String(count.value ?? 0)),
      ]
    },
  })
  app.mount(place)
  return () => app.unmount()
}
