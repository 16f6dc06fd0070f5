/** Members and scores as replies have them. */
import { Double, PairsReply, type Reply } from '../core/reply.ts'

/** Something that members and scores can be read from, in an order that suits it. */
export type Reader = (visit: (member: string, score: number) => void) => void

/** A list of members, or of members with their scores. */
export function replyOf(withScores: boolean, read: Reader): Reply {
  if (withScores) {
    const pairs: Reply[] = []
    read((member, score) => pairs.push(member, new Double(score)))
    return new PairsReply(pairs)
  }
  const members: string[] = []
  read((member) => members.push(member))
  return members
}
