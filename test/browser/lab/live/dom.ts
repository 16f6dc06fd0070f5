import type { Views } from './main.ts'

export function show(place: HTMLElement, { board, visits }: Views): () => void {
  const list = place.appendChild(document.createElement('ol'))
  const count = place.appendChild(document.createElement('p'))
  let over = false
  void (async () => {
    for await (const names of board) {
      if (over) break
      list.replaceChildren(
        ...names.map((name) => {
          const item = document.createElement('li')
          item.textContent = name
          return item
        }),
      )
    }
  })()
  const leave = visits.subscribe((value) => {
    count.textContent = String(value ?? 0)
  })
  return () => {
    over = true
    leave()
    place.replaceChildren()
  }
}
