/** One after the other: calls of a store never overlap, whoever makes them. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve()

  /** Run when everything before it is over, whether that went well or not. */
  take<T>(call: () => Promise<T>): Promise<T> {
    const mine = this.last.then(call)
    this.last = mine.catch(() => {})
    return mine
  }
}
