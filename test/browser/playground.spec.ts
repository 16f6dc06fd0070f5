/** The playground, in a real browser, as it is deployed. */
import AxeBuilder from '@axe-core/playwright'
import { EXAMPLES } from '../../demo/tour.ts'
import { expect, freshName, Playground, test } from './playground.ts'

test.describe('the console', () => {
  test('prints replies as redis-cli does', async ({ page }) => {
    const { run } = bound(await Playground.open(page, freshName()))
    expect(await run('SET greeting "hel\\nlo"')).toBe('OK')
    expect(await run('GET greeting')).toBe('"hel\\nlo"')
    expect(await run('get nothing')).toBe('(nil)')
    expect(await run('INCR visits')).toBe('(integer) 1')
    expect(await run('RPUSH list a \'\' "\\x00\\xff" é')).toBe('(integer) 4')
    expect(await run('LRANGE list 0 -1')).toBe('1) "a"\n2) ""\n3) "\\x00\\xff"\n4) "\\xc3\\xa9"')
    expect(await run('LRANGE none 0 -1')).toBe('(empty array)')
    expect(await run('MGET greeting none')).toBe('1) "hel\\nlo"\n2) (nil)')
    expect(await run('SCAN 0 MATCH vis*')).toBe('1) "0"\n2) 1) "visits"')
    expect(await run('PING')).toBe('PONG')
  })

  test('prints errors, of the engine and of the line itself', async ({ page }) => {
    const { run } = bound(await Playground.open(page, freshName()))
    expect(await run('FROB 1')).toBe(
      "(error) ERR unknown command 'FROB', with args beginning with: '1' ",
    )
    expect(await run('GET')).toBe("(error) ERR wrong number of arguments for 'get' command")
    expect(await run('SET k v NX XX')).toBe('(error) ERR syntax error')
    await run('RPUSH list a')
    expect(await run('INCR list')).toBe(
      '(error) WRONGTYPE Operation against a key holding the wrong kind of value',
    )
    expect(await run('GET "unbalanced')).toBe('Invalid argument(s)')
    await expect(page.locator('.entry').last().locator('.k-error')).toHaveCount(1)
  })

  test('prints the types of RESP3', async ({ page }) => {
    const { run } = bound(await Playground.open(page, freshName()))
    const hello = (await run('HELLO 3')).split('\n')
    expect(hello[0]).toBe('1# "server" => "redis"')
    expect(hello[2]).toBe('3# "proto" => (integer) 3')
    expect(hello.at(-1)).toBe('7# "modules" => (empty array)')
    expect(await run('DEBUG PROTOCOL MAP')).toBe(
      '1# (integer) 0 => (false)\n2# (integer) 1 => (true)\n3# (integer) 2 => (false)',
    )
    expect(await run('DEBUG PROTOCOL SET')).toBe('1~ (integer) 0\n2~ (integer) 1\n3~ (integer) 2')
    expect(await run('DEBUG PROTOCOL DOUBLE')).toBe('(double) 3.141')
    expect(await run('DEBUG PROTOCOL BIGNUM')).toBe(
      '(big number) 1234567999999999999999999999999999999',
    )
    expect(await run('DEBUG PROTOCOL TRUE')).toBe('(true)')
    expect(await run('DEBUG PROTOCOL NULL')).toBe('(nil)')
    expect(await run('DEBUG PROTOCOL VERBATIM')).toBe('This is a verbatim\nstring')
    expect(await run('HELLO 2')).toContain('1) "server"\n 2) "redis"')
    expect(await run('DEBUG PROTOCOL MAP')).toContain('1) (integer) 0\n')
  })

  test('shows messages as they come, those about keys too', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { run } = bound(playground)
    expect(await run('SUBSCRIBE news sport')).toBe(
      '1) "subscribe"\n2) "news"\n3) (integer) 1\n1) "subscribe"\n2) "sport"\n3) (integer) 2',
    )
    expect(await run('PUBLISH news "hello, tab"')).toBe('(integer) 1')
    const message = '1) "message"\n2) "news"\n3) "hello, tab"'
    await expect.poll(() => playground.messages()).toEqual([message])
    expect(await run('UNSUBSCRIBE sport')).toBe('1) "unsubscribe"\n2) "sport"\n3) (integer) 1')
    expect(await run('CONFIG SET notify-keyspace-events Kg')).toBe('OK')
    await run('PSUBSCRIBE __keyspace*')
    await run('SET a 1')
    await run('DEL a')
    await expect
      .poll(() => playground.messages())
      .toEqual([message, '1) "pmessage"\n2) "__keyspace*"\n3) "__keyspace@0__:a"\n4) "del"'])
  })

  test('shows in the prompt that a transaction is open, and which database is used', async ({
    page,
  }) => {
    const { run } = bound(await Playground.open(page, freshName()))
    const prompt = page.locator('#sigil')
    await expect(prompt).toHaveText('db0>')
    expect(await run('MULTI')).toBe('OK')
    await expect(prompt).toHaveText('db0(TX)>')
    expect(await run('INCR n')).toBe('QUEUED')
    expect(await run('LPOP n')).toBe('QUEUED')
    expect(await run('EXEC')).toBe(
      '1) (integer) 1\n2) (error) WRONGTYPE Operation against a key holding the wrong kind of value',
    )
    await expect(prompt).toHaveText('db0>')
    await run('MULTI')
    expect(await run('DISCARD')).toBe('OK')
    await expect(prompt).toHaveText('db0>')
    await run('SELECT 3')
    await expect(prompt).toHaveText('db3>')
    expect(await run('SELECT 99')).toBe('(error) ERR DB index is out of range')
    await expect(prompt).toHaveText('db3>')
  })

  test('says that a command waits, and runs what was typed meanwhile after it', async ({
    page,
  }) => {
    const playground = await Playground.open(page, freshName())
    const blocked = await playground.enter('BLPOP jobs 1')
    await expect(blocked.locator('.waiting')).toHaveText('… waiting')
    const next = await playground.enter('RPUSH jobs mail')
    await expect(blocked.locator('.reply')).toHaveText('(nil)')
    await expect(blocked.locator('.waiting')).toHaveCount(0)
    await expect(next.locator('.reply')).toHaveText('(integer) 1')
    await expect(playground.keys).toHaveText(['jobs'])
    expect(await playground.run('BLPOP jobs 0')).toBe('1) "jobs"\n2) "mail"')
  })

  test('goes through what was typed before with the arrow keys, after a reload too', async ({
    page,
  }) => {
    const playground = await Playground.open(page, freshName())
    const { line, run } = bound(playground)
    for (const typed of ['SET a 1', 'GET a', 'GET a', 'AUTH secret']) await run(typed)
    await line.fill('draft')
    for (const expected of ['AUTH secret', 'GET a', 'SET a 1', 'SET a 1']) {
      await line.press('ArrowUp')
      await expect(line).toHaveValue(expected)
    }
    for (const expected of ['GET a', 'AUTH secret', 'draft', 'draft']) {
      await line.press('ArrowDown')
      await expect(line).toHaveValue(expected)
    }
    await line.press('ArrowUp')
    await line.press('ArrowUp')
    await line.press('Enter')
    await expect(page.locator('.entry').last().locator('.reply')).toHaveText('"1"')
    await page.reload()
    await playground.usable()
    for (const expected of ['GET a', 'GET a', 'SET a 1']) {
      await line.press('ArrowUp')
      await expect(line).toHaveValue(expected)
    }
    expect(await page.evaluate(() => localStorage.getItem('respite.history'))).not.toContain(
      'secret',
    )
  })

  test('completes commands and options, and tells screen readers so', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { line, choices } = playground
    const selected = choices.getByRole('option', { selected: true })
    await expect(line).toHaveRole('combobox')
    await expect(line).toHaveAttribute('aria-expanded', 'false')
    await line.pressSequentially('config')
    await expect(line).toHaveAttribute('aria-expanded', 'true')
    await expect(line).toHaveAttribute('aria-controls', 'choices')
    await expect(choices.getByRole('option').locator('b')).toHaveText([
      'CONFIG GET',
      'CONFIG HELP',
      'CONFIG RESETSTAT',
      'CONFIG REWRITE',
      'CONFIG SET',
    ])
    await expect(selected).toHaveCount(0)
    await line.press('ArrowDown')
    await line.press('ArrowDown')
    await expect(selected.locator('b')).toHaveText('CONFIG HELP')
    const id = await selected.getAttribute('id')
    await expect(line).toHaveAttribute('aria-activedescendant', id ?? '')
    await line.press('ArrowUp')
    await line.press('Enter')
    await expect(line).toHaveValue('CONFIG GET ')
    await expect(line).toHaveAttribute('aria-expanded', 'false')
    await expect(line).not.toHaveAttribute('aria-activedescendant')
    await expect(page.locator('.entry')).toHaveCount(0)
    await line.fill('')
    await line.pressSequentially('SET a b E')
    await expect(choices.getByRole('option').locator('b')).toHaveText(['EX', 'EXAT'])
    await line.press('Tab')
    await expect(line).toHaveValue('SET a b EX ')
    await line.fill('')
    await line.pressSequentially('LRA')
    await line.press('Tab')
    await expect(line).toHaveValue('LRANGE ')
    await expect(line).toBeFocused()
    await line.pressSequentially('a 0 -1')
    await line.press('Enter')
    await expect(page.locator('.entry').last().locator('.reply')).toHaveText('(empty array)')
  })

  test('closes the list with Escape, and lets Tab leave when there is none', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { line, choices } = playground
    await line.pressSequentially('GE')
    await expect(choices).toBeVisible()
    await line.press('Escape')
    await expect(choices).toBeHidden()
    await expect(line).toHaveValue('GE')
    await line.press('Tab')
    await expect(line).not.toBeFocused()
    await expect(line).toHaveValue('GE')
  })

  test('hints at what is still to come, out of the command table', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { line } = playground
    const hint = page.locator('#ghost-hint')
    const about = page.locator('#about')
    await line.fill('GETRANGE')
    await expect(hint).toHaveText(' key start end')
    await expect(about).toContainText('GETRANGE: ')
    await expect(about).toContainText('Since 2.4.0')
    await line.fill('GETRANGE word 0 ')
    await expect(hint).toHaveText('end')
    await line.fill('GETRANGE word 0 -1 ')
    await expect(hint).toHaveText('')
    await line.fill('MSET a 1 ')
    await expect(hint).toHaveText('[key value ...]')
    await line.fill('NOSUCH')
    await expect(hint).toHaveText('')
    await expect(about).not.toContainText('Since')
  })

  test('empties its log with Ctrl+L', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    await playground.run('PING')
    await playground.line.press('Control+l')
    await expect(page.locator('.entry')).toHaveCount(0)
    expect(await playground.run('PING')).toBe('PONG')
  })

  test('runs every example of the page without an error', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    for (const [index, { title, lines }] of EXAMPLES.entries()) {
      if (index > 0) {
        await page.reload()
        await playground.usable()
      }
      await page.locator('.card').nth(index).click()
      await expect(page.locator('.entry:has(.asked) .reply'), title).toHaveCount(lines.length)
      await expect(page.locator('.entry .k-error'), title).toHaveCount(0)
      await expect(page.locator('#welcome')).toHaveCount(0)
    }
  })
})

