/**
 * Every error text of the protocol. Clients and test suites match on them, word for word.
 *
 * Fixed messages are made once, here, and carry no stack trace: throwing one costs about half a
 * microsecond, a fresh `Error` ten times that.
 */
import { formatF6 } from '../util/float.ts'
import { MAX_INT64 } from '../util/integer.ts'

/**
 * The one thing a command may throw. It is a reply, not a bug: the dispatcher hands it to the
 * client. Anything else that escapes a command is a defect and is not caught.
 */
export class CommandError {
  /** First word of the reply: `ERR`, `WRONGTYPE`, `NOAUTH` … */
  readonly code: string
  readonly message: string

  constructor(message: string, code = 'ERR') {
    this.code = code
    this.message = message
  }

  /** As clients see it. A script may make an error of one word. */
  toString(): string {
    return this.message === '' ? this.code : `${this.code} ${this.message}`
  }
}

/** An error that a script passes on: it was counted where it happened, and is not counted again. */
export class CountedError extends CommandError {}

// ---- Arguments --------------------------------------------------------------------------------

export const syntaxError = new CommandError('syntax error')
export const notAnInteger = new CommandError('value is not an integer or out of range')
export const notAFloat = new CommandError('value is not a valid float')
export const mustBePositive = new CommandError('value is out of range, must be positive')
export const outOfRange = new CommandError('value is out of range')
/** A number that has an opposite: the least integer is refused. */
export const notNegatable = new CommandError(
  `value is out of range, value must between -${MAX_INT64} and ${MAX_INT64}`,
)
export const overflow = new CommandError('increment or decrement would overflow')
export const decrementOverflow = new CommandError('decrement would overflow')
export const nanOrInfinity = new CommandError('increment would produce NaN or Infinity')
export const negativeTimeout = new CommandError('timeout is negative')
export const timeoutNotAFloat = new CommandError('timeout is not a float or out of range')
export const timeoutNotAnInteger = new CommandError('timeout is not an integer or out of range')
export const timeoutOutOfRange = new CommandError('timeout is out of range')
export const offsetOutOfRange = new CommandError('offset is out of range')
export const stringTooLong = new CommandError(
  'string exceeds maximum allowed size (proto-max-bulk-len)',
)
export const invalidCursor = new CommandError('invalid cursor')
export const invalidNumkeys = new CommandError('invalid numkeys value')
export const wrongNumberOfPairs = new CommandError('wrong number of key-value pairs')
export const invalidDigest = new CommandError('must be exactly 16 hexadecimal characters')
export const invalidCondition = new CommandError(
  'Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE',
)

// Arrays
export const invalidArrayIndex = new CommandError('invalid array index')
export const arrayIndexOverflow = new CommandError('array index overflow')
export const insertIndexOverflow = new CommandError('insert index overflow')
export const arrayLimitNotPositive = new CommandError('LIMIT must be positive')
export const invalidCount = new CommandError('invalid COUNT')
export const invalidRingSize = new CommandError('invalid size')
export const ringSizeNotPositive = new CommandError('size must be positive')
export const unknownOperation = new CommandError('unknown operation')
export const matchNeedsValue = new CommandError('MATCH requires a value argument')
/** `what` is a range or a count. */
export const tooManyItems = (what: string, most: number): CommandError =>
  new CommandError(`${what} exceeds maximum of ${most} items`)
export const tooManyPredicates = (most: number): CommandError =>
  new CommandError(`too many predicates, maximum is ${most}`)
export const emptyRegex = new CommandError('regular expression is empty')
export const regexTooLong = (most: number): CommandError =>
  new CommandError(`regular expression is too long, maximum is ${most} bytes`)
export const invalidRegex = (why: string): CommandError =>
  new CommandError(`invalid regular expression: ${why}`)
