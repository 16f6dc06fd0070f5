import { mount, unmount } from 'svelte'
import Board from './Board.svelte'
import type { Views } from './main.ts'

export function show(place: HTMLElement, views: Views): () => void {
  const component = mount(Board, { target: place, props: views })
  return () => void unmount(component)
}