test.describe('data', () => {
  test('is there after a reload', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    await playground.run('SET kept "across reloads" EX 1000')
    await playground.run('RPUSH list 1 2 3')
    await playground.is('saved')
    await page.reload()
    await playground.usable()
    expect(await playground.run('GET kept')).toBe('"across reloads"')
    expect(await playground.run('LRANGE list 0 -1')).toBe('1) "1"\n2) "2"\n3) "3"')
    expect(await playground.run('TTL kept')).toMatch(/^\(integer\) (9\d\d|1000)$/)
  })

  test('is there in the next page when the first was closed', async ({ page, context }) => {
    const name = freshName()
    const first = await Playground.open(page, name)
    await first.run('SET kept yes')
    await page.close()
    const second = await Playground.open(await context.newPage(), name)
    await second.owns('ours')
    expect(await second.run('GET kept')).toBe('"yes"')
  })

  test('is kept apart by name, and gone with the tab under ?memory', async ({ page }) => {
    const first = await Playground.open(page, freshName())
    await first.run('SET mine 1')
    const second = await Playground.open(page, freshName())
    expect(await second.run('GET mine')).toBe('(nil)')
    await page.goto('/?memory')
    await second.usable()
    await second.is('memory')
    await expect(page.locator('#store-text')).toContainText('In memory only')
    expect(await second.run('SET mine 1')).toBe('OK')
    await page.reload()
    await second.usable()
    expect(await second.run('GET mine')).toBe('(nil)')
  })
})

