/** Members and scores as replies have them. */
import type { Context } from '../core/context.ts'
import { Double, type Reply } from '../core/reply.ts'

/** `WITHSCORES`: pairs of their own in RESP3, member and score in turn in RESP2. */
export class Scored {
  readonly reply: Reply[] = []
  private readonly nested: boolean

  constructor(c: Context) {
    this.nested = c.client.resp > 2
  }

  readonly add = (member: string, score: number): void => {
    if (this.nested) this.reply.push([member, new Double(score)])
    else this.reply.push(member, new Double(score))
  }
}

/** Something that members and scores can be read from, in an order that suits it. */
export type Reader = (visit: (member: string, score: number) => void) => void

/** A list of members, or of members with their scores. */
export function replyOf(c: Context, withScores: boolean, read: Reader): Reply {
  if (withScores) {
    const scored = new Scored(c)
    read(scored.add)
    return scored.reply
  }
  const members: string[] = []
  read((member) => members.push(member))
  return members
}
