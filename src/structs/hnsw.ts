// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * A graph in which near vectors are found by walking: a hierarchical navigable small world (Malkov and
 * Yashunin, 2016).
 *
 * Every node is in level 0, one in four also in level 1, and so on. A search goes down from the entry, in
 * each level to the nearest node that it can reach, and collects neighbours in level 0. A node is a
 * number from 1 on, and the slot of its vector; what the graph knows of it is in typed columns, and
 * its links are in blocks of words that a `LinkTable` deals out: no object belongs to a node.
 *
 * **Links go both ways**, and **each level stays connected**. Both hold by induction, with no repair
 * that could fail:
 *
 * - A new node gets at least one link in each of its levels: if all candidates are full, the nearest
 *   one gets room for one more.
 * - To make room at a full node, one of its links is given up: the longest one for which there is a way
 *   around of two steps, which is also what a long link is least needed for.
 * - When a node is deleted, its former neighbours are linked among each other, near ones first, until
 *   they hang together. Whatever was connected through the node still is.
 *
 * That is the difference from graphs with one-way links, where a deleted node can only be marked.
 *
 * The graph does not draw random numbers: the caller says how high a new node stands.
 */
import { LinkTable } from './link-table.ts'
import { Frontier, Nearest } from './nearest.ts'
import { AIMS, type Vectors } from './vectors.ts'

/** Nodes stand no higher than this. */
export const MOST_LEVEL = 16
/** For searches that a deletion makes. */
const REPAIR_EFFORT = 100
/** How many links of a full node are looked at before another candidate is tried. */
const TRIES = 16
/** Room for links that a new node has at first. */
const FIRST_ROOM = 64
/** The aim for short use. */
const SPARE = AIMS - 1
/** Chosen neighbours that new candidates are compared with. */
const MOST_COMPARED = AIMS - 2

// One of each serves every graph: searches do not overlap.
const frontier = new Frontier()
const nearest = new Nearest()

export class Hnsw {
  readonly vectors: Vectors
  /** Links that a new node gets; twice as many are the most in level 0. */
  readonly m: number
  size = 0
  /** Where every search begins; 0 while the graph is empty. */
  entry = 0
  /** The level of the entry, which is the highest one. */
  top = 0
  /** The node that came last; `older` goes on from there. */
  newest = 0

  private readonly links = new LinkTable()
  private levels = new Uint8Array(8)
  private blocks = new Uint32Array(8)
  private marks = new Uint32Array(8)
  private before = new Int32Array(8)
  private after = new Int32Array(8)
  private mark = 0

  constructor(vectors: Vectors, m: number) {
    this.vectors = vectors
    this.m = m
  }

  // ---- Looking ----------------------------------------------------------------------------------

  levelOf(node: number): number {
    return this.levels[node]!
  }

  /** The node that came before this one, or 0. */
  older(node: number): number {
    return this.before[node]!
  }

  /** The neighbours of a node in a level that it has. */
  neighbours(node: number, level: number): Int32Array {
    this.links.seek(this.blocks[node]!, level)
    const { words, at } = this.links
    return words.slice(at + 2, at + 2 + words[at]!)
  }

  /** How many neighbours a node may have in a level. */
  capacity(node: number, level: number): number {
    this.links.seek(this.blocks[node]!, level)
    return Math.max(this.most(level), this.links.words[this.links.at + 1]!)
  }

  private most(level: number): number {
    return level === 0 ? 2 * this.m : this.m
  }

  /** The longest link of a node in a level: its index among the neighbours, and its length. */
  longest(node: number, level: number): { index: number; distance: number } {
    this.measure(node, level)
    const { words, floats, at } = this.links
    const count = words[at]!
    const lengths = at + 2 + words[at + 1]!
    let index = 0
    let distance = 0
    for (let i = 0; i < count; i++) {
      if (floats[lengths + i]! > distance) {
        distance = floats[lengths + i]!
        index = i
      }
    }
    return { index, distance }
  }

  /**
   * The `effort` nodes nearest to aim 0, in order; what is found is the caller's until the next search. With
   * `accepts`, only nodes that it accepts, and after `most` visited ones it is enough (0: never).
   */
  search(effort: number, accepts: ((node: number) => boolean) | null, most = 0): Nearest {
    nearest.reset(effort)
    if (this.entry !== 0) this.collect(this.descend(0), 0, effort, accepts, most)
    return nearest
  }

