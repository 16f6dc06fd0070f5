/**
 * The random run of the language: the same programs in our Lua and in PUC's, output and errors compared.
 *
 *     npm run test:lua -- --programs 100000 --seed 7
 *     npm run test:lua -- --seed 7 --from 5000         go on from there
 *     npm run test:lua -- --all                        do not stop at the first differences
 *     npm run test:lua -- --show 123                   print a program by its number
 */
import { parseArgs } from 'node:util'
import { ProgramGenerator } from './generator.ts'
import { compare, type Difference, seedOf } from './random.ts'
import { textOf } from './tree.ts'

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    show: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const from = Number(values.from)
const end = from + Number(values.programs)
const BATCH = 500

if (values.show !== undefined) {
  const program = new ProgramGenerator(seedOf(seed, Number(values.show))).program()
  console.log(ProgramGenerator.prelude + textOf(program))
  process.exit(0)
}

const indented = (text: string): string => text.replace(/^/gm, '    ')

function report({ seed: own, source, theirs, ours, slice }: Difference): void {
  const how = slice === 0 ? 'in one go' : `suspended after every ${slice}`
  console.log(`\nprogram ${own - seedOf(seed, 0)} of seed ${seed}, ${how}:\n${indented(source)}`)
  console.log(`  PUC:\n${indented(theirs)}\n  ours:\n${indented(ours)}`)
}

const started = Date.now()
let compared = 0
let lost = 0
let unsigned = 0
let different = 0
console.log(`seed ${seed}`)
for (let at = from; at < end; at += BATCH) {
  const to = Math.min(at + BATCH, end)
  const result = compare(seed, at, to)
  compared += result.programs - result.lost - result.unsigned
  lost += result.lost
  unsigned += result.unsigned
  different += result.differences.length
  result.differences.forEach(report)
  if (different > 0 && !values.all) break
  if ((to - from) % 10_000 === 0) {
    const speed = compared / ((Date.now() - started) / 1000)
    console.log(`${to - from} programs, ${different} different, ${speed.toFixed(0)}/s`)
  }
}
console.log(
  `${compared} programs compared; ${different} different, ${lost} lost in PUC, ${unsigned} that showed the sign of NaN, ${((Date.now() - started) / 1000).toFixed(0)} s`,
)
process.exit(different === 0 ? 0 : 1)