export const regexBackreference = new CommandError(
  'regular expression backreferences are not supported',
)
export const kmaxNotGreater = new CommandError(
  'array-sparse-kmax must be greater than array-sparse-kmin when non-zero',
)
export const kminNotLess = new CommandError('array-sparse-kmin must be less than array-sparse-kmax')

// Hashes
export const noValuesOutsideHscan = new CommandError('NOVALUES option can only be used in HSCAN')
export const hashNotAnInteger = new CommandError('hash value is not an integer')
export const hashNotAFloat = new CommandError('hash value is not a float')
export const incrementNotFinite = new CommandError('value is NaN or Infinity')
export const fieldsetTwice = new CommandError('duplicate field name in fieldset')
export const noFieldset = new CommandError('no such fieldset')
export const fieldsetMismatch = new CommandError('value count does not match fieldset field count')

// Deadlines of fields
export const fieldTimeNegative = new CommandError('invalid expire time, must be >= 0')
export const fieldsTwice = new CommandError('FIELDS keyword specified multiple times')
export const fieldsMissing = new CommandError('missing FIELDS argument')
export const fieldsIncomplete = new CommandError(
  'FIELDS requires at least numfields and one field argument',
)
export const fieldsMisplaced = new CommandError(
  'Mandatory argument FIELDS is missing or not at the right position',
)
export const numFieldsZero = new CommandError('Parameter `numFields` should be greater than 0')
export const numFieldsNotPositive = new CommandError('Number of fields must be a positive integer')
export const numFieldsMismatch = new CommandError(
  'The `numfields` parameter must match the number of arguments',
)
export const invalidNumberOfFields = new CommandError('invalid number of fields')
export const tooFewArguments = new CommandError('wrong number of arguments')
export const manyConditions = new CommandError('Multiple condition flags specified')
export const fieldConditionTwice = new CommandError(
  'Only one of FXX or FNX arguments can be specified',
)
export const expireTimeMissing = new CommandError('missing expire time')
export const unknownOption = new CommandError('unknown argument')
export const unknownArgument = (word: string): CommandError =>
  new CommandError(`unknown argument: ${excerpt(word, word.length)}`)
/** `last` is the one of the options that is no time. */
export const expirationTwice = (last: string): CommandError =>
  new CommandError(`Only one of EX, PX, EXAT, PXAT or ${last} arguments can be specified`)
// Lists
export const indexOutOfRange = new CommandError('index out of range')
export const rankIsZero = new CommandError(
  "RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
    'or use negative to start from the end of the list',
)
export const notNegative = (what: string): CommandError =>
  new CommandError(`${what} can't be negative`)
export const numkeysNotPositive = new CommandError('numkeys should be greater than 0')
export const countNotPositive = new CommandError('count should be greater than 0')

// Bitmaps
export const bitOffsetOutOfRange = new CommandError('bit offset is not an integer or out of range')
export const bitNotABit = new CommandError('bit is not an integer or out of range')
export const bitMustBeOneOrZero = new CommandError('The bit argument must be 1 or 0.')
export const notNeedsOneKey = new CommandError('BITOP NOT must be called with a single source key.')
export const operationNeedsTwoKeys = (operation: string): CommandError =>
  new CommandError(`BITOP ${operation} must be called with at least two source keys.`)
export const invalidBitfieldType = new CommandError(
  'Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
)
export const invalidOverflowType = new CommandError('Invalid OVERFLOW type specified')
export const bitfieldReadOnly = new CommandError('BITFIELD_RO only supports the GET subcommand')

