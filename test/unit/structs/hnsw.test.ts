import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Hnsw } from '../../../src/structs/hnsw.ts'
import { type Precision, vectorsOf } from '../../../src/structs/vectors.ts'
import { Random } from '../../../src/util/random.ts'

const EFFORT = 60

/** A normalized vector with components around zero. */
function vector(random: Random, dimension: number): Float32Array {
  const components = Float32Array.from({ length: dimension }, () => random.float() - 0.5)
  const length = Math.hypot(...components)
  return components.map((component) => component / length)
}

function levelOf(random: Random): number {
  let level = 0
  while (level < 16 && random.below(4) === 0) level++
  return level
}

/** A graph beside a plain list of what is in it. */
class Model {
  readonly random: Random
  readonly graph: Hnsw
  readonly nodes: number[] = []
  private next = 1
  private readonly free: number[] = []

  constructor(seed: number, dimension: number, m = 6, precision: Precision = 'f32') {
    this.random = new Random(seed)
    this.graph = new Hnsw(vectorsOf(precision, dimension), m)
  }

  add(): void {
    this.put(vector(this.random, this.graph.vectors.dimension))
  }

  /** A vector near one of the axes. */
  addNear(axis: number, noise: number): void {
    const { dimension } = this.graph.vectors
    this.put(vector(this.random, dimension).map((x, i) => noise * x + (i === axis ? 1 : 0)))
  }

  private put(components: Float32Array): void {
    const node = this.free.pop() ?? this.next++
    this.graph.vectors.put(node, components)
    this.graph.insert(node, levelOf(this.random), EFFORT)
    this.nodes.push(node)
  }

  remove(at: number): void {
    const [node] = this.nodes.splice(at, 1)
    this.graph.remove(node as number)
    this.free.push(node as number)
  }

  /** Nodes of a level that can be reached from the entry by links of that level. */
  reached(level: number): number {
    const { graph } = this
    if (graph.entry === 0) return 0
    const seen = new Set([graph.entry])
    for (const node of seen) for (const other of graph.neighbours(node, level)) seen.add(other)
    return seen.size
  }

  expectWhole(): void {
    const { graph, nodes } = this
    expect(graph.size).toBe(nodes.length)
    expect(graph.check()).toBe(true)
    const top = Math.max(0, ...nodes.map((node) => graph.levelOf(node)))
    expect(graph.top).toBe(top)
    for (let level = 0; level <= top; level++) {
      expect(this.reached(level)).toBe(nodes.filter((node) => graph.levelOf(node) >= level).length)
    }
    const order: number[] = []
    for (let node = graph.newest; node !== 0; node = graph.older(node)) order.push(node)
    expect(order).toEqual([...nodes].reverse())
  }
}

