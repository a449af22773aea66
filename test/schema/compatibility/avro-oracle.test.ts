import assert from 'node:assert/strict'
import test from 'node:test'
import avsc from 'avsc'
import { avroIncompatibilities } from '../../../src/schema/compatibility/avro.ts'
import { avroEvolution } from '../../fixtures/avro-evolution.ts'
import { seeded } from '../arbitrary-shape.ts'

const chains = 400
const valuesEach = 8

// Its own types, so that a union of any types can be had.
function typeOf(text: string): avsc.Type {
  return avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, { wrapUnions: 'always' })
}

function resolver(reader: avsc.Type, writer: avsc.Type): ReturnType<avsc.Type['createResolver']> | undefined {
  try {
    return reader.createResolver(writer, { ignoreNamespaces: true })
  } catch {
    return undefined
  }
}

test('a reader is compatible by our rules exactly when avsc can read every value of the writer', () => {
  const verdicts = { yes: 0, no: 0, values: 0 }
  for (let seed = 1; seed <= chains; seed++) {
    const { older, newer } = avroEvolution(seeded(seed * 7919))
    const latest = older.at(-1)!
    for (const [reader, writer] of [
      [newer, latest],
      [latest, newer],
    ] as const) {
      const [readerType, writerType] = [typeOf(reader), typeOf(writer)]
      const theirs = resolver(readerType, writerType)
      const ours = avroIncompatibilities(reader, writer)
      const story = `seed ${seed}\nreader ${reader}\nwriter ${writer}\n${JSON.stringify(ours)}`
      assert.equal(ours.length === 0, theirs !== undefined, story)
      if (theirs === undefined) {
        verdicts.no++
        continue
      }
      verdicts.yes++
      for (let index = 0; index < valuesEach; index++) {
        const bytes = writerType.toBuffer(writerType.random())
        assert.doesNotThrow(() => readerType.fromBuffer(bytes, theirs), story)
        verdicts.values++
      }
    }
  }
  // Neither answer may be the rare one: the rule of the other kind would go unseen.
  assert.ok(verdicts.yes > chains / 4 && verdicts.no > chains / 4, JSON.stringify(verdicts))
})