// Vector sets
export const notForModuleKeys = new CommandError('not supported for this module key')
export const invalidVector = new CommandError('invalid vector specification')
export const invalidOptionAfterElement = new CommandError('invalid option after element')
export const invalidOption = new CommandError('invalid option')
export const quantizationMismatch = new CommandError(
  'asked quantization mismatch with existing vector set',
)
export const linksMismatch = new CommandError('asked M value mismatch with existing vector set')
export const noProjection = new CommandError(
  'cannot add projection to existing set without projection',
)
export const vectorSetResources = new CommandError(
  'unable to create a Vector Set: system resources issue?',
)
export const elementNotFound = new CommandError('element not found in set')
export const vsimSyntax = new CommandError('syntax error in VSIM command')
export const noSuchKeyAtAll = new CommandError('key does not exist')
export const countNotAnInteger = new CommandError('COUNT value is not an integer')
export const invalidCountValue = new CommandError('invalid COUNT value')
export const invalidRangeStart = new CommandError('invalid start range format')
export const invalidRangeEnd = new CommandError('invalid end range format')
export const misplacedRangeEnds = new CommandError(
  "'-' can only be used as first argument, '+' only as second",
)
/** `option` is EF, M, COUNT and the like. */
export const invalidArgumentOf = (option: string): CommandError =>
  new CommandError(`invalid ${option}`)
export const dimensionMismatch = (given: number, own: number): CommandError =>
  new CommandError(`Vector dimension mismatch - got ${given} but set has ${own}`)
export const inputMismatch = (given: number, own: number): CommandError =>
  new CommandError(
    `Input dimension mismatch for projection - got ${given} but projection expects ${own}`,
  )
/** `rest` is the expression from where it could not be read; line breaks at its end are not told. */
export const filterSyntax = (rest: string): CommandError => {
  const told = rest.replace(/[\r\n]+$/, '')
  return new CommandError(`syntax error in FILTER expression near: ${excerpt(told, told.length)}`)
}

// HyperLogLogs
export const notAHyperLogLog = new CommandError(
  'Key is not a valid HyperLogLog string value.',
  'WRONGTYPE',
)
export const corruptHyperLogLog = new CommandError('Corrupted HLL object detected', 'INVALIDOBJ')
export const hyperLogLogNotSparse = new CommandError('HLL encoding is not sparse')
export const noSuchSpecifiedKey = new CommandError('The specified key does not exist')
export const mustBeOnOrOff = new CommandError('Argument must be ON or OFF')
export const unknownPfdebug = (subcommand: string): CommandError =>
  new CommandError(`Unknown PFDEBUG subcommand '${excerpt(subcommand)}'`)

// INCREX
export const enxNeedsExpiration = new CommandError('ENX flag requires an expiration')
export const boundsCrossed = new CommandError("LBOUND can't be greater than UBOUND")
export const infiniteIncrement = new CommandError('BYFLOAT increment cannot be Infinity')
export const infiniteValue = new CommandError('value cannot be Infinity')
export const appliedOverflow = new CommandError('applied increment would overflow')
export const appliedInfinity = new CommandError('applied increment would be Infinity')
/** `what` is the argument: `Increment`, `LBOUND`, `UBOUND`. */
export const argumentNotAnInteger = (what: string): CommandError =>
  new CommandError(`${what} is not an integer or out of range`)
export const argumentNotAFloat = (what: string): CommandError =>
  new CommandError(`${what} is not a valid float`)

// LCS
export const lcsNeedsStrings = new CommandError('The specified keys must contain string values')
export const lcsLenAndIdx = new CommandError(
  'If you want both the length and indexes, please just use IDX.',
)
export const lcsTooLarge = new CommandError(
  'Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
)

export const invalidExpire = (command: string): CommandError =>
  new CommandError(`invalid expire time in '${command}' command`)

export const wrongArity = (command: string): CommandError =>
  new CommandError(`wrong number of arguments for '${command}' command`)

/** What a client sent, as errors quote it: C prints it up to a NUL, and no more than this. */
function excerpt(text: string, most = 128): string {
  const end = text.indexOf('\0')
  return text.slice(0, end < 0 || end > most ? most : end)
}

/** All that a client sent, where C prints it without a limit. */
const visible = (text: string): string => excerpt(text, text.length)