describe('a graph of vectors', () => {
  it('has links that go both ways and connected levels, whatever is added and removed', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 4, max: 8 }),
        fc.array(fc.nat(), { maxLength: 300 }),
        (seed, m, draws) => {
          const model = new Model(seed, 3, m)
          for (const draw of draws) {
            if (draw % 3 === 0 && model.nodes.length > 0) model.remove(draw % model.nodes.length)
            else model.add()
          }
          model.expectWhole()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stays connected where vectors come in tight bunches that are far from each other', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.nat(), { minLength: 50, maxLength: 300 }),
        (seed, draws) => {
          const model = new Model(seed, 8, 4)
          for (const draw of draws) {
            if (draw % 4 === 0 && model.nodes.length > 0) model.remove(draw % model.nodes.length)
            else model.addNear(draw % 7 === 0 ? draw % 8 : 0, 0.001)
          }
          model.expectWhole()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stays whole while it is emptied to the last node, and can be filled again', () => {
    const model = new Model(1, 4)
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 150; i++) model.add()
      model.expectWhole()
      while (model.nodes.length > 0) {
        model.remove(model.random.below(model.nodes.length))
        if (model.nodes.length % 10 === 0) model.expectWhole()
      }
    }
    expect(model.graph.search(10, null).size).toBe(0)
  })

  it('stays whole where all vectors are the same', () => {
    const model = new Model(2, 4)
    const same = Float32Array.of(1, 0, 0, 0)
    for (let node = 1; node <= 300; node++) {
      model.graph.vectors.put(node, same)
      model.graph.insert(node, levelOf(model.random), EFFORT)
      model.nodes.push(node)
    }
    model.expectWhole()
    while (model.nodes.length > 40) model.remove(model.random.below(model.nodes.length))
    model.expectWhole()
  })

  it.each(['f32', 'int8', 'bin'] as const)('finds what looking at every node finds: %s', (kind) => {
    const model = new Model(3, 24, 12, kind)
    for (let i = 0; i < 1500; i++) model.add()
    for (let i = 0; i < 500; i++) model.remove(model.random.below(model.nodes.length))
    const { graph } = model
    let found = 0
    let wanted = 0
    for (let i = 0; i < 50; i++) {
      graph.vectors.aimAt(0, vector(model.random, 24))
      const all = graph.scan(10, null)
      // Bits give the same distance to many: it is the distance that must be found.
      const worst = all.worst === 0 ? 0 : (all.keys[9] as number)
      const near = graph.search(100, null)
      for (let k = 0; k < 10; k++) if ((near.keys[k] as number) <= worst) found++
      wanted += 10
    }
    expect(found / wanted).toBeGreaterThan(0.95)
  })

  it('finds most of what is near with little effort, where all directions are alike', () => {
    const model = new Model(7, 96, 16)
    for (let i = 0; i < 1200; i++) model.add()
    const { graph } = model
    let found = 0
    for (let i = 0; i < 60; i++) {
      graph.vectors.aimAt(0, vector(model.random, 96))
      const all = graph.scan(10, null)
      const truth = new Set(all.values.subarray(0, 10))
      const near = graph.search(50, null)
      for (const node of near.values.subarray(0, 10)) if (truth.has(node)) found++
    }
    expect(found / 600).toBeGreaterThan(0.92)
  })

  it('answers in order, the nearest first, and of equals the one that came first', () => {
    const model = new Model(4, 2)
    const { graph } = model
    const angles = [0.4, 0.1, 0.3, 0.1, 0.2]
    angles.forEach((angle, i) => {
      graph.vectors.put(i + 1, Float32Array.of(Math.cos(angle), Math.sin(angle)))
      graph.insert(i + 1, 0, EFFORT)
    })
    graph.vectors.aimAt(0, Float32Array.of(1, 0))
    const { values, size } = graph.scan(5, null)
    expect([...values.subarray(0, size)]).toEqual([2, 4, 5, 3, 1])
  })

  it('finds only what is accepted, and stops looking when it has seen enough', () => {
    const model = new Model(5, 8)
    for (let i = 0; i < 400; i++) model.add()
    const { graph } = model
    graph.vectors.aimAt(0, vector(model.random, 8))
    const even = graph.search(20, (node) => node % 2 === 0)
    expect(even.size).toBe(20)
    expect([...even.values.subarray(0, 20)].every((node) => node % 2 === 0)).toBe(true)
    let asked = 0
    graph.search(20, () => ++asked < 0, 5)
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThan(200)
    // Without a limit, all of them.
    asked = 0
    graph.search(20, () => ++asked < 0)
    expect(asked).toBe(400)
  })

  it('gives a vector that is not a number a place and goes on', () => {
    const model = new Model(6, 4)
    for (let i = 0; i < 20; i++) model.add()
    model.graph.vectors.put(21, Float32Array.of(NaN, 0, 0, 0))
    model.graph.insert(21, 1, EFFORT)
    model.nodes.push(21)
    for (let i = 0; i < 40; i++) {
      const node = 22 + i
      model.graph.vectors.put(node, vector(model.random, 4))
      model.graph.insert(node, 0, EFFORT)
      model.nodes.push(node)
    }
    expect(model.graph.check()).toBe(true)
    expect(model.reached(0)).toBe(61)
    model.remove(20)
    expect(model.graph.check()).toBe(true)
  })
})

