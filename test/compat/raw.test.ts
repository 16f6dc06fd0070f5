/**
 * Raw bytes, right and wrong, in pieces of any size, to Respite and to a real server: what comes back,
 * and whether the connection is closed, must be the same.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/util/random.ts'
import { type Inbox, show, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { asSince8, compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'

let real: Real

beforeAll(async () => {
  real = await startReal()
})

afterAll(() => real?.stop())

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** What one side made of it. */
interface Outcome {
  output: string
  closed: boolean
}

function outcome(inbox: Inbox): Outcome {
  return { output: show(asSince8(inbox.rest)), closed: inbox.ended }
}

/**
 * Send the pieces one after the other, each after the server has read the one before. If the
 * connection is to be closed, wait for that.
 */
async function theirs(pieces: readonly Buffer[], closes: boolean): Promise<Outcome> {
  const link = await TcpLink.open(real.port)
  for (const piece of pieces) {
    if (link.inbox.ended) break
    link.write(piece)
    // The server reads at most 16 KB of a connection before it turns to the others.
    for (let i = 0; i <= piece.length / 16384 + 1; i++) await real.control.call(['PING'])
    await new Promise((resolve) => setImmediate(resolve))
  }
  while (closes && !link.inbox.ended && (await link.inbox.more(1000)));
  const result = outcome(link.inbox)
  link.close()
  return result
}

function mine(pieces: readonly Buffer[], config: Record<string, string> = {}): Outcome {
  const link = new Ours(Date.now(), config).link(1)
  for (const piece of pieces) link.write(piece)
  return outcome(link.inbox)
}

/** Of the options that are changed here. */
const DEFAULTS: Record<string, string> = {
  requirepass: '',
  'proto-max-bulk-len': '536870912',
  'client-query-buffer-limit': '1073741824',
}

async function compare(pieces: readonly Buffer[], config: Record<string, string> = {}) {
  for (const [name, value] of Object.entries(config)) {
    await real.control.call(['CONFIG', 'SET', name, value])
  }
  try {
    const ours = mine(pieces, config)
    expect(ours).toEqual(await theirs(pieces, ours.closed))
  } finally {
    for (const name of Object.keys(config)) {
      await real.control.call(['CONFIG', 'SET', name, DEFAULTS[name] as string])
    }
    await real.control.call(['FLUSHALL'])
  }
}

const PING = '*1\r\n$4\r\nPING\r\n'
const SET = '*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n'
const GET = '*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n'

const isNew = compareVersions(oracleVersion(), '8') >= 0

/** Where later versions read wrong lengths otherwise; all of them are wrong for all. */
const UNTIL_7: Readonly<Record<string, string>> = {
  'a word that begins with NUL does not end': 'since 8 a NUL is a byte like any other there',
  'a length with a NUL in it does not end': 'since 8 a NUL is a byte like any other there',
  'a length that does not end': 'since 8 more of it is waited for',
}