/** Arguments as Redis quotes them in the reply: the first 128 bytes of all of them. */
export function unknownCommand(argv: readonly string[]): CommandError {
  const name = excerpt(argv[0] as string)
  if (argv.length === 1) return new CommandError(`unknown command '${name}'`)
  let shown = ''
  for (let i = 1; i < argv.length && shown.length < 128; i++) {
    shown += `'${excerpt(argv[i] as string, 128 - shown.length)}' `
  }
  return new CommandError(`unknown command '${name}', with args beginning with: ${shown}`)
}

export const unknownSubcommand = (container: string, subcommand: string): CommandError =>
  new CommandError(
    `unknown subcommand '${excerpt(subcommand)}'. Try ${container.toUpperCase()} HELP.`,
  )

/** A subcommand that has told by itself that it was given too much. */
export const subcommandSyntax = (container: string, subcommand: string): CommandError =>
  new CommandError(
    `unknown subcommand or wrong number of arguments for '${excerpt(subcommand)}'. ` +
      `Try ${container.toUpperCase()} HELP.`,
  )

// ---- Sorted sets ------------------------------------------------------------------------------

export const zsetNxAndXx = new CommandError('XX and NX options at the same time are not compatible')
export const zsetComparisons = new CommandError(
  'GT, LT, and/or NX options at the same time are not compatible',
)
export const zsetOneIncrement = new CommandError(
  'INCR option supports a single increment-element pair',
)
export const scoreNotANumber = new CommandError('resulting score is not a number (NaN)')
export const scoreRangeNotAFloat = new CommandError('min or max is not a float')
export const lexRangeNotValid = new CommandError('min or max not valid string range item')
export const limitNeedsRange = new CommandError(
  'syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
)
export const lexWithScores = new CommandError(
  'syntax error, WITHSCORES not supported in combination with BYLEX',
)
export const weightNotAFloat = new CommandError('weight value is not a float')
export const limitNegative = new CommandError("LIMIT can't be negative")
export const needsInputKey = (command: string): CommandError =>
  new CommandError(`at least 1 input key is needed for '${command}' command`)

// ---- Places -----------------------------------------------------------------------------------

export const unsupportedUnit = new CommandError(
  'unsupported unit provided. please use M, KM, FT, MI',
)
export const radiusNotNumeric = new CommandError('need numeric radius')
export const radiusNegative = new CommandError('radius cannot be negative')
export const widthNotNumeric = new CommandError('need numeric width')
export const heightNotNumeric = new CommandError('need numeric height')
export const boxNegative = new CommandError('height or width cannot be negative')
export const memberNotDecoded = new CommandError('could not decode requested zset member')
export const countNotAbove = new CommandError('COUNT must be > 0')
export const anyNeedsCount = new CommandError('the ANY argument requires COUNT argument')
export const invalidCoordinates = (longitude: number, latitude: number): CommandError =>
  new CommandError(`invalid longitude,latitude pair ${formatF6(longitude)},${formatF6(latitude)}`)
export const storeWithOptions = (what: string): CommandError =>
  new CommandError(`${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`)
/** `command` as the client spelled it. */
export const oneOfSources = (command: string): CommandError =>
  new CommandError(`exactly one of FROMMEMBER or FROMLONLAT can be specified for ${command}`)
export const oneOfShapes = (command: string): CommandError =>
  new CommandError(`exactly one of BYRADIUS and BYBOX can be specified for ${command}`)

export const scoreNotConvertible = new CommandError(
  "One or more scores can't be converted into double",
)

// ---- Streams ----------------------------------------------------------------------------------

