/** Import and export in the playground: by picker, by dropping, by address; cancelled, and reported. */
import { readFileSync } from 'node:fs'
import { expect, freshName, Playground, test } from './playground.ts'

const requests = (count: number): string =>
  Array.from({ length: count }, (_, i) => `SET key:${i} "value ${i}"\n`).join('')

test.describe('files', () => {
  test('are exported, and taken again in another data set', async ({ page }) => {
    const first = await Playground.open(page, freshName())
    await first.run('MSET a 1 b 2')
    await first.run('HSET h f v')
    await first.run('HPEXPIREAT h 33000000000000 FIELDS 1 f')
    await page.locator('#files summary').click()
    const saved: { name: string; mimeType: string; buffer: Buffer }[] = []
    for (const format of ['rdb', 'json', 'aof']) {
      await page.locator('#export-format').selectOption(format)
      const download = page.waitForEvent('download')
      await page.locator('#export').click()
      const file = await download
      expect(file.suggestedFilename()).toBe(`respite.${format}`)
      saved.push({
        name: file.suggestedFilename(),
        mimeType: 'application/octet-stream',
        buffer: readFileSync(await file.path()),
      })
    }
    for (const file of saved) {
      const other = await Playground.open(page, freshName())
      await other.run('SET gone 1')
      await page.locator('#files summary').click()
      await page.locator('#import-file').setInputFiles(file)
      await expect(page.locator('#transfer-report')).toContainText('3 keys taken')
      expect(await other.run('MGET a b gone')).toBe('1) "1"\n2) "2"\n3) (nil)')
      expect(await other.run('HPEXPIRETIME h FIELDS 1 f')).toBe('1) (integer) 33000000000000')
      // It is stored.
      await page.reload()
      await other.usable()
      expect(await other.run('GET b')).toBe('"2"')
    }
  })

  test('may be dropped on the page, and what is wrong with them is said', async ({ page }) => {
    const { run } = bound(await Playground.open(page, freshName()))
    const drop = async (name: string, text: string): Promise<void> => {
      const data = await page.evaluateHandle(
        ([file, content]) => {
          const transfer = new DataTransfer()
          transfer.items.add(new File([content as string], file as string))
          return transfer
        },
        [name, text],
      )
      await page.dispatchEvent('body', 'dragover', { dataTransfer: data })
      await page.dispatchEvent('body', 'drop', { dataTransfer: data })
    }
    await drop('seed.txt', `${requests(300)}nonsense\n`)
    const report = page.locator('#transfer-report')
    await expect(report).toContainText('seed.txt: 301 requests run.')
    await expect(report).toContainText("Refused: nonsense: ERR unknown command 'nonsense'")
    expect(await run('GET key:299')).toBe('"value 299"')
    await drop('bad.rdb', 'REDIS0010what')
    await expect(report).toContainText('at byte')
    await expect(report).toHaveAttribute('data-state', 'failed')
    expect(await run('DBSIZE')).toBe('(integer) 300')
  })

  test('may be at an address, and an import can be ended', async ({ page, complaints }) => {
    complaints.allow(/404/)
    const { run } = bound(await Playground.open(page, freshName()))
    await page.route('**/seed.resp', (route) => route.fulfill({ body: requests(50) }))
    await page.route('**/none.rdb', (route) => route.fulfill({ status: 404, body: '' }))
    await page.route('**/slow.rdb', () => {})
    await page.locator('#files summary').click()
    const load = async (name: string): Promise<void> => {
      await page.locator('#import-url').fill(new URL(name, page.url()).href)
      await page.locator('#import-get').click()
    }
    const report = page.locator('#transfer-report')
    await load('seed.resp')
    await expect(report).toContainText('50 requests run')
    expect(await run('DBSIZE')).toBe('(integer) 50')
    await load('slow.rdb')
    await page.locator('#transfer-cancel').click()
    await expect(report).toContainText('Cancelled. Nothing was changed.')
    await load('none.rdb')
    await expect(report).toContainText('404')
    expect(await run('DBSIZE')).toBe('(integer) 50')
  })

  test('come from elsewhere only when somebody names an address, and nothing goes there', async ({
    page,
    complaints,
  }) => {
    complaints.allow(/elsewhere\.example/)
    const asked: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).hostname === 'localhost') return
      const { referer = 'nothing' } = request.headers()
      asked.push(`${request.method()} ${request.url()} ${request.postData()} ${referer}`)
    })
    await page.route('https://elsewhere.example/**', (route) =>
      route.fulfill({ body: requests(5), headers: { 'access-control-allow-origin': '*' } }),
    )
    const { run } = bound(await Playground.open(page, freshName()))
    await run('SET secret 1')
    await run('SET link https://elsewhere.example/x')
    expect(asked).toEqual([])
    await page.locator('#files summary').click()
    await page.locator('#import-url').fill('https://elsewhere.example/seed.resp')
    expect(asked).toEqual([])
    await page.locator('#import-get').click()
    await expect(page.locator('#transfer-report')).toContainText('5 requests run')
    expect(asked).toEqual(['GET https://elsewhere.example/seed.resp null nothing'])
  })
})

/** Methods that can be taken apart. */
function bound(playground: Playground): { run(line: string): Promise<string> } {
  return { run: (line) => playground.run(line) }
}
