/** What is wrong with a rule of ACL SETUSER: the reason alone, without the rule. */
import { CommandError } from '../core/errors.ts'

export const unknownRule = new CommandError('Unknown command or category name in ACL')
export const badRule = new CommandError('Syntax error')
export const keyAfterAll = new CommandError(
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any " +
    "effect. Try 'resetkeys' to start with an empty list of patterns",
)
export const channelAfterAll = new CommandError(
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have " +
    "any effect. Try 'resetchannels' to start with an empty list of channels",
)
export const noSuchPassword = new CommandError(
  'The password you are trying to remove from the user does not exist',
)
export const badPasswordHash = new CommandError(
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
)
export const firstArgumentOfSubcommand = new CommandError(
  'Allowing first-arg of a subcommand is not supported',
)
export const badUserName = new CommandError("Usernames can't contain spaces or null characters")
export const unmatchedParenthesis = (from: string): CommandError =>
  new CommandError(`Unmatched parenthesis in acl selector starting at '${from}'.`)