export const invalidStreamId = new CommandError(
  'Invalid stream ID specified as stream command argument',
)
export const invalidStartId = new CommandError('invalid start ID for the interval')
export const invalidEndId = new CommandError('invalid end ID for the interval')
export const trimmedTwice = new CommandError(
  'syntax error, MAXLEN and MINID options at the same time are not compatible',
)
export const maxlenNegative = new CommandError('The MAXLEN argument must be >= 0.')
export const limitArgumentNegative = new CommandError('The LIMIT argument must be >= 0.')
export const limitNeedsStrategy = new CommandError(
  'syntax error, LIMIT cannot be used without specifying a trimming strategy',
)
export const limitNeedsApproximation = new CommandError(
  'syntax error, LIMIT cannot be used without the special ~ option',
)
export const strategyMissing = new CommandError(
  'syntax error, XTRIM must be called with a trimming strategy',
)
export const idIsZero = new CommandError('The ID specified in XADD must be greater than 0-0')
export const idNotGreater = new CommandError(
  'The ID specified in XADD is equal or smaller than the target stream top item',
)
export const streamExhausted = new CommandError(
  'The stream has exhausted the last possible ID, unable to add more items',
)
export const elementsTooLarge = new CommandError('Elements are too large to be stored')
export const idsMissing = new CommandError('IDS option is required')
export const numidsNotPositive = new CommandError('Number of IDs must be a positive integer')
export const numidsMismatch = new CommandError(
  'The `numids` parameter must match the number of arguments',
)

// Messages that are added once
const idempotence = (what: string): CommandError => new CommandError(`syntax error, ${what}`)
export const idmpTwice = idempotence('IDMP/IDMPAUTO specified multiple times')
export const idmpAutoNeedsProducer = idempotence('IDMPAUTO requires a non-empty producer ID')
export const idmpNeedsProducer = idempotence('IDMP requires a non-empty producer ID')
export const idmpNeedsId = idempotence('IDMP requires a non-empty idempotent ID')
export const idmpNeedsAutoId = idempotence('IDMP/IDMPAUTO can be used only with auto-generated IDs')
export const producerIsEmpty = new CommandError('producer ID must be non-empty')
export const messageIsEmpty = new CommandError('idempotent ID must be non-empty')
export const noSuchMessage = new CommandError('No such message in stream')
export const messageIsAnother = new CommandError(
  'IID already exists for this producer with a different stream ID',
)
export const nothingToSet = new CommandError('At least one parameter must be specified')
export const setTwice = (option: string): CommandError =>
  new CommandError(`${option} specified multiple times`)
export const settingOutOfRange = (option: string, most: number, unit: string): CommandError =>
  new CommandError(`${option} must be between 1 and ${most} ${unit}`)

// XSETID
export const entriesAddedNegative = new CommandError('entries_added must be positive')
const setId = (what: string): CommandError =>
  new CommandError(`The ID specified in XSETID is smaller than ${what}`)
export const setIdBelowGivenDeleted = setId('the provided max_deleted_entry_id')
export const setIdBelowDeleted = setId('current max_deleted_entry_id')
export const setIdBelowTop = setId('the target stream top item')
export const entriesAddedBelowLength = new CommandError(
  'The entries_added specified in XSETID is smaller than the target stream length',
)

// Reading
export const unbalancedStreams = (command: string, ids: string): CommandError =>
  new CommandError(
    `Unbalanced '${command}' list of streams: for each stream key an ${ids} must be specified.`,
  )
export const onlyForGroups = (option: string): CommandError =>
  new CommandError(
    `The ${option} option is only supported by XREADGROUP. You called XREAD instead.`,
  )
export const groupMissing = new CommandError('Missing GROUP option for XREADGROUP')
export const meaninglessId = (id: string): CommandError =>
  new CommandError(
    `The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of ` +
      'this consumer by specifying a proper ID, or use the > ID to get new messages. ' +
      `The ${id} ID would just return an empty result set.`,
  )
export const newNeedsGroup = new CommandError(
  'The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> ' +
    'option.',
)
export const minIdleNotAnInteger = new CommandError(
  'min-idle-time is not an integer or out of range',
)
export const minIdleNegative = new CommandError('min-idle-time must be a positive integer')
export const mustBePositiveInteger = (option: string): CommandError =>
  new CommandError(`${option} must be a positive integer`)
