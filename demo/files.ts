/**
 * Import and export: by picker, by dropping files on the page, and by address; with progress, a way to
 * end it, and a report of what was taken.
 */

import { filesOf, type ImportSource } from '../src/client/sources.ts'
import type {
  ImportOptions,
  ImportReport,
  TransferFile,
  TransferFormat,
  Transfers,
} from '../src/transfer/types.ts'
import { decodeUtf8 } from '../src/util/bytes.ts'
import { element, find } from './dom.ts'

const ENDINGS: Readonly<Record<TransferFormat, string>> = {
  rdb: 'rdb',
  aof: 'aof',
  json: 'json',
  resp: 'resp',
}

/** Endings that say what the bytes do not. */
const REQUESTS = /\.(resp|redis|txt)$/i
/** Losses and refusals that are shown. */
const SHOWN = 5

const number = (n: number): string => n.toLocaleString('en')

export class Files {
  private readonly transfers: () => Promise<Transfers | null>
  private readonly done: () => void
  private readonly status = find('transfer')
  private readonly text = find('transfer-text')
  private readonly bar = find('transfer-progress') as HTMLProgressElement
  private readonly report = find('transfer-report')
  private stop: AbortController | null = null

  /** `done`: the data may be others now. */
  constructor(transfers: () => Promise<Transfers | null>, done: () => void) {
    this.transfers = transfers
    this.done = done
    const picker = find('import-file') as HTMLInputElement
    find('import').addEventListener('click', () => picker.click())
    picker.addEventListener('change', () => {
      const files = [...(picker.files ?? [])]
      picker.value = ''
      if (files.length > 0) void this.importFiles(files)
    })
    const address = find('import-url') as HTMLInputElement
    find('import-from').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.importFrom(address.value)
    })
    find('export').addEventListener('click', () => void this.export())
    find('transfer-cancel').addEventListener('click', () => this.stop?.abort())
    this.takeDrops()
  }

  /** Files may be dropped anywhere on the page. */
  private takeDrops(): void {
    const over = (on: boolean) => document.body.classList.toggle('dropping', on)
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    addEventListener('dragover', (event) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      over(true)
    })
    addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) over(false)
    })
    addEventListener('drop', (event) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      over(false)
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length > 0) void this.importFiles(files)
    })
  }

  private importFiles(files: readonly File[]): Promise<void> {
    const [first] = files
    const name = files.length === 1 ? (first?.name ?? '') : `${files.length} files`
    return this.import(name, async () => filesOf(files.length === 1 ? (first as File) : [...files]))
  }

  private importFrom(address: string): Promise<void> {
    return this.import(address, async (signal) => {
      // Nobody there is told more than which file is wanted.
      const response = await fetch(address, {
        signal,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      })
      if (!response.ok || response.body === null) {
        throw new Error(`${response.status} ${response.statusText}`)
      }
      const size = Number(response.headers.get('content-length') ?? 0)
      // What was compressed on the way is longer than it says.
      const known = response.headers.get('content-encoding') === null ? size : 0
      const [file] = filesOf(response.body as unknown as ImportSource)
      return file === undefined ? [] : [{ ...file, size: known }]
    })
  }

  private async import(
    name: string,
    open: (signal: AbortSignal) => Promise<readonly TransferFile[]>,
  ): Promise<void> {
    const mode = (find('import-mode') as HTMLSelectElement).value as NonNullable<
      ImportOptions['mode']
    >
    const repair = (find('import-repair') as HTMLInputElement).checked
    await this.run(`Importing ${name}`, async (transfers, signal) => {
      const report = await transfers.import(await open(signal), {
        mode,
        repair,
        ...(REQUESTS.test(name) ? { format: 'resp' } : {}),
        signal,
        onProgress: ({ bytes, total }) => this.progress(bytes, total),
      })
      this.show(name, report)
    })
    this.done()
  }

  private async export(): Promise<void> {
    const format = (find('export-format') as HTMLSelectElement).value as TransferFormat
    await this.run('Exporting', async (transfers, signal) => {
      const pieces: Uint8Array[] = []
      let bytes = 0
      for await (const piece of transfers.export({ format, signal })) {
        pieces.push(piece)
        bytes += piece.length
        this.progress(bytes, 0)
      }
      const link = element('a')
      link.href = URL.createObjectURL(new Blob(pieces as BlobPart[]))
      link.download = `respite.${ENDINGS[format]}`
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
      this.say([`Exported ${number(bytes)} bytes as ${link.download}.`])
    })
  }

  /** One at a time, with a way to end it. */
  private async run(
    what: string,
    act: (transfers: Transfers, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.stop !== null) return
    const stop = new AbortController()
    this.stop = stop
    this.report.replaceChildren()
    this.text.textContent = `${what} …`
    this.bar.removeAttribute('value')
    this.status.hidden = false
    ;(find('files') as HTMLDetailsElement).open = true
    try {
      const transfers = await this.transfers()
      if (transfers === null) throw new Error('The engine is not ready yet.')
      await act(transfers, stop.signal)
    } catch (error) {
      this.say([stop.signal.aborted ? 'Cancelled. Nothing was changed.' : (error as Error).message])
      this.report.dataset['state'] = stop.signal.aborted ? 'cancelled' : 'failed'
    } finally {
      this.stop = null
      this.status.hidden = true
    }
  }

  private progress(bytes: number, total: number): void {
    if (total > 0) this.bar.value = Math.min(1, bytes / total)
    this.text.textContent = `${number(bytes)}${total > 0 ? ` of ${number(total)}` : ''} bytes`
  }

  private show(name: string, report: ImportReport): void {
    const { keys, requests, replaced, kept, expired, empty, refused, libraries } = report
    const lines = [
      report.format === 'resp'
        ? `${name}: ${number(requests)} requests run.`
        : `${name} (${report.format}, ${number(report.bytes)} bytes): ${number(keys)} keys taken.`,
    ]
    const counts: [number, string][] = [
      [replaced, 'took the place of others'],
      [kept, 'left out, because there was one'],
      [expired, 'had expired'],
      [empty, 'had no value'],
      [libraries, 'libraries of functions'],
      [refused, 'requests refused'],
    ]
    for (const [count, what] of counts) if (count > 0) lines.push(`${number(count)} ${what}`)
    for (const { request, error } of report.refusals.slice(0, SHOWN)) {
      lines.push(`Refused: ${request}: ${error}`)
    }
    if (report.truncated !== null) {
      lines.push(`Cut off at byte ${number(report.truncated.offset)}: the rest is not used.`)
    }
    for (const { key, offset, reason } of report.losses.slice(0, SHOWN)) {
      const what = key === null ? 'all that follows' : decodeUtf8(key)
      lines.push(`Lost: ${what} (byte ${number(offset)}: ${reason})`)
    }
    const more = report.losses.length - SHOWN
    if (more > 0) lines.push(`… and ${number(more)} more losses`)
    this.say(lines)
    this.report.dataset['state'] = 'done'
  }

  private say(lines: readonly string[]): void {
    this.report.replaceChildren(...lines.map((line) => element('li', '', line)))
  }
}
