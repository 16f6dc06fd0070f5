/**
 * Where Respite is known to answer otherwise than the oracle, and why. Few, and honest: each of these
 * cases is run, and it fails when the difference has gone.
 *
 * `file › title`, or `file › title › RESP3` where only one protocol differs.
 */
export const differences: Readonly<Record<string, string>> = {
  'config › the list of policies has grown': '8.6 has volatile-lrm and allkeys-lrm as well',
  'config › the classes of events have grown': '8.2 has the classes o and c as well',
  'config › the class of new keys is printed beside A':
    'Redis leaves the letter n out although the class is on, and would lose it in CONFIG REWRITE',
}