test.describe('the list of keys', () => {
  test('follows what the console does', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { keys, run } = bound(playground)
    await expect(page.locator('#keys-empty')).toBeVisible()
    await run('MSET user:2 b user:1 a')
    await run('RPUSH jobs x y')
    await expect(keys).toHaveText(['jobs', 'user:1', 'user:2'])
    await expect(page.locator('.key-type')).toHaveText(['list', 'string', 'string'])
    await expect(page.locator('#key-count')).toHaveText('3 in db0')
    await run('EXPIRE jobs 50')
    await expect(page.locator('.key-type').first()).toHaveText(/^list · (50|49) s$/)
    await page.locator('#filter').fill('user:*')
    await expect(keys).toHaveText(['user:1', 'user:2'])
    await page.locator('#filter').fill('')
    await run('DEL user:1')
    await expect(keys).toHaveText(['jobs', 'user:2'])
    await run('SELECT 1')
    await expect(keys).toHaveText([])
    await expect(page.locator('#key-count')).toHaveText('0 in db1')
    await run('SET "odd \\"key\\"" é')
    await expect(keys).toHaveText(['odd "key"'])
  })

  test('shows what a key holds when it is chosen', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { keys, run } = bound(playground)
    await run('RPUSH jobs x')
    await run('SET "two words" v')
    await expect(keys).toHaveText(['jobs', 'two words'])
    await keys.nth(0).click()
    await expect(page.locator('.entry').last()).toContainText('1) "x"')
    await keys.nth(1).click()
    await expect(page.locator('.entry').last()).toContainText('"v"')
  })

  test('shows what is stored as text, whatever it looks like', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { keys, run } = bound(playground)
    const markup = '<img src=x onerror=document.title=1><b>bold</b>'
    const title = await page.title()
    await run(`SET "${markup}" "${markup}"`)
    await expect(keys).toHaveText([markup])
    expect(await run(`GET "${markup}"`)).toBe(`"${markup}"`)
    await keys.nth(0).click()
    await expect(page.locator('.entry').last()).toContainText(markup)
    expect(await page.locator('img[src="x"]').count()).toBe(0)
    expect(await page.locator('b', { hasText: /^bold$/ }).count()).toBe(0)
    expect(await page.title()).toBe(title)
  })

  test('does not disturb a transaction or a blocked session of the console', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { keys, run } = bound(playground)
    await run('SET a 1')
    await run('MULTI')
    await run('SET b 2')
    await expect(keys).toHaveText(['a'])
    expect(await run('EXEC')).toBe('1) OK')
    await expect(keys).toHaveText(['a', 'b'])
  })
})

