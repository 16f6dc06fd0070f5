/**
 * The console: a log of commands and replies, and the line to type in.
 *
 * The line is an ordinary input with a list of completions (the ARIA combobox pattern), so a screen
 * reader, a phone's keyboard and a password manager all treat it as what it is. The grey hint behind
 * the text is decoration; the line below says the same in words.
 */
import type { Reply } from '../src/core/reply.ts'
import { Verbatim } from '../src/core/reply.ts'
import { type Completion, complete, type Doc, docOf, hint } from './complete.ts'
import { element, find } from './dom.ts'
import { formatReply } from './format.ts'
import { History } from './history.ts'

/** Entries kept in the log; older ones go. */
const LOG_LIMIT = 500

/** What the line below the prompt says while there is no command to explain. */
const IDLE = 'Tab completes, up and down recall, Ctrl+L clears.'

export interface ConsoleEvents {
  /** A line was entered. The entry is where its reply belongs. */
  run(line: string, entry: Entry): void
}

/** One command in the log, and later its reply. */
export interface Entry {
  /** What was asked has been answered. */
  answer(reply: Reply): void
  /** Not an answer of the engine: a line that could not be sent. */
  refuse(text: string): void
  /** Say that the reply is still to come. */
  wait(): void
}

export class Console {
  private readonly log = find('log')
  private readonly form = find('prompt') as HTMLFormElement
  private readonly input = find('line') as HTMLInputElement
  private readonly list = find('choices')
  private readonly typed = find('ghost-typed')
  private readonly hinted = find('ghost-hint')
  private readonly about = find('about')
  private readonly sigil = find('sigil')
  private readonly history = new History('respite.history')
  private readonly events: ConsoleEvents
  private docs: readonly Doc[] = []
  private choices: Completion[] = []
  private chosen = -1