  /** As `search`, but by looking at every node. */
  scan(effort: number, accepts: ((node: number) => boolean) | null): Nearest {
    const { vectors } = this
    nearest.reset(effort)
    for (let node = this.newest; node !== 0; node = this.before[node]!) {
      if (accepts === null || accepts(node)) nearest.push(vectors.distance(0, node), node)
    }
    nearest.sort()
    return nearest
  }

  /** From the entry to the nearest node that greedy steps reach, in the levels above `level`. */
  private descend(level: number): number {
    const { vectors, links, blocks } = this
    let node = this.entry
    if (this.top <= level) return node
    let distance = vectors.distance(0, node)
    for (let at = this.top; at > level; at--) {
      for (let moved = true; moved; ) {
        moved = false
        links.seek(blocks[node]!, at)
        const { words } = links
        const start = links.at + 2
        const end = start + words[start - 2]!
        for (let i = start; i < end; i++) {
          const other = vectors.distance(0, words[i]!)
          if (other < distance) {
            distance = other
            node = words[i]!
            moved = true
          }
        }
      }
    }
    return node
  }

  /** Collects what is near aim 0 in a level, from a node on, in `nearest`. */
  private collect(
    start: number,
    level: number,
    effort: number,
    accepts: ((node: number) => boolean) | null,
    most: number,
  ): void {
    const { vectors, links, blocks, marks } = this
    const mark = this.fresh()
    nearest.reset(effort)
    frontier.clear()
    const distance = vectors.distance(0, start)
    frontier.push(distance, start)
    if (accepts === null || accepts(start)) nearest.push(distance, start)
    marks[start] = mark
    let visited = 1
    while (frontier.size > 0) {
      if (most !== 0 && visited >= most) break
      if (nearest.full && frontier.key > nearest.worst) break
      const node = frontier.pop()
      visited++
      links.seek(blocks[node]!, level)
      const { words } = links
      const first = links.at + 2
      const end = first + words[first - 2]!
      for (let i = first; i < end; i++) {
        const next = words[i]!
        if (marks[next] === mark) continue
        marks[next] = mark
        const far = vectors.distance(0, next)
        // What is not accepted still leads on.
        if (accepts === null) {
          if (nearest.full && !(far < nearest.worst)) continue
          frontier.push(far, next)
          nearest.push(far, next)
        } else {
          const near = far < nearest.worst
          if (near || frontier.size < effort) frontier.push(far, next)
          if ((near || !nearest.full) && accepts(next)) nearest.push(far, next)
        }
      }
    }
    nearest.sort()
  }

  /** A mark that no node has. */
  private fresh(): number {
    if (this.mark === 0xffffffff) {
      this.marks.fill(0)
      this.mark = 0
    }
    return ++this.mark
  }

  // ---- Adding -----------------------------------------------------------------------------------

  /** Add the vector in this slot, which is not in the graph, as a node that stands this high. */
  insert(node: number, level: number, effort: number): void {
    this.admit(node, level)
    if (this.entry === 0) {
      this.entry = node
      this.top = level
      return
    }
    this.vectors.aim(0, node)
    let start = this.descend(level)
    for (let at = Math.min(level, this.top); at >= 0; at--) {
      this.collect(start, at, effort, null, 0)
      start = nearest.values[0]!
      this.choose(node, at)
    }
    if (level > this.top) {
      this.entry = node
      this.top = level
    }
  }

  /** Columns and an empty block for a node. */
  private admit(node: number, level: number, room: readonly number[] | null = null): void {
    if (node >= this.levels.length) this.widen(node)
    this.levels[node] = level
    const rooms = Array.from({ length: level + 1 }, (_, at) =>
      room === null ? Math.min(this.most(at), FIRST_ROOM) : room[at]!,
    )
    this.blocks[node] = this.links.deal(rooms)
    this.before[node] = this.newest
    this.after[node] = 0
    if (this.newest !== 0) this.after[this.newest] = node
    this.newest = node
    this.size++
  }

  private widen(node: number): void {
    const length = Math.max(node + 1, 2 * this.levels.length)
    const levels = new Uint8Array(length)
    const blocks = new Uint32Array(length)
    const marks = new Uint32Array(length)
    const before = new Int32Array(length)
    const after = new Int32Array(length)
    levels.set(this.levels)
    blocks.set(this.blocks)
    marks.set(this.marks)
    before.set(this.before)
    after.set(this.after)
    this.levels = levels
    this.blocks = blocks
    this.marks = marks
    this.before = before
    this.after = after
  }

