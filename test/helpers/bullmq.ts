/**
 * A day in the life of a job queue: BullMQ with ioredis puts jobs of all kinds into a server and works
 * them off. What it counts says whether each was done, and done once.
 * https://docs.bullmq.io
 */
import { FlowProducer, type Job, type JobsOptions, Queue, QueueEvents, Worker } from 'bullmq'

/** How the jobs of one kind have ended. */
export interface Tally {
  readonly added: number
  /** Distinct jobs whose work was done to its end. */
  readonly done: number
  /** Jobs whose work was done to its end more than once. */
  readonly twice: number
  /** Attempts that were made to fail. */
  readonly failedAttempts: number
  /** What `QueueEvents` told of. */
  readonly completedEvents: number
  /** Of the queue itself, at the end: what is neither completed nor a scheduler's next one. */
  readonly left: Readonly<Record<string, number>>
  readonly completed: number
}

const KINDS = ['plain', 'delayed', 'priority', 'retried', 'limited', 'flow', 'repeated'] as const
export type Kind = (typeof KINDS)[number]

const TICKS = 20

/** What each kind gets of so many jobs. */
const optionsOf = (kind: Kind, i: number): JobsOptions => {
  if (kind === 'delayed') return { delay: (i * 37) % 500 }
  if (kind === 'priority') return { priority: 1 + ((i * 7) % 10) }
  if (kind === 'retried') return { attempts: 3, backoff: { type: 'fixed', delay: 10 } }
  return {}
}

/** Add about `jobs` jobs to the server at this port and work all of them off. */
export async function runJobs(port: number, jobs: number): Promise<Record<Kind, Tally>> {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
  const share = Math.ceil(jobs / KINDS.length)
  const tallies = await Promise.all(
    KINDS.map(async (kind) => [kind, await runKind(kind, share, connection)] as const),
  )
  return Object.fromEntries(tallies) as Record<Kind, Tally>
}

async function runKind(
  kind: Kind,
  share: number,
  connection: { host: string; port: number },
): Promise<Tally> {
  const queue = new Queue(kind, { connection })
  const events = new QueueEvents(kind, { connection })
  await events.waitUntilReady()
  const added = kind === 'repeated' ? TICKS : kind === 'flow' ? share - (share % 11) : share
  const times = new Map<string, number>()
  let failedAttempts = 0
  let completedEvents = 0
  let finished = () => {}
  const allDone = new Promise<void>((resolve) => {
    finished = resolve
  })
  const check = () => {
    if (times.size >= added && completedEvents >= added) finished()
  }
  events.on('completed', () => {
    completedEvents++
    check()
  })
  const work = async (job: Job): Promise<string> => {
    if (kind === 'retried' && job.attemptsMade < 1 + (Number(job.data.i) % 2)) {
      failedAttempts++
      throw new Error('not yet')
    }
    if (job.name === 'parent') {
      const values = Object.values(await job.getChildrenValues())
      if (values.length !== 10) throw new Error(`${values.length} children`)
    }
    const id = job.id as string
    times.set(id, (times.get(id) ?? 0) + 1)
    return `done ${id}`
  }
  const worker = new Worker(kind, work, {
    connection,
    concurrency: 20,
    ...(kind === 'limited' ? { limiter: { max: 200, duration: 100 } } : {}),
  })
  worker.on('error', (error) => {
    throw error
  })
  worker.on('completed', check)
  await add(kind, queue, added, connection)
  await allDone
  if (kind === 'repeated') await queue.removeJobScheduler('tick')
  const counts = await queue.getJobCounts()
  const { completed = 0, ...left } = counts
  await worker.close()
  await events.close()
  await queue.obliterate({ force: true })
  await queue.close()
  return {
    added,
    done: times.size,
    twice: [...times.values()].filter((n) => n > 1).length,
    failedAttempts,
    completedEvents,
    left: Object.fromEntries(Object.entries(left).filter(([, n]) => n !== 0)),
    completed,
  }
}

async function add(
  kind: Kind,
  queue: Queue,
  count: number,
  connection: { host: string; port: number },
): Promise<void> {
  if (kind === 'repeated') {
    await queue.upsertJobScheduler('tick', { every: 50, limit: TICKS }, { name: 'tick' })
    return
  }
  if (kind === 'flow') {
    const flows = new FlowProducer({ connection })
    const children = Array.from({ length: 10 }, (_, i) => ({
      name: 'child',
      queueName: kind,
      data: { i },
    }))
    await flows.addBulk(
      Array.from({ length: count / 11 }, () => ({ name: 'parent', queueName: kind, children })),
    )
    await flows.close()
    return
  }
  await queue.addBulk(
    Array.from({ length: count }, (_, i) => ({
      name: kind,
      data: { i },
      opts: optionsOf(kind, i),
    })),
  )
}
