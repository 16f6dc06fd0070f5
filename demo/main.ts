/** The page: joins the console, the list of keys and the state of the data to an engine. */
import { CommandError } from '../src/core/errors.ts'
import { type Reply, Status } from '../src/core/reply.ts'
import { encodeUtf8 } from '../src/util/bytes.ts'
import { splitInline } from '../src/util/words.ts'
import type { Backend, BackendEvents, DataStatus, Ownership } from './backend.ts'
import { type Doc, readDocs } from './complete.ts'
import { Console, type Entry } from './console.ts'
import { element, find } from './dom.ts'
import { openBackend } from './engine.ts'
import { Files } from './files.ts'
import { Keys } from './keys.ts'
import { EXAMPLES } from './tour.ts'

/** After this long a reply is said to be waited for. */
const WAIT_MS = 300

let backend: Backend | null = null
let keys: Keys | null = null
let docs: readonly Doc[] | null = null
let database = 0
let queueing = false

const events: BackendEvents = {
  push(push) {
    terminal.message(push)
    keys?.changed()
  },
  status: showStatus,
  ownership: showOwnership,
  closed(reason) {
    terminal.shut()
    showStatus({ state: 'failed', loaded: 0, total: 0, problem: reason })
  },
}

const terminal = new Console({
  run(line, entry) {
    void runLine(line, entry)
  },
})

async function runLine(line: string, entry: Entry): Promise<void> {
  if (/^clear$/i.test(line)) {
    terminal.clear()
    return
  }
  const argv = splitInline(encodeUtf8(line))
  if (argv === undefined || argv.length === 0) {
    entry.refuse('Invalid argument(s)')
    return
  }
  if (backend === null) {
    entry.refuse('The engine is not ready yet.')
    return
  }
  const waiting = setTimeout(() => entry.wait(), WAIT_MS)
  try {
    const reply = await backend.send(argv)
    entry.answer(reply)
    follow(argv, reply)
  } catch (error) {
    entry.refuse((error as Error).message)
  } finally {
    clearTimeout(waiting)
  }
}

/** Keep the prompt and the list of keys in step with what the session does. */
function follow(argv: readonly string[], reply: Reply): void {
  const name = (argv[0] as string).toUpperCase()
  const ok = !(reply instanceof CommandError)
  if (name === 'MULTI' && ok) queueing = true
  if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') queueing = false
  if (name === 'SELECT' && reply instanceof Status && reply.text === 'OK')
    database = Number(argv[1])
  if (name === 'RESET') database = 0
  terminal.prompt(`db${database}${queueing ? '(TX)' : ''}>`)
  keys?.select(database)
}

/** In short, and what is added where there is room. */
const TEXTS: Readonly<Record<DataStatus['state'], readonly [short: string, more: string]>> = {
  opening: ['Opening …', ''],
  loading: ['Loading …', ''],
  saving: ['Saving …', ''],
  saved: ['Saved', ' in this browser'],
  memory: ['In memory only', ': gone with the tab'],
  failed: ['Not saved', ''],
}

function showStatus(status: DataStatus): void {
  find('store-dot').dataset['state'] = status.state
  const [short, more] = TEXTS[status.state]
  const rest = status.problem === '' ? more : `: ${status.problem}`
  const text = find('store-text')
  // Screen readers are told of a change once, not of every byte.
  if (text.textContent !== short + rest) text.replaceChildren(short, element('span', 'more', rest))
  find('store-dot').title = short + rest
  const progress = find('store-progress') as HTMLProgressElement
  progress.hidden = status.state !== 'loading'
  if (status.total > 0) progress.value = status.loaded / status.total
  document.body.dataset['state'] = status.state
}

const BANNERS: Readonly<
  Record<Exclude<Ownership, 'ours'>, readonly [text: string, action: string]>
> = {
  elsewhere: [
    'This data is open in another tab. Only one tab at a time can write to it.',
    'Use it here',
  ],
  taken: ['Another tab has taken this data over. Nothing you typed here is lost.', 'Take it back'],
  deleted: [
    'This data was deleted, by another tab or in the settings of the browser.',
    'Start afresh',
  ],
  damaged: [
    'What this browser has stored here is damaged, so it was not loaded. What comes before the damage can be saved; the rest is lost.',
    'Load what is left',
  ],
}

function showOwnership(ownership: Ownership): void {
  if (document.body.dataset['ownership'] === ownership) return
  const banner = find('banner')
  const action = find('banner-action') as HTMLButtonElement
  banner.hidden = ownership === 'ours'
  document.body.dataset['ownership'] = ownership
  if (ownership === 'ours') {
    // Taken back: the sessions are the same, the data may have changed.
    if (docs !== null) terminal.open(docs)
    keys?.changed()
    return
  }
  terminal.shut()
  const [text, button] = BANNERS[ownership]
  find('banner-text').textContent = text
  action.textContent = button
  action.onclick = () => {
    action.disabled = true
    const taken = backend?.takeOver() ?? Promise.resolve()
    // If it cannot be had, the status says why.
    void taken
      .catch(() => {})
      .finally(() => {
        action.disabled = false
      })
  }
}

function showExamples(): void {
  for (const example of EXAMPLES) {
    const card = element('button', 'card')
    card.type = 'button'
    card.append(
      element('strong', '', example.title),
      element('span', '', example.about),
      element('code', '', example.lines[0] as string),
    )
    card.addEventListener('click', () => {
      for (const line of example.lines) terminal.run(line)
      terminal.focus()
    })
    const item = element('li')
    item.append(card)
    find('cards').append(item)
  }
}

/** "Keep my data": browsers grant it after a gesture, or not at all. */
async function offerToKeep(): Promise<void> {
  const button = find('keep') as HTMLButtonElement
  // Absent in WebKitGTK and on insecure origins.
  const storage = navigator.storage as StorageManager | undefined
  if (storage?.persist === undefined || (await storage.persisted())) return
  button.hidden = false
  button.addEventListener('click', async () => {
    button.textContent = (await storage.persist()) ? 'Kept' : 'The browser said no'
    button.disabled = true
  })
}

showExamples()
const opened = await openBackend(events)
backend = opened
await opened.ready
keys = new Keys(opened, (line) => terminal.run(line))
new Files(
  () => opened.transfers(),
  () => keys?.changed(),
)
for (const id of ['import', 'import-get', 'export'])
  (find(id) as HTMLButtonElement).disabled = false
docs = readDocs(await opened.ask(['COMMAND', 'DOCS']))
if (document.body.dataset['ownership'] === 'ours') terminal.open(docs)
keys.changed()
await offerToKeep()