test.describe('the page', () => {
  test('works with nothing but the keyboard', async ({ page }) => {
    const playground = await Playground.open(page, freshName())
    const { keyboard } = page
    await expect(playground.line).toBeFocused()
    await keyboard.type('SET k v')
    await keyboard.press('Enter')
    await expect(playground.keys).toHaveText(['k'])
    await expect(playground.line).toBeFocused()
    await keyboard.press('Tab')
    await expect(page.locator('#send')).toBeFocused()
    await keyboard.press('Tab')
    await expect(page.locator('#filter')).toBeFocused()
    await keyboard.press('Tab')
    await expect(page.locator('.key')).toBeFocused()
    // The list is made anew every few seconds, and now.
    await page.locator('.key').evaluate((key) => key.classList.add('old'))
    await page.locator('#filter').dispatchEvent('input')
    await expect(page.locator('.key.old')).toHaveCount(0)
    await expect(page.locator('.key')).toBeFocused()
    await keyboard.press('Enter')
    await expect(page.locator('.entry').last().locator('.reply')).toHaveText('"v"')
    // Back up again: the log can be scrolled, and the brand link is the first stop.
    for (let i = 0; i < 3; i++) await keyboard.press('Shift+Tab')
    await expect(playground.line).toBeFocused()
    await keyboard.press('Shift+Tab')
    await expect(playground.log).toBeFocused()
    await page.reload()
    await playground.usable()
    for (let i = 0; i < EXAMPLES.length; i++) await keyboard.press('Shift+Tab')
    await expect(page.locator('.card').first()).toBeFocused()
    await keyboard.press('Enter')
    await expect(page.locator('.entry')).toHaveCount(EXAMPLES[0]?.lines.length ?? 0)
    await expect(playground.line).toBeFocused()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 780 },
    ]) {
      test(`is accessible in ${colorScheme} colours at ${viewport.width} pixels`, async ({
        page,
      }) => {
        await page.setViewportSize(viewport)
        await page.emulateMedia({ colorScheme })
        const name = freshName()
        const playground = await Playground.open(page, name)
        await check('at the beginning')
        for (const line of [
          'SET greeting "hello"',
          'GET nothing',
          'INCR visits',
          'NOSUCH',
          'LRANGE greeting 0 1',
          `SET ${'long'.repeat(40)} ${'value '.repeat(100).replaceAll(' ', '.')}`,
          `GET ${'long'.repeat(40)}`,
          'HELLO 3',
          'LOLWUT',
        ]) {
          await playground.run(line)
        }
        await expect(playground.keys).toHaveCount(3)
        await check('after some commands')
        await playground.line.pressSequentially('SET')
        await playground.line.press('ArrowDown')
        await check('with completions')
        const second = await Playground.visit(await page.context().newPage(), name)
        await second.page.setViewportSize(viewport)
        await second.page.emulateMedia({ colorScheme })
        await second.owns('elsewhere')
        await check('with a banner', second.page)

        async function check(when: string, on = page): Promise<void> {
          const { violations } = await new AxeBuilder({ page: on }).analyze()
          const grave = violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`)
          expect(grave, when).toEqual([])
          const overflow = await on.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          expect(overflow, `${when}: pixels beyond the right edge`).toBe(0)
        }
      })
    }
  }

  test('comes under a policy that only lets data come from elsewhere, and lives by it', async ({
    page,
    complaints,
  }) => {
    const response = await page.goto(`/?data=${freshName()}`)
    const policy = response?.headers()['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    // Files are imported from whatever address somebody names; nothing else comes from outside.
    const elsewhere = "connect-src 'self' https:;"
    expect(policy).toContain(elsewhere)
    expect(policy.replace(elsewhere, '')).not.toMatch(/unsafe|\*|https?:|blob:/)
    await expect(page.locator('#line')).toBeEnabled()
    expect(page.workers()).toHaveLength(1)
    const script = await page.request.get(page.workers()[0]?.url() ?? '')
    expect(script.headers()['content-security-policy']).toBe(policy)
    expect(complaints.list).toEqual([])
    // It is in force, in the page and in the worker: code from strings is refused.
    complaints.allow(/Content Security Policy|Content-Security-Policy|unsafe-eval/)
    // Later, because what the test itself evaluates is exempt.
    const attempt = () =>
      new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve(new Function('return 1')())
          } catch (error) {
            resolve((error as Error).name)
          }
        })
      })
    expect(await page.evaluate(attempt)).toBe('EvalError')
    expect(await page.workers()[0]?.evaluate(attempt)).toBe('EvalError')
  })
})

/** The parts of a playground, methods bound. */
function bound(playground: Playground) {
  const { line, keys, choices } = playground
  return { line, keys, choices, run: (text: string) => playground.run(text) }
}