  constructor(events: ConsoleEvents) {
    this.events = events
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.submit()
    })
    this.input.addEventListener('input', () => this.edited())
    this.input.addEventListener('keydown', (event) => this.key(event))
    this.input.addEventListener('blur', () => this.close())
    this.input.addEventListener('scroll', () => this.follow())
  }

  /** The engine answers: let people type. */
  open(docs: readonly Doc[]): void {
    this.docs = docs
    this.input.disabled = false
    ;(find('send') as HTMLButtonElement).disabled = false
    // On a phone, focus would raise the keyboard over the page that has just been opened.
    if (matchMedia('(pointer: fine)').matches) this.input.focus()
  }

  shut(): void {
    this.input.disabled = true
    ;(find('send') as HTMLButtonElement).disabled = true
  }

  /** The text in front of the line: which database, and whether a transaction is open. */
  prompt(text: string): void {
    this.sigil.textContent = text
  }

  /** Put a line into the input without running it. */
  fill(line: string): void {
    this.input.value = line
    this.input.focus()
    this.input.setSelectionRange(line.length, line.length)
    this.edited()
    this.close()
  }

  focus(): void {
    this.input.focus()
  }

  clear(): void {
    this.log.replaceChildren()
  }

  /** A message that answers nothing: pub/sub, invalidations. */
  message(reply: Reply): void {
    const entry = element('div', 'entry message')
    entry.append(render(reply))
    this.append(entry)
  }

  /** Run a line as if it had been typed. */
  run(line: string): void {
    find('welcome', false)?.remove()
    const entry = element('div', 'entry')
    const asked = element('div', 'asked')
    asked.append(`${this.sigil.textContent} `, element('b', '', line))
    entry.append(asked)
    this.append(entry)
    this.events.run(line, this.entryOf(entry))
  }

  private entryOf(entry: HTMLElement): Entry {
    let waiting: HTMLElement | null = null
    const put = (...nodes: Node[]): void => {
      waiting?.remove()
      const follow = this.atEnd()
      entry.append(...nodes)
      if (follow) this.toEnd()
    }
    return {
      answer: (reply) => put(render(reply)),
      refuse: (text) => {
        const line = element('pre', 'reply')
        line.append(element('span', 'k-error', text))
        put(line)
      },
      wait: () => {
        waiting = element('div', 'waiting', '… waiting')
        entry.append(waiting)
        this.toEnd()
      },
    }
  }

  private append(entry: HTMLElement): void {
    this.log.append(entry)
    while (this.log.childElementCount > LOG_LIMIT) this.log.firstElementChild?.remove()
    this.toEnd()
  }

  private atEnd(): boolean {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80
  }

  private toEnd(): void {
    this.log.scrollTop = this.log.scrollHeight
  }

  private submit(): void {
    const line = this.input.value.trim()
    if (line === '') return
    this.input.value = ''
    this.edited()
    this.close()
    this.history.add(line)
    this.run(line)
  }

  // ---- The line -------------------------------------------------------------------------------

  private edited(): void {
    const line = this.input.value
    this.choices = this.input.selectionStart === line.length ? complete(this.docs, line) : []
    this.chosen = -1
    this.showChoices()
    const rest = line.trim() === '' ? '' : hint(this.docs, line)
    this.typed.textContent = line
    this.hinted.textContent = rest === '' ? '' : `${/\s$/.test(line) ? '' : ' '}${rest}`
    this.follow()
    const doc = docOf(this.docs, line)
    this.about.textContent =
      doc === undefined ? IDLE : `${doc.name}: ${doc.summary} Since ${doc.since}. ${doc.complexity}`
  }

  /** Keep the hint behind the text when the input has scrolled sideways. */
  private follow(): void {
    const ghost = this.typed.parentElement as HTMLElement
    ghost.scrollLeft = this.input.scrollLeft
  }

  private key(event: KeyboardEvent): void {
    const open = !this.list.hidden
    switch (event.key) {
      case 'ArrowUp':
        event.preventDefault()
        if (open && this.chosen >= 0) this.choose(this.chosen - 1)
        else this.recall(this.history.older(this.input.value))
        break
      case 'ArrowDown':
        event.preventDefault()
        if (open) this.choose(Math.min(this.chosen + 1, this.choices.length - 1))
        else this.recall(this.history.newer())
        break
      case 'Tab':
        if (!open || event.shiftKey) break
        event.preventDefault()
        this.accept(Math.max(0, this.chosen))
        break
      case 'Enter':
        if (!open || this.chosen < 0) break
        event.preventDefault()
        this.accept(this.chosen)
        break
      case 'Escape':
        if (!open) this.input.value = ''
        this.edited()
        this.close()
        break
      case 'l':
        if (!event.ctrlKey) break
        event.preventDefault()
        this.clear()
        break
    }
  }

  private recall(line: string | undefined): void {
    if (line === undefined) return
    this.fill(line)
  }

  private choose(index: number): void {
    this.chosen = index
    this.showChoices()
  }

  private accept(index: number): void {
    const choice = this.choices[index]
    if (choice === undefined) return
    this.input.value = choice.insert
    this.input.setSelectionRange(choice.insert.length, choice.insert.length)
    this.edited()
    if (choice.insert.endsWith(' ')) this.close()
  }

  private close(): void {
    this.choices = []
    this.chosen = -1
    this.showChoices()
  }

  private showChoices(): void {
    const open = this.choices.length > 0
    this.list.hidden = !open
    this.input.setAttribute('aria-expanded', String(open))
    this.list.replaceChildren(...this.choices.map((choice, i) => this.option(choice, i)))
    if (this.chosen >= 0) this.input.setAttribute('aria-activedescendant', `choice-${this.chosen}`)
    else this.input.removeAttribute('aria-activedescendant')
    this.list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }

  private option(choice: Completion, index: number): HTMLElement {
    const option = element('div', 'choice')
    option.id = `choice-${index}`
    option.role = 'option'
    option.setAttribute('aria-selected', String(index === this.chosen))
    option.append(element('b', '', choice.label), element('span', '', choice.detail))
    // Before the input loses focus and closes the list.
    option.addEventListener('mousedown', (event) => {
      event.preventDefault()
      this.accept(index)
    })
    return option
  }
}

function render(reply: Reply): HTMLElement {
  // A picture or a report keeps its columns; everything else wraps.
  const wide = reply instanceof Verbatim
  const block = element('pre', wide ? 'reply picture' : 'reply')
  // What scrolls by itself has to be reachable by keyboard.
  if (wide) block.tabIndex = 0
  for (const piece of formatReply(reply)) {
    // The last line of a report ends as well; here that would be an empty line.
    if (piece.kind === 'plain') block.append(wide ? piece.text.trimEnd() : piece.text)
    else block.append(element('span', `k-${piece.kind}`, piece.text))
  }
  return block
}
