import { createElement, StrictMode, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import type { Views } from './main.ts'

function Board({ board, visits }: Views) {
  const names = useSyncExternalStore(board.subscribe, board.getSnapshot) ?? []
  const count = useSyncExternalStore(visits.subscribe, visits.getSnapshot) ?? 0
  const items = names.map((name) => createElement('li', { key: name }, name))
  return [
    createElement('ol', { key: 'list' }, items),
    createElement('p', { key: 'count' }, String(count)),
  ]
}

export function show(place: HTMLElement, views: Views): () => void {
  const root = createRoot(place)
  root.render(createElement(StrictMode, null, createElement(Board, views)))
  return () => root.unmount()
}
