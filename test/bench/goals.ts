/** What the project promised itself: floors and goals. */
import type { Promised } from './report.ts'

const ratio = (better: Promised['better'], floor: number, goal: number): Promised => ({
  of: 'ratio',
  better,
  floor,
  goal,
})
const figure = (better: Promised['better'], floor: number, goal: number): Promised => ({
  of: 'figure',
  better,
  floor,
  goal,
})

export const GOALS = {
  getSame: ratio('higher', 0.4, 0.7),
  getFresh: ratio('higher', 1.2, 2),
  mock: ratio('higher', 10, 20),
  mockZadd: ratio('higher', 100, 200),
  tcp: ratio('higher', 0.85, 1),
  tcpPipelined: ratio('higher', 0.7, 1),
  memory: ratio('lower', 1.1, 0.6),
  memoryMember: ratio('lower', 1.2, 1),
  growthMs: figure('lower', 20, 10),
  pauseMs: figure('lower', 16, 4),
  durable: ratio('higher', 50, 200),
  workerCalls: figure('higher', 500_000, 2_000_000),
  coldMillionMs: figure('lower', 2000, 700),
  coldHundredThousandMs: figure('lower', 200, 80),
  snapshotBlockMs: figure('lower', 16, 4),
  evalFengari: ratio('higher', 10, 23),
  evalMock: ratio('higher', 1000, 2500),
  luaFengari: ratio('higher', 5, 12),
  luaRedis: ratio('higher', 0.5, 1),
} as const
