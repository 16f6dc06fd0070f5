/**
 * Where Respite is known to answer otherwise than the oracle, and why. Few, and honest: each of these
 * cases is run, and it fails when the difference has gone.
 *
 * `file › title`, or `file › title › RESP3` where only one protocol differs.
 */
export const differences: Readonly<Record<string, string>> = {}