/** What must be answered alike: a title and one piece, or several. */
const sequences: Record<string, string | string[]> = {
  // ---- Multibulk --------------------------------------------------------------------------------
  'a request in one piece': SET,
  'a pipeline in one piece': SET + GET + PING + GET,
  'an empty request is ignored': `*0\r\n${PING}`,
  'a negative number of words is ignored': `*-1\r\n${PING}*-100\r\n${PING}`,
  'words may be empty': `*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n`,
  'a command name may be empty': `*1\r\n$0\r\n\r\n${PING}`,
  'words may hold line ends and NUL': '*2\r\n$4\r\nECHO\r\n$6\r\na\r\n\0b\xff\r\n',
  'the bytes behind a word are not looked at': '*2xy$4\rzECHO!!$3\r\nabc??',
  'the byte behind the carriage return of a length is not looked at': `*1\rX$4\rYPING\r\n${PING}`,
  'a number of words that is no number': `${PING}*x\r\n${PING}`,
  'a number of words that is missing': '*\r\n',
  'a number of words with a sign': '*+1\r\n',
  'a number of words with a leading zero': '*01\r\n$4\r\nPING\r\n',
  'a number of words with a space': '* 1\r\n$4\r\nPING\r\n',
  'a number of words that is minus zero': '*-0\r\n',
  'a number of words that ends in a letter': '*1a\r\n',
  'a number of words that is the most': '*2147483647\r\n',
  'a number of words that is one too large': '*2147483648\r\n',
  'a number of words beyond 64 bits': '*99999999999999999999\r\n',
  'a number of words far below zero': `*-9223372036854775808\r\n${PING}`,
  'a number of words with a NUL in it does not end': `*1\0\r\n$4\r\nPING\r\n`,
  'a million words announced and none sent': '*1000000\r\n',
  'a word without a dollar': '*1\r\nPING\r\n',
  'a word with a colon for a dollar': '*2\r\n$4\r\nECHO\r\n:5\r\n',
  'a word that begins with a line end': '*1\r\n\r\n',
  'a word that begins with a line feed': '*1\r\n\n4\r\n',
  'a word that begins with a tab': '*1\r\n\tabc\r\n',
  'a word that begins with a byte beyond ASCII': '*1\r\n\xffabc\r\n',
  'a word that begins with NUL does not end': '*1\r\n\0abc\r\n',
  'a length that is no number': '*1\r\n$abc\r\n',
  'a length that is missing': '*1\r\n$\r\n',
  'a length below zero': '*1\r\n$-1\r\n',
  'a length with a sign': '*1\r\n$+4\r\nPING\r\n',
  'a length with a leading zero': '*1\r\n$04\r\nPING\r\n',
  'a length with a space': '*1\r\n$ 4\r\nPING\r\n',
  // The most is 536870912 there and 24 less here, where a JavaScript string ends.
  'a length that is nearly the most': '*1\r\n$536870888\r\n',
  'a length that is one too large': '*1\r\n$536870913\r\n',
  'a length beyond 64 bits': '*1\r\n$18446744073709551616\r\n',
  'a length with a NUL in it does not end': '*1\r\n$4\0\r\nPING\r\n',
  'a protocol error in the middle of a pipeline': `${SET}${GET}*1\r\n!\r\n${PING}`,
  'a protocol error in the third word': '*3\r\n$3\r\nSET\r\n$1\r\na\r\nfoo\r\n',
  'nothing is read behind a protocol error': ['*x\r\n', PING],
  'a number of words that does not end': `*${'1'.repeat(70_000)}`,
  'a length that does not end': `*1\r\n$${'1'.repeat(70_000)}`,
  'a number of words of 64 KB is still read': `*${'1'.repeat(65_534)}`,
  'a large word': `*2\r\n$4\r\nECHO\r\n$100000\r\n${'x'.repeat(100_000)}\r\n`,
  'many words': `*2001\r\n$3\r\nDEL\r\n${'$2\r\nab\r\n'.repeat(2000)}`,
  'a reply of many words': `*2001\r\n$4\r\nMGET\r\n${'$2\r\nab\r\n'.repeat(2000)}`,
  // ---- Inline -----------------------------------------------------------------------------------
  'an inline command': 'PING\r\n',
  'an inline command that ends with a line feed alone': 'PING\n',
  'inline commands in a row': 'SET a 1\r\nGET a\nPING\r\n',
  'inline commands and others in turn': `PING\r\n${SET}GET key\n${GET}`,
  'empty lines are ignored': `\r\n\n \r\n\t\n${PING}\r\nPING\r\n`,
  'spaces between inline words': '  \tECHO \v\f  hello \t\r\n',
  'a carriage return in the middle of a line parts words': 'ECHO a\rb\r\n',
  'double quotes': 'ECHO "a b\\n\\r\\t\\b\\a\\"\\\\\\x41\\xff\\q"\r\n',
  'hexadecimal escapes need two digits': 'ECHO "\\x4 \\xg1 \\x"\r\n',
  'single quotes': "ECHO 'a \\'b\\' \\n \"'\r\n",
  'an empty word in quotes': 'ECHO ""\r\nECHO \'\'\r\n',
  'a quote in the middle of a word': 'ECHO a"b c"\r\nECHO a\'b c\'\r\n',
  'a closing quote must be followed by space': 'ECHO "a"b\r\n',
  'a closing single quote must be followed by space': "ECHO 'a'b\r\n",
  'a double quote that is not closed': 'ECHO "abc\r\nPING\r\n',
  'a single quote that is not closed': "ECHO 'abc\r\n",
  'a backslash at the end of a line': 'ECHO "abc\\\r\n',
  'a vertical tab does not end a word': 'ECHO a\vb\r\n',
  'an inline command with a NUL does not end': 'PING\0\r\nPING\r\n',
  'bytes beyond ASCII in an inline command': 'ECHO \x80\xff\xc3\xa9\r\n',
  'an inline command that is not known': 'nosuch a b c\r\n',
  'an inline line that does not end': 'a'.repeat(70_000),
  'an inline line of 64 KB that does not end yet': 'a'.repeat(65_536),
  'an inline line in two pieces beyond the limit': ['a'.repeat(40_000), 'a'.repeat(40_000)],
  'a dollar alone is an inline command': '$4\r\nPING\r\n',
  'a request of an HTTP form closes at once': `PING\r\nPOST / HTTP/1.1\r\n${PING}`,
  'a Host header closes at once': 'GET /\r\nHost: localhost\r\nPING\r\n',
  'a Host header in capitals closes at once': 'HOST: localhost\r\n',
  // ---- Pieces -----------------------------------------------------------------------------------
  'a request byte by byte': [...SET, ...GET],
  'an inline command byte by byte': [...'SET a "b c"\r\nGET a\r\n'],
  'an error byte by byte': [...PING, ...'*2\r\n$4\r\nECHO\r\n#'],
  'a word cut in its middle': ['*2\r\n$4\r\nECHO\r\n$10\r\nhello', 'world\r\n'],
  'a word cut before its line end': ['*2\r\n$4\r\nECHO\r\n$5\r\nhello', '\r', '\n'],
  'a length cut before its line feed': ['*2\r', '\n$4\r', '\nECHO\r\n$5\r', '\nhello\r\n'],
  'an inline command cut before its line feed': ['PING\r', '\nPI', 'NG\n'],
  'a pipeline cut at odd places': [SET.slice(0, 9), SET.slice(9) + GET.slice(0, 17), GET.slice(17)],
  // ---- Replies ----------------------------------------------------------------------------------
  'line ends in the name of a command are blanks in the error': '*1\r\n$5\r\na\r\nb\n\r\n',
  'a NUL in the name of a command': '*2\r\n$3\r\na\0b\r\n$3\r\nc\0d\r\n',
  'a name that is too long for the error': `*2\r\n$300\r\n${'n'.repeat(300)}\r\n$300\r\n${'a'.repeat(300)}\r\n`,
  'QUIT answers, closes and leaves the rest': `${PING}*1\r\n$4\r\nQUIT\r\n${PING}`,
  'QUIT with words behind it': '*2\r\n$4\r\nQUIT\r\n$1\r\nx\r\n',
  'a protocol error in a transaction': '*1\r\n$5\r\nMULTI\r\n*1\r\n$-3\r\n',
  'RESP3 from the next reply on': `*2\r\n$5\r\nHELLO\r\n$1\r\n9\r\n*2\r\n$3\r\nGET\r\n$1\r\nn\r\n`,
}

