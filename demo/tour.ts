/** Short sessions to click through. The tests run every one of them, so none can show nonsense. */
export interface Example {
  readonly title: string
  readonly about: string
  readonly lines: readonly string[]
}

export const EXAMPLES: readonly Example[] = [
  {
    title: 'Keys and time',
    about: 'A value that ends by itself',
    lines: [
      'SET session:42 "ada" EX 300',
      'GET session:42',
      'TTL session:42',
      'PERSIST session:42',
    ],
  },
  {
    title: 'Counters',
    about: 'Atomic, exact to 64 bits',
    lines: ['INCR visits', 'INCRBY visits 41', 'GET visits', 'INCRBYFLOAT price 9.95'],
  },
  {
    title: 'Compare and set',
    about: 'Change it only if nobody else has',
    lines: [
      'SET lock "mine" NX PX 30000',
      'SET lock "theirs" NX',
      'SET lock "next" IFEQ "mine" GET',
    ],
  },
  {
    title: 'A queue',
    about: 'Push at one end, take at the other',
    lines: ['RPUSH jobs "resize" "mail"', 'LRANGE jobs 0 -1', 'BLPOP jobs 1', 'LLEN jobs'],
  },
  {
    title: 'A transaction',
    about: 'All of it, or nothing',
    lines: ['MULTI', 'INCR visits', 'SET last "now"', 'EXEC'],
  },
  {
    title: 'Publish and subscribe',
    about: 'Messages appear as they come',
    lines: ['SUBSCRIBE news', 'PUBLISH news "hello, tab"', 'UNSUBSCRIBE news'],
  },
  {
    title: 'Parts of a text',
    about: 'Read, write and compare bytes',
    lines: [
      'SET word "respite"',
      'GETRANGE word 0 2',
      'SETRANGE word 0 "d"',
      'LCS word session:42 LEN',
    ],
  },
  {
    title: 'Find keys',
    about: 'Step by step, even in a big database',
    lines: [
      'MSET user:1 ada user:2 grace',
      'SCAN 0 MATCH user:* COUNT 100',
      'TYPE user:1',
      'DBSIZE',
    ],
  },
  {
    title: 'Look inside',
    about: 'What the server knows of itself',
    lines: ['OBJECT ENCODING visits', 'MEMORY USAGE visits', 'COMMAND COUNT', 'LOLWUT'],
  },
]