export const maxcountBelowCount = new CommandError(
  'MAXCOUNT must be greater than or equal to COUNT',
)

// Groups
const noGroup = (what: string): CommandError => new CommandError(what, 'NOGROUP')
export const noGroupToRead = (key: string, group: string): CommandError =>
  noGroup(
    `No such key '${visible(key)}' or consumer group '${visible(group)}' in XREADGROUP with ` +
      'GROUP option',
  )
export const noKeyOrGroup = (key: string, group: string): CommandError =>
  noGroup(`No such key '${visible(key)}' or consumer group '${visible(group)}'`)
export const noGroupOfKey = (key: string, group: string): CommandError =>
  noGroup(`No such consumer group '${visible(group)}' for key name '${visible(key)}'`)
export const groupNeedsKey = new CommandError(
  'The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the ' +
    'MKSTREAM option to create an empty stream automatically.',
)
export const groupExists = new CommandError('Consumer Group name already exists', 'BUSYGROUP')
export const entriesReadNegative = new CommandError('value for ENTRIESREAD must be positive or -1')
export const invalidMinIdle = (command: string): CommandError =>
  new CommandError(`Invalid min-idle-time argument for ${command}`)
export const invalidClaimOption = (option: string): CommandError =>
  new CommandError(`Invalid ${option} option argument for XCLAIM`)
export const unrecognizedClaimOption = (option: string): CommandError =>
  new CommandError(`Unrecognized XCLAIM option '${visible(option)}'`)
export const claimCountNotPositive = new CommandError('COUNT must be > 0')
export const nackModeInvalid = new CommandError('mode must be SILENT, FAIL, or FATAL')
export const nackNumidsNotPositive = new CommandError('numids must be a positive integer')
export const nackNumidsMismatch = new CommandError("number of IDs doesn't match numids")
export const nackRetriesNegative = new CommandError('Invalid RETRYCOUNT value, must be >= 0')
export const nackIdsMissing = new CommandError('syntax error, expected IDS keyword')
export const unrecognizedNackOption = (option: string): CommandError =>
  new CommandError(`Unrecognized XNACK option '${visible(option)}'`)

// ---- Data -------------------------------------------------------------------------------------

export const wrongType = new CommandError(
  'Operation against a key holding the wrong kind of value',
  'WRONGTYPE',
)
export const conditionNeedsString = new CommandError(
  'Key should be of string type if conditions are specified',
)
export const noSuchKey = new CommandError('no such key')
export const migrateKeyNotEmpty = new CommandError(
  'When using MIGRATE KEYS option, the key argument must be set to the empty string',
)
export const noConnections = new CommandError('connections to other servers are not possible here')
/** `step` is what could not be done. */
export const noAnswer = (step: 'connecting' | 'writing' | 'reading'): CommandError =>
  new CommandError(
    step === 'connecting'
      ? 'error or timeout connecting to the client'
      : `error or timeout ${step} to target instance`,
    'IOERR',
  )
export const targetError = (error: string): CommandError =>
  new CommandError(`Target instance replied with error: ${error}`)
export const busyKey = new CommandError('Target key name already exists.', 'BUSYKEY')
export const wrongPayload = new CommandError('DUMP payload version or checksum are wrong')
export const badDataFormat = new CommandError('Bad data format')
export const invalidTtl = new CommandError('Invalid TTL value, must be >= 0')
export const invalidIdleTime = new CommandError('Invalid IDLETIME value, must be >= 0')
export const invalidFrequency = new CommandError('Invalid FREQ value, must be >= 0 and <= 255')
export const sameObject = new CommandError('source and destination objects are the same')
export const dbIndexOutOfRange = new CommandError('DB index is out of range')

// ---- State of the server ----------------------------------------------------------------------