describe('raw bytes', () => {
  for (const [title, input] of Object.entries(sequences)) {
    it.skipIf(isNew && title in UNTIL_7)(title, () =>
      compare((Array.isArray(input) ? input : [input]).map(bytes)),
    )
  }
})

describe('before authentication', () => {
  const config = { requirepass: 'secret' }
  const cases: Record<string, string> = {
    'ten words are refused like any': `*10\r\n${'$1\r\na\r\n'.repeat(10)}`,
    'eleven words are a protocol error': '*11\r\n',
    'a word of 16384 bytes is read': `*1\r\n$16384\r\n${'a'.repeat(16384)}\r\n`,
    'a word of 16385 bytes is a protocol error': '*1\r\n$16385\r\n',
    'after AUTH there is no such limit': `AUTH secret\r\n*2\r\n$4\r\nECHO\r\n$20000\r\n${'a'.repeat(20000)}\r\n*12\r\n$3\r\nDEL\r\n${'$1\r\na\r\n'.repeat(11)}`,
    'an inline command is not limited': `ECHO ${'a '.repeat(20)}\r\n`,
  }
  for (const [title, input] of Object.entries(cases)) {
    it(title, () => compare([bytes(input)], config))
  }
})

describe('proto-max-bulk-len', () => {
  const config = { 'proto-max-bulk-len': '1048576' }
  it('a word of that length is read', () =>
    compare([bytes(`*2\r\n$6\r\nSTRLEN\r\n$1048576\r\n${'a'.repeat(1048576)}\r\n`)], config))
  it('a word one byte longer is a protocol error', () =>
    compare([bytes('*2\r\n$6\r\nSTRLEN\r\n$1048577\r\n')], config))
})

