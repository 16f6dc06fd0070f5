/**
 * Where Respite is known to answer otherwise than the oracle, and why. Few, and honest: each of these
 * cases is run, and it fails when the difference has gone.
 *
 * `file › title`, or `file › title › RESP3` where only one protocol differs.
 */
export const differences: Readonly<Record<string, string>> = {
  'blocking › of several keys that a transaction fills, the first named is taken':
    'since 7.2 the command runs again from its first key; before, the key filled first was taken',
  'config › the list of policies has grown': '8.6 has volatile-lrm and allkeys-lrm as well',
  'config › the classes of events have grown': '8.2 has the classes o and c as well',
  'config › the class of new keys is printed beside A':
    'Redis leaves the letter n out although the class is on, and would lose it in CONFIG REWRITE',
  'expire › deadlines beyond 2^53 - 1 are kept to the millisecond':
    'deadlines are whole numbers up to 2^53 - 1 (the year 287396); a later one is kept as that',
  'object › OBJECT ENCODING of a small list': 'small lists are listpacks since 7.2',
  'object › OBJECT HELP is a list of lines': 'our own words',
  'pubsub › PUBSUB HELP is a list of lines': 'our own words',
  'pubsub › a subscriber that publishes to itself gets the reply before the message › RESP3':
    'since 7.2 the message follows the reply; before, it came in front of it',
  'set › OBJECT ENCODING of a set of words': 'small sets of words are listpacks since 7.2',
  'scan › a negative cursor is an error': 'it is one since 8.0',
}
