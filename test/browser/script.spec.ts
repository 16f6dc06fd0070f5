/** Scripts where code from strings is refused, and one that never ends in a page that must go on. */
import type {} from './lab/main.ts'
import { expect, openLab, test } from './playground.ts'

const HOSTS = ['page', 'worker'] as const

for (const host of HOSTS) {
  test(`runs EVAL in a ${host} that refuses code from strings`, async ({ page, complaints }) => {
    // Some browsers say aloud what they have refused.
    complaints.allow(/unsafe-eval/)
    await openLab(page)
    const results = await page.evaluate(async (host) => {
      const redis = await (host === 'worker'
        ? lab.Redis.create('worker:', { worker: lab.worker })
        : lab.Redis.create())
      const refused = await lab.outcome(
        Promise.resolve().then(() => Reflect.construct(Function, ['return 1'])),
      )
      const script = `local n = redis.call('INCRBY', KEYS[1], ARGV[1])
        local names = {}
        for name in ('a,b,c'):gmatch('%a') do names[#names + 1] = name:upper() end
        return { n, table.concat(names), cjson.encode({ x = 1.5 }) }`
      return [
        refused.name,
        await redis.call('EVAL', script, 1, 'n', 5),
        await lab.outcome(redis.call('EVAL', 'return nothing.x', 0)).then(({ message }) => message),
      ]
    }, host)
    expect(results).toEqual([
      'EvalError',
      [5, 'ABC', '{"x":1.5}'],
      expect.stringContaining("nonexistent global variable 'nothing'"),
    ])
  })

  test(`draws on while a script never ends in a ${host}, until it is killed`, async ({ page }) => {
    await openLab(page)
    const seen = await page.evaluate(async (host) => {
      const redis = await (host === 'worker'
        ? lab.Redis.create('worker:', { worker: lab.worker })
        : lab.Redis.create())
      const other = await redis.duplicate()
      await redis.call('CONFIG', 'SET', 'busy-reply-threshold', 50)
      let gaps: number[] = []
      let last = performance.now()
      let drawing = true
      const frame = () => {
        const now = performance.now()
        gaps.push(now - last)
        last = now
        if (drawing) requestAnimationFrame(frame)
      }
      const during = async (ms: number): Promise<number[]> => {
        gaps = []
        await new Promise((done) => setTimeout(done, ms))
        const seen = gaps
        gaps = []
        return seen.sort((a, b) => a - b)
      }
      requestAnimationFrame(frame)
      const quiet = await during(1000)
      const script = lab.outcome(redis.call('EVAL', 'while true do end', 0))
      const busy = await during(2000)
      const refused = await lab.outcome(other.call('SET', 'a', 1))
      const killed = await other.call('SCRIPT', 'KILL')
      const ended = await script
      drawing = false
      const middle = (list: number[]) => list[list.length >> 1] ?? 0
      return {
        refused: refused.message,
        killed,
        ended: ended.message,
        after: await other.call('SET', 'a', 1),
        frames: busy.length,
        figures: {
          quiet: { frames: quiet.length, median: middle(quiet), longest: quiet.at(-1) },
          busy: { frames: busy.length / 2, median: middle(busy), longest: busy.at(-1) },
        },
      }
    }, host)
    console.log(`frames a second and their gaps in ms, script in the ${host}:`, seen.figures)
    expect(seen).toMatchObject({
      refused:
        'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
      killed: 'OK',
      ended: expect.stringContaining('Script killed by user with SCRIPT KILL'),
      after: 'OK',
    })
    expect(seen.frames).toBeGreaterThan(3)
  })
}