describe('client-query-buffer-limit', () => {
  const config = { 'client-query-buffer-limit': '1048576' }
  const head = `${PING}*2\r\n$4\r\nECHO\r\n$3000000\r\n`
  it('a request below it is read', () => compare([bytes(head), bytes('a'.repeat(900_000))], config))
  it('a request beyond it closes the connection', () =>
    compare([bytes(head), bytes('a'.repeat(1_500_000))], config))
})

describe('broken streams', () => {
  const requests = [
    PING,
    SET,
    GET,
    '*2\r\n$4\r\nECHO\r\n$3\r\na\r\n\r\n',
    'ECHO "a b" \'c\'\r\n',
    'PING\n',
  ]
  const noise = [
    '\r',
    '\n',
    '*',
    '$',
    '0',
    '1',
    '9',
    '-',
    ...(isNew ? [] : ['\0']),
    '\xff',
    '"',
    "'",
    ' ',
    '\\',
    ':',
    'x',
  ]

  /** A pipeline with a few bytes changed, added or left out, cut at random places. */
  function stream(random: Random): Buffer[] {
    let text = ''
    for (let i = 1 + random.below(5); i > 0; i--) text += requests[random.below(requests.length)]
    for (let i = random.below(4); i > 0; i--) {
      const at = random.below(text.length)
      const byte = random.below(4) === 0 ? '' : noise[random.below(noise.length)]
      text = text.slice(0, at) + byte + text.slice(at + random.below(3))
    }
    const pieces: Buffer[] = []
    for (let at = 0; at < text.length; ) {
      const next = random.below(2) === 0 ? text.length : at + 1 + random.below(12)
      pieces.push(bytes(text.slice(at, next)))
      at = next
    }
    // Since 8 an error behind the first bytes of a request that came in pieces is not told.
    return isNew ? [bytes(text)] : pieces
  }

  for (let seed = 1; seed <= 20; seed++) {
    it(`twenty streams with seed ${seed}`, async () => {
      const random = new Random(seed)
      for (let i = 0; i < 20; i++) {
        const pieces = stream(random)
        const input = show(Buffer.concat(pieces))
        const ours = mine(pieces)
        expect({ input, ...ours }).toEqual({ input, ...(await theirs(pieces, ours.closed)) })
        await real.control.call(['FLUSHALL'])
      }
    })
  }
})
