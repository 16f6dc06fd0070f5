/** The two things that a page without a framework does all day. */

/** An element of the page, by id. Without `must` it may be gone. */
export function find(id: string, must?: true): HTMLElement
export function find(id: string, must: false): HTMLElement | null
export function find(id: string, must = true): HTMLElement | null {
  const found = document.getElementById(id)
  if (found === null && must) throw new Error(`the page has no #${id}`)
  return found
}

/** A new element with a class and text. Text is never read as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  if (text !== '') made.textContent = text
  return made
}
