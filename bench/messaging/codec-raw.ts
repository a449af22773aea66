import avsc from 'avsc'
import protobuf from 'protobufjs'
import type { Variant } from '../variant.ts'
import { codecOf, orders, turn, turns, type CodecOptions } from './codec-ours.ts'

/** The package alone. */
interface Bare {
  readonly values: readonly unknown[]
  write(value: unknown): Uint8Array
  read(bytes: Uint8Array): unknown
}

/** Confluent's frame: a zero and the id of the schema. */
const frameBytes = 5

/** Writes values that are made beforehand and reads them again; no JSON, no frame. */
export async function open(_: string, options: CodecOptions): Promise<Variant> {
  const codec = await codecOf(options)
  const framed = await Promise.all(orders.map(async (order) => Buffer.from((await codec.encode(order)).value)))
  const text = await schemaText(options.registry, framed[0]!.readInt32BE(1))
  const bare = options.format === 'avro' ? avro(text, framed) : protobufs(text, framed)
  let n = 0
  return {
    measure: (forMs) =>
      turns(forMs, () => {
        for (let count = 0; count < turn; count++) bare.read(bare.write(bare.values[n++ % bare.values.length]))
      }),
    async close() {},
  }
}

async function schemaText(registry: string, id: number): Promise<string> {
  const answer = await fetch(`${registry}/schemas/ids/${id}`)
  return ((await answer.json()) as { schema: string }).schema
}

function avro(text: string, framed: readonly Buffer[]): Bare {
  const type = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema)
  const values = framed.map((bytes) => type.fromBuffer(bytes.subarray(frameBytes)) as unknown)
  const isSame = values.every((value, index) => type.toBuffer(value).equals(framed[index]!.subarray(frameBytes)))
  if (!isSame) throw new Error('avsc writes other bytes than ours.')
  return { values, write: (value) => type.toBuffer(value), read: (bytes) => type.fromBuffer(bytes as Buffer) }
}

/** Behind the frame stands the place of the message in its file: one byte for the first one. */
function protobufs(text: string, framed: readonly Buffer[]): Bare {
  const root = protobuf.parse(text, { keepCase: true }).root
  const name = /^package ([\w.]+);/m.exec(text)?.[1]
  const type = root.lookupType(name === undefined ? 'OrderPlaced' : `${name}.OrderPlaced`)
  const values = framed.map((bytes) => type.decode(bytes.subarray(frameBytes + 1)))
  const isSame = values.every((value, index) =>
    framed[index]!.subarray(frameBytes + 1).equals(type.encode(value).finish()),
  )
  if (!isSame) throw new Error('protobufjs writes other bytes than ours.')
  return {
    values,
    write: (value) => type.encode(value as protobuf.Message).finish(),
    read: (bytes) => type.decode(bytes),
  }
}
