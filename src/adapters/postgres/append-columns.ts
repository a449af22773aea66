import type { Append, Expected } from '../../ports/unit-of-work.ts'
import { int4Array, int8Array, textArray } from './binary-array.ts'
import { EventColumns } from './event-columns.ts'
import type { Parameter } from './prepared-call.ts'

/** What the SQL function is told of an expectation. */
const any = -1
const exists = -2
const never = -3

/** The appends of a batch with their streams and events, as arguments of the SQL function. */
export class AppendColumns {
  readonly #numbers = new Map<string, number>()
  readonly #streams = {
    name: [] as string[],
    hash: [] as number[],
    partition: [] as number[],
    events: [] as number[],
  }
  readonly #appends = {
    unit: [] as number[],
    stream: [] as number[],
    expected: [] as number[],
    events: [] as number[],
    partition: [] as number[],
    before: [] as number[],
    beforeInStream: [] as number[],
  }
  /** By partition, how many events there are. */
  readonly #counts: [number, number] = [0, 0]
  readonly #events = new EventColumns()

  add({ stream, hash, partition, expected, events }: Append, unit: number): void {
    const streams = this.#streams
    let index = this.#numbers.get(stream)
    if (index === undefined) {
      index = streams.name.push(stream)
      streams.hash.push(hash)
      streams.partition.push(partition)
      streams.events.push(0)
      this.#numbers.set(stream, index)
    }
    // An append of nothing makes no stream, so it does not say of which partition the stream is.
    if (streams.events[index - 1] === 0) streams.partition[index - 1] = partition
    const appends = this.#appends
    appends.beforeInStream.push(streams.events[index - 1]!)
    streams.events[index - 1]! += events.length
    appends.unit.push(unit)
    appends.stream.push(index)
    appends.expected.push(expectedNumber(expected))
    appends.partition.push(partition)
    appends.before.push(this.#counts[partition])
    this.#counts[partition] += events.length
    const at = appends.events.push(events.length)
    for (let index = 0; index < events.length; index++) this.#events.add(events[index]!, at, index + 1)
  }

  parameters(): readonly Parameter[] {
    const { name, hash, partition: first, events: predicted } = this.#streams
    const { unit, stream, expected, events, partition, before, beforeInStream } = this.#appends
    const order = byBytes(name)
    const places: number[] = []
    for (let place = 0; place < order.length; place++) places[order[place]!] = place + 1
    const sorted = (column: readonly number[]): readonly number[] => order.map((index) => column[index]!)
    return [
      textArray(order.map((index) => name[index]!)),
      int4Array(sorted(hash)),
      int4Array(sorted(first)),
      int8Array(sorted(predicted)),
      int4Array(unit),
      int4Array(stream.map((number) => places[number - 1]!)),
      int8Array(expected),
      int4Array(events),
      int4Array(partition),
      int8Array(before),
      int8Array(beforeInStream),
      int8Array(this.#counts),
      ...this.#events.parameters(),
    ]
  }
}

/** The indexes of the names in the order in which the server locks them. */
function byBytes(names: readonly string[]): readonly number[] {
  const indexes = names.map((_, index) => index)
  // Code units are in the order of the bytes but beyond the basic plane, where the server finds its own way.
  return indexes.sort((a, b) => (names[a]! < names[b]! ? -1 : 1))
}

function expectedNumber(expected: Expected): number {
  if (typeof expected === 'number') return expected < 0 ? never : expected
  return expected === 'noStream' ? 0 : expected === 'any' ? any : exists
}