  /**
   * Link a new node to some of what is in `nearest`. A candidate that is nearer to a chosen neighbour than to the
   * node adds little, because the way through that neighbour is good: those are taken only if
   * there are too few others.
   */
  private choose(node: number, level: number): void {
    const { vectors, m } = this
    const { keys, values, size } = nearest
    const passed: number[] = []
    let chosen = 0
    for (let i = 0; i < size && chosen < m; i++) {
      const candidate = values[i]!
      if (candidate === node) continue
      const distance = keys[i]!
      let diverse = true
      for (let j = Math.min(chosen, MOST_COMPARED); j > 0 && diverse; j--) {
        diverse = !(vectors.distance(j, candidate) < distance)
      }
      if (!diverse || !this.join(node, candidate, level, distance, false)) passed.push(i)
      else if (++chosen <= MOST_COMPARED) vectors.aim(chosen, candidate)
    }
    for (let i = 0; i < passed.length && chosen < m >> 1; i++) {
      const at = passed[i]!
      if (this.join(node, values[at]!, level, keys[at]!, chosen < m >> 2)) chosen++
    }
    if (chosen === 0) {
      const at = values[0] === node ? 1 : 0
      if (at < size) this.force(node, values[at]!, level, keys[at]!)
    }
  }

  /** Link two nodes, of which the first has room. False if the other has none that it could make. */
  private join(
    node: number,
    other: number,
    level: number,
    distance: number,
    urgent: boolean,
  ): boolean {
    if (!this.hasRoom(other, level) && !this.makeRoom(other, level, distance, urgent)) return false
    this.hasRoom(node, level)
    this.append(node, other, level, distance)
    this.append(other, node, level, distance)
    return true
  }

  /** Link two nodes in any case. */
  private force(node: number, other: number, level: number, distance: number): void {
    this.addRoom(node, level)
    this.addRoom(other, level)
    this.append(node, other, level, distance)
    this.append(other, node, level, distance)
  }

  /** Have a full node give up a link that is longer than this one; any link, if it is urgent. */
  private makeRoom(node: number, level: number, distance: number, urgent: boolean): boolean {
    const { links, blocks, marks } = this
    this.measure(node, level)
    const { words, floats, at } = links
    const count = words[at]!
    const lengths = at + 2 + words[at + 1]!
    const mark = this.fresh()
    for (let i = 0; i < count; i++) marks[words[at + 2 + i]!] = mark
    const least = urgent ? this.m >> 2 : this.m >> 1
    let below = Infinity
    for (let tries = 0; tries < TRIES; tries++) {
      let longest = -1
      let length = urgent ? -Infinity : distance
      for (let i = 0; i < count; i++) {
        const candidate = floats[lengths + i]!
        if (candidate > length && candidate < below) {
          length = candidate
          longest = i
        }
      }
      if (longest < 0) return false
      below = length
      const other = words[at + 2 + longest]!
      links.seek(blocks[other]!, level)
      const theirs = links.words
      const first = links.at + 2
      const end = first + theirs[first - 2]!
      if (end - first <= least) continue
      for (let i = first; i < end; i++) {
        if (marks[theirs[i]!] !== mark) continue
        // There is a way around.
        this.drop(node, other, level)
        this.drop(other, node, level)
        return true
      }
    }
    return false
  }

  /** See to it that all lengths of a node's links are known, and leave `links` at them. */
  private measure(node: number, level: number): void {
    const { links, vectors } = this
    links.seek(this.blocks[node]!, level)
    const { words, floats, at } = links
    const count = words[at]!
    const lengths = at + 2 + words[at + 1]!
    let aimed = false
    for (let i = 0; i < count; i++) {
      if (!Number.isNaN(floats[lengths + i]!)) continue
      if (!aimed) vectors.aim(SPARE, node)
      aimed = true
      const length = vectors.distance(SPARE, words[at + 2 + i]!)
      floats[lengths + i] = Number.isNaN(length) ? 0 : length
    }
  }

  private append(node: number, other: number, level: number, distance: number): void {
    this.links.seek(this.blocks[node]!, level)
    const { words, floats, at } = this.links
    const count = words[at]!
    words[at + 2 + count] = other
    floats[at + 2 + words[at + 1]! + count] = distance
    words[at] = count + 1
  }

