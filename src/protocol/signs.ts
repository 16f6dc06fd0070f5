/** The bytes that RESP is made of: ends of lines, and the letter that tells what comes. */

export const CR = 0x0d
export const LF = 0x0a
export const ZERO = 0x30

// Both versions.
export const STATUS = 0x2b //    +
export const ERROR = 0x2d //     -
export const INTEGER = 0x3a //   :
export const BULK = 0x24 //      $
export const ARRAY = 0x2a //     *

// RESP3.
export const NIL = 0x5f //       _
export const BOOL = 0x23 //      #
export const DOUBLE = 0x2c //    ,
export const BIG_NUMBER = 0x28 // (
export const BULK_ERROR = 0x21 // !
export const VERBATIM = 0x3d //  =
export const MAP = 0x25 //       %
export const SET = 0x7e //       ~
export const ATTRIBUTE = 0x7c // |
export const PUSH = 0x3e //      >