export const loadingError = new CommandError('Redis is loading the dataset in memory', 'LOADING')
export const outOfMemory = new CommandError(
  "command not allowed when used memory > 'maxmemory'.",
  'OOM',
)
/** After a snapshot that failed, under `stop-writes-on-bgsave-error yes`. */
export const snapshotFailed = new CommandError(
  "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
    'Commands that may modify the data set are disabled, because this instance is configured to ' +
    'report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). ' +
    'Please check the Redis logs for details about the RDB error.',
  'MISCONF',
)
/** After an append that failed; `reason` is the store's. */
export const journalFailed = (reason: string): CommandError =>
  new CommandError(`Errors writing to the AOF file: ${reason}`, 'MISCONF')

// ---- Scripts ----------------------------------------------------------------------------------

export const noScript = new CommandError('No matching script. Please use EVAL.', 'NOSCRIPT')
export const busyScript = new CommandError(
  'Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'BUSY',
)
export const busyFunction = new CommandError(
  'Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.',
  'BUSY',
)
export const nothingToKill = new CommandError('No scripts in execution right now.', 'NOTBUSY')
export const unkillable = new CommandError(
  'Sorry the script already executed write commands against the dataset. You can either wait the ' +
    'script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  'UNKILLABLE',
)
export const keysBeyondArguments = new CommandError(
  "Number of keys can't be greater than number of args",
)
export const keysNegative = new CommandError("Number of keys can't be negative")
export const badNumberOfKeys = new CommandError('Bad number of keys provided')
export const functionNotFound = new CommandError('Function not found')
export const libraryNotFound = new CommandError('Library not found')
/** `container` is SCRIPT or FUNCTION. */
export const flushSyntax = (container: string): CommandError =>
  new CommandError(
    `${container} FLUSH only support${container === 'SCRIPT' ? '' : 's'} SYNC|ASYNC option`,
  )
export const debugMode = new CommandError('Use SCRIPT DEBUG YES/SYNC/NO')
export const noDebugger = new CommandError('There is no debugger of scripts here')
export const restorePolicy = new CommandError(
  'Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.',
)
export const restoreFailed = new CommandError('failed loading the given functions payload')
export const noLibraryPattern = new CommandError('library name argument was not given')
export const unknownWord = (word: string): CommandError =>
  new CommandError(`Unknown argument ${visible(word)}`)
export const unknownLoadOption = (word: string): CommandError =>
  new CommandError(`Unknown option given: ${visible(word)}`)
export const writesInReadOnly = new CommandError(
  'Can not execute a script with write flag using *_ro command.',
)
// ---- Sessions ---------------------------------------------------------------------------------

export const authenticationRequired = new CommandError('Authentication required.', 'NOAUTH')
export const wrongPassword = new CommandError(
  'invalid username-password pair or user is disabled.',
  'WRONGPASS',
)
export const unsupportedProtocol = new CommandError('unsupported protocol version', 'NOPROTO')
export const noPermission = (text: string): CommandError => new CommandError(text, 'NOPERM')
export const execAborted = new CommandError(
  'Transaction discarded because of previous errors.',
  'EXECABORT',
)
/** EXEC itself was refused. The reason keeps its first word if that says something. */
export const execRefused = (reason: CommandError): CommandError => {
  const why = reason.code === 'ERR' ? reason.message : String(reason)
  return new CommandError(`Transaction discarded because of: ${why}`, 'EXECABORT')
}
export const noPasswordSet = new CommandError(
  'AUTH <password> called without any password configured for the default user. Are you sure ' +
    'your configuration is correct?',
)
export const helloNeedsAuth = new CommandError(
  'HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH ' +
    '<user> <pass> option can be used to authenticate the client and select the RESP protocol ' +
    'version at the same time',
  'NOAUTH',
)
export const protocolNotAnInteger = new CommandError(
  'Protocol version is not an integer or out of range',
)
export const helloSyntax = (option: string): CommandError =>
  new CommandError(`Syntax error in HELLO option '${option}'`)