  private drop(node: number, other: number, level: number): void {
    this.links.seek(this.blocks[node]!, level)
    const { words, floats, at } = this.links
    const count = words[at]!
    const lengths = at + 2 + words[at + 1]!
    const place = words.indexOf(other, at + 2)
    if (place < 0 || place >= at + 2 + count) return
    for (let i = place - at - 2; i < count - 1; i++) {
      words[at + 2 + i] = words[at + 3 + i]!
      floats[lengths + i] = floats[lengths + i + 1]!
    }
    words[at] = count - 1
  }

  /** Room for one more link, as long as the node may have more; blocks begin smaller than that. */
  private hasRoom(node: number, level: number): boolean {
    const { links } = this
    links.seek(this.blocks[node]!, level)
    const room = links.words[links.at + 1]!
    if (links.words[links.at]! < room) return true
    const most = this.most(level)
    if (room >= most) return false
    this.enlarge(node, level, Math.min(most, 2 * room + 2))
    return true
  }

  /** Room for one more link in any case. */
  private addRoom(node: number, level: number): void {
    if (this.hasRoom(node, level)) return
    const room = this.links.words[this.links.at + 1]!
    this.enlarge(node, level, room + Math.max(1, room >> 2))
  }

  private enlarge(node: number, level: number, room: number): void {
    const { links, blocks } = this
    blocks[node] = links.enlarge(blocks[node]!, this.levels[node]!, level, room)
  }

  // ---- Deleting ---------------------------------------------------------------------------------

  /** Take a node out; its slot is free after that. */
  remove(node: number): void {
    const level = this.levels[node]!
    const orphans: Int32Array[] = []
    for (let at = 0; at <= level; at++) {
      const others = this.neighbours(node, at)
      orphans.push(others)
      for (let i = 0; i < others.length; i++) this.drop(others[i]!, node, at)
    }
    this.unchain(node)
    this.size--
    if (node === this.entry) this.replaceEntry(node, orphans)
    this.links.free(this.blocks[node]!, level)
    this.blocks[node] = 0
    for (let at = 0; at <= level; at++) this.reconnect(orphans[at]!, at)
  }

  private unchain(node: number): void {
    const older = this.before[node]!
    const newer = this.after[node]!
    if (newer === 0) this.newest = older
    else this.before[newer] = older
    if (older !== 0) this.after[older] = newer
  }

  /**
   * Levels are connected: a node without neighbours in a level was alone there, so the highest level in
   * which it had one is the highest that is left.
   */
  private replaceEntry(node: number, orphans: readonly Int32Array[]): void {
    this.entry = 0
    this.top = 0
    for (let at = orphans.length - 1; at >= 0 && this.entry === 0; at--) {
      this.entry = orphans[at]![0] ?? 0
    }
    if (this.entry === 0) {
      // Only a graph that was loaded can be like that.
      for (let other = this.newest; other !== 0; other = this.before[other]!) {
        if (other === node || this.levels[other]! < this.top) continue
        this.entry = other
        this.top = this.levels[other]!
      }
    } else this.top = this.levels[this.entry]!
  }

  /**
   * Nodes that have lost a neighbour get one of each other: near ones first, one each; and then as many as
   * it takes until they hang together by themselves.
   */
  private reconnect(nodes: Int32Array, level: number): void {
    const count = nodes.length
    if (count < 2) return
    const { vectors, links } = this
    const parts = Int32Array.from(nodes.keys())
    const part = (i: number): number => {
      let root = i
      while (parts[root] !== root) root = parts[root]!
      parts[i] = root
      return root
    }
    const pairs: number[] = []
    const lengths: number[] = []
    for (let i = 0; i < count; i++) {
      const mark = this.fresh()
      links.seek(this.blocks[nodes[i]!]!, level)
      const first = links.at + 2
      const end = first + links.words[links.at]!
      for (let k = first; k < end; k++) this.marks[links.words[k]!] = mark
      vectors.aim(0, nodes[i]!)
      for (let j = i + 1; j < count; j++) {
        if (this.marks[nodes[j]!] === mark) parts[part(i)] = part(j)
        else {
          pairs.push(i * count + j)
          const length = vectors.distance(0, nodes[j]!)
          lengths.push(Number.isNaN(length) ? 0 : length)
        }
      }
    }
    const order = Array.from(pairs.keys()).sort((a, b) => lengths[a]! - lengths[b]!)
    const served = new Uint8Array(count)
    for (const at of order) {
      const i = Math.floor(pairs[at]! / count)
      const j = pairs[at]! % count
      if (served[i] === 1 || served[j] === 1) continue
      // Each has lost a link, so there is room.
      served[i] = 1
      served[j] = 1
      parts[part(i)] = part(j)
      pairs[at] = -1
      this.force(nodes[i]!, nodes[j]!, level, lengths[at]!)
    }
    for (const at of order) {
      if (pairs[at]! < 0) continue
      const i = Math.floor(pairs[at]! / count)
      const j = pairs[at]! % count
      if (part(i) === part(j)) continue
      parts[part(i)] = part(j)
      this.force(nodes[i]!, nodes[j]!, level, lengths[at]!)
    }
    for (let i = 0; i < count; i++) if (served[i] === 0) this.reinforce(nodes[i]!, level)
  }