describe('a graph that is restored', () => {
  /** Nodes from 1 on with these neighbours, of which they may not have more than two. */
  function drawn(links: readonly (readonly number[])[]): Model {
    const model = new Model(8, 4, 1)
    links.forEach((list, i) => {
      model.graph.vectors.put(i + 1, vector(model.random, 4))
      model.graph.restore(i + 1, [Int32Array.from(list)])
      model.nodes.push(i + 1)
    })
    expect(model.graph.check()).toBe(true)
    return model
  }

  it('takes a new node also if all are full and no link can be given up', () => {
    const model = drawn([
      [2, 6],
      [1, 3],
      [2, 4],
      [3, 5],
      [4, 6],
      [5, 1],
    ])
    model.graph.vectors.put(7, vector(model.random, 4))
    model.graph.insert(7, 0, EFFORT)
    model.nodes.push(7)
    model.expectWhole()
  })

  it('holds together when the only node that held it together is removed', () => {
    const model = drawn([[2, 3, 4, 5, 6, 7], [1], [1], [1], [1], [1], [1]])
    model.remove(0)
    model.expectWhole()
  })

  /** The same nodes with the same links, in the same order. */
  function copyOf(graph: Hnsw, change: (lists: Int32Array[], node: number) => void): Hnsw {
    const copy = new Hnsw(graph.vectors, graph.m)
    const nodes: number[] = []
    for (let node = graph.newest; node !== 0; node = graph.older(node)) nodes.unshift(node)
    for (const node of nodes) {
      const levels = Array.from({ length: graph.levelOf(node) + 1 }, (_, level) => level)
      const lists = levels.map((level) => graph.neighbours(node, level))
      change(lists, node)
      copy.restore(node, lists)
    }
    return copy
  }

  const model = new Model(7, 6)
  for (let i = 0; i < 200; i++) model.add()
  const { graph } = model

  it('finds the same, can be added to and taken from', () => {
    const copy = copyOf(graph, () => {})
    expect(copy.check()).toBe(true)
    expect(copy.top).toBe(graph.top)
    graph.vectors.aimAt(0, vector(model.random, 6))
    const before = [...graph.search(10, null).values.subarray(0, 10)]
    expect([...copy.search(10, null).values.subarray(0, 10)]).toEqual(before)
    for (let node = 1; node <= 100; node++) copy.remove(node)
    for (let node = 1; node <= 100; node++) copy.insert(node, node % 3, EFFORT)
    expect(copy.check()).toBe(true)
    expect(copy.size).toBe(200)
    expect(copy.longest(150, 0).distance).toBeGreaterThan(0)
  })

  it('is refused if a link leads nowhere, to itself, twice to the same node or only one way', () => {
    const breaks: ((list: Int32Array, node: number) => Int32Array)[] = [
      (list) => list.with(0, 5000),
      (list) => list.with(0, 0),
      (list) => list.with(0, -1),
      (list, node) => list.with(0, node),
      (list) => list.with(0, list[1] as number),
      (list) => list.subarray(1),
      (list) => list.with(0, list.includes(190) ? 191 : 190),
    ]
    for (const spoil of breaks) {
      const copy = copyOf(graph, (lists, node) => {
        if (node === 100) lists[0] = spoil(lists[0] as Int32Array, node)
      })
      expect(copy.check()).toBe(false)
    }
  })

  it('is refused if a link leads to a node that is not in its level', () => {
    const low = model.nodes.find((node) => graph.levelOf(node) === 0) as number
    const copy = copyOf(graph, (lists) => {
      if (lists.length > 1) lists[1] = (lists[1] as Int32Array).with(0, low)
    })
    expect(copy.check()).toBe(false)
  })
})