export const invalidClientName = new CommandError(
  'Client names cannot contain spaces, newlines or special characters.',
)
export const invalidClientInfo = (attribute: string): CommandError =>
  new CommandError(`${attribute} cannot contain spaces, newlines or special characters.`)
export const unrecognizedOption = (option: string): CommandError =>
  new CommandError(`Unrecognized option '${option}'`)
export const noSuchClient = new CommandError('No such client')
export const noSuchUser = (name: string): CommandError => new CommandError(`No such user '${name}'`)
export const unknownClientType = (type: string): CommandError =>
  new CommandError(`Unknown client type '${type}'`)
export const invalidClientId = new CommandError('Invalid client ID')
export const clientIdNotPositive = new CommandError('client-id should be greater than 0')
export const maxAgeNotAnInteger = new CommandError('maxage is not an integer or out of range')
export const maxAgeNotPositive = new CommandError('maxage should be greater than 0')
export const invalidPauseMode = new CommandError('CLIENT PAUSE mode must be WRITE or ALL')
export const invalidUnblockReason = new CommandError(
  'CLIENT UNBLOCK reason should be TIMEOUT or ERROR',
)
export const unblocked = new CommandError('client unblocked via CLIENT UNBLOCK', 'UNBLOCKED')
export const noReplicas: CommandError = new CommandError(
  'Not enough good replicas to write.',
  'NOREPLICAS',
)
export const noKeyspace = new CommandError("Replica can't interact with the keyspace")
export const notInTransaction = new CommandError('Command not allowed inside a transaction')
export const notInSubscribedMode = (command: string): CommandError =>
  new CommandError(
    `Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET ` +
      'are allowed in this context',
  )
export const commandNotAllowed = (command: string, option: string): CommandError =>
  new CommandError(
    `${command.toUpperCase()} command not allowed. If the ${option} option is set to "local", you ` +
      'can run it from a local connection, otherwise you need to set this option in the ' +
      'configuration file, and then restart the server.',
  )
export const wrongSubcommand = (container: string, subcommand: string): CommandError =>
  new CommandError(
    `unknown subcommand or wrong number of arguments for '${excerpt(subcommand)}'. ` +
      `Try ${container.toUpperCase()} HELP.`,
  )

/** Why CONFIG SET was refused. */
export const configSetFailed = (name: string, why: string): CommandError =>
  new CommandError(`CONFIG SET failed (possibly related to argument '${name}') - ${why}`)

// ---- Client-side caching ----------------------------------------------------------------------

export const redirectTwice = new CommandError('A client can only redirect to a single other client')
export const redirectNowhere = new CommandError('The client ID you want redirect to does not exist')
export const prefixNeedsBroadcast = new CommandError(
  'PREFIX option requires BCAST mode to be enabled',
)
const switching = (mode: string): CommandError =>
  new CommandError(
    `You can't switch ${mode} before disabling tracking for this client, and then re-enabling it ` +
      'with a different mode.',
  )
export const cannotSwitchBroadcast = switching('BCAST mode on/off')
export const cannotSwitchOptIn = switching('OPTIN/OPTOUT mode')
export const optInAgainstBroadcast = new CommandError(
  'OPTIN and OPTOUT are not compatible with BCAST',
)
export const optInAndOut = new CommandError("You can't specify both OPTIN mode and OPTOUT mode")
/** `other` is a prefix of the same request, or one that the client has already. */
export const prefixesOverlap = (prefix: string, other: string, existing: boolean): CommandError =>
  new CommandError(
    `Prefix '${prefix}' overlaps with ${existing ? 'an existing' : 'another provided'} prefix ` +
      `'${other}'. Prefixes for a single client must not overlap.`,
  )
export const cachingNeedsTracking = new CommandError(
  'CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT ' +
    'mode enabled',
)
export const cachingYesNeedsOptIn = new CommandError(
  'CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.',
)
export const cachingNoNeedsOptOut = new CommandError(
  'CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.',
)