  /** A node that is left with few links looks for more. */
  private reinforce(node: number, level: number): void {
    this.links.seek(this.blocks[node]!, level)
    const count = this.links.words[this.links.at]!
    if (count > this.m >> 1 || this.levels[this.entry]! < level) return
    const linked = this.neighbours(node, level)
    this.vectors.aim(0, node)
    this.collect(this.descend(level), level, REPAIR_EFFORT, null, 0)
    const { keys, values, size } = nearest
    for (let i = 0; i < size; i++) {
      if (values[i] === node || linked.includes(values[i]!)) continue
      if (this.join(node, values[i]!, level, keys[i]!, false)) return
    }
  }

  // ---- Loading ----------------------------------------------------------------------------------

  /**
   * Add a node with the links that it had: `lists` has the neighbours of each level from 0 on. Afterwards
   * `check` tells whether it all fits together.
   */
  restore(node: number, lists: readonly Int32Array[]): void {
    const level = lists.length - 1
    const rooms = lists.map((list, at) =>
      Math.max(list.length, Math.min(list.length + 4, this.most(at))),
    )
    this.admit(node, level, rooms)
    for (let at = 0; at <= level; at++) {
      this.links.seek(this.blocks[node]!, at)
      const { words, floats } = this.links
      const start = this.links.at
      const list = lists[at]!
      words[start] = list.length
      words.set(list, start + 2)
      // Lengths are found out when somebody asks.
      const lengths = start + 2 + words[start + 1]!
      floats.fill(NaN, lengths, lengths + list.length)
    }
    if (this.entry === 0 || level > this.top) {
      this.entry = node
      this.top = level
    }
  }

  /** Whether all links lead to other nodes that stand high enough, and back, and none is there twice. */
  check(): boolean {
    for (let level = 0; level <= this.top; level++) if (!this.checkLevel(level)) return false
    return true
  }

  /** Both ways: the nodes that link to a node are those that it links to. In linear time. */
  private checkLevel(level: number): boolean {
    const { links, blocks, marks } = this
    const starts = new Uint32Array(this.levels.length + 1)
    let total = 0
    for (let node = this.newest; node !== 0; node = this.before[node]!) {
      if (this.levels[node]! < level) continue
      const mark = this.fresh()
      links.seek(blocks[node]!, level)
      const { words, at } = links
      const count = words[at]!
      marks[node] = mark
      for (let i = 0; i < count; i++) {
        const other = words[at + 2 + i]!
        if (marks[other] === mark || this.levels[other]! < level || blocks[other] === 0)
          return false
        marks[other] = mark
        starts[other + 1]!++
      }
      total += count
    }
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
    const ends = starts.slice()
    const sources = new Int32Array(total)
    for (let node = this.newest; node !== 0; node = this.before[node]!) {
      if (this.levels[node]! < level) continue
      links.seek(blocks[node]!, level)
      const { words, at } = links
      for (let i = 0; i < words[at]!; i++) sources[ends[words[at + 2 + i]!]!++] = node
    }
    for (let node = this.newest; node !== 0; node = this.before[node]!) {
      if (this.levels[node]! < level) continue
      const mark = this.fresh()
      links.seek(blocks[node]!, level)
      const { words, at } = links
      if (words[at] !== ends[node]! - starts[node]!) return false
      for (let i = 0; i < words[at]!; i++) marks[words[at + 2 + i]!] = mark
      for (let i = starts[node]!; i < ends[node]!; i++)
        if (marks[sources[i]!] !== mark) return false
    }
    return true
  }

  // ---- Size -------------------------------------------------------------------------------------

  /** Bytes in columns and blocks. */
  get bytes(): number {
    return this.links.bytes + this.levels.length * (1 + 4 * 4)
  }
}
