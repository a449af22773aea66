import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CsvReader, InvalidCsv, type CsvRecord } from '../../../examples/orders/importer/csv.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

function read(...chunks: readonly Uint8Array[]): CsvRecord[] {
  const reader = new CsvReader()
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()]
}

const fields = (...chunks: readonly Uint8Array[]): (readonly string[])[] =>
  read(...chunks).map((record) => record.fields)

test('fields are separated by commas and records by LF or CRLF, with or without one at the end', () => {
  const expected = [
    ['a', 'b'],
    ['1', ''],
    ['', '2'],
  ]
  assert.deepEqual(fields(bytes('a,b\n1,\n,2\n')), expected)
  assert.deepEqual(fields(bytes('a,b\r\n1,\r\n,2\r\n')), expected)
  assert.deepEqual(fields(bytes('a,b\r\n1,\n,2')), expected)
})

test('quoted fields hold commas, quotes and line ends, and a record says on which line it begins', () => {
  assert.deepEqual(read(bytes('a,"x, ""y""\r\nz",b\nnext,"",\n')), [
    { line: 1, fields: ['a', 'x, "y"\r\nz', 'b'] },
    { line: 3, fields: ['next', '', ''] },
  ])
})

test('a quote inside an unquoted field is a plain character', () => {
  assert.deepEqual(fields(bytes('6" RULER,1\n2,7" BOX\n')), [
    ['6" RULER', '1'],
    ['2', '7" BOX'],
  ])
})

test('text behind a closing quote is a fault of its record alone', () => {
  const [first, second] = read(bytes('"a"b,c\nd,e\n'))
  assert.equal(first?.fault, 'text follows a closing quote')
  assert.deepEqual(second, { line: 2, fields: ['d', 'e'] })
})

test('empty lines are skipped but counted', () => {
  assert.deepEqual(
    read(bytes('\n\r\na\n\nb')).map(({ line }) => line),
    [3, 5],
  )
})

test('a byte order mark is no part of the first field, however the bytes arrive', () => {
  const file = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes('a,b')])
  assert.deepEqual(fields(file), [['a', 'b']])
  assert.deepEqual(fields(...[...file].map((byte) => Uint8Array.of(byte))), [['a', 'b']])
})

test('each record is UTF-8, or Windows-1252 where it is not valid UTF-8', () => {
  const file = Buffer.concat([bytes('café £,1\n'), Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x20, 0xa3, 0x80, 0x2c, 0x32])])
  assert.deepEqual(fields(file), [
    ['café £', '1'],
    ['café £€', '2'],
  ])
})

test('a quote that never closes, a record without end and UTF-16 are no CSV', () => {
  assert.throws(
    () => read(bytes('a,b\n1,"open\n2,3\n')),
    (error: Error) => error instanceof InvalidCsv && /line 2/.test(error.message),
  )
  assert.throws(
    () => read(Buffer.alloc(1_500_000, 'x')),
    (error: Error) => error instanceof InvalidCsv && /1 MiB/.test(error.message),
  )
  assert.throws(
    () => read(Buffer.from('\ufeffa,b', 'utf16le')),
    (error: Error) => error instanceof InvalidCsv && /UTF-16/.test(error.message),
  )
})

test('an empty file has no records', () => {
  assert.deepEqual(read(), [])
  assert.deepEqual(read(bytes('')), [])
})

const piece = fc.constantFrom('a', '"', '""', ',', '\n', '\r\n', '\r', 'é', '\ufeff', ' ')
const rawBytes = fc
  .array(
    fc.oneof(
      piece.map((text) => Buffer.from(text)),
      fc.constant(Buffer.from([0xe9])),
    ),
  )
  .map((all) => Buffer.concat(all))

function outcome(...chunks: readonly Uint8Array[]): unknown {
  try {
    return read(...chunks)
  } catch (error) {
    return (error as Error).message
  }
}

test('however bytes are cut into chunks, the records are the same', () => {
  fc.assert(
    fc.property(rawBytes, fc.array(fc.nat(12)), (file, sizes) => {
      const chunks: Uint8Array[] = []
      let rest: Uint8Array = file
      for (const size of sizes) {
        chunks.push(rest.subarray(0, size))
        rest = rest.subarray(size)
      }
      assert.deepEqual(outcome(...chunks, rest), outcome(file))
    }),
    { numRuns: 500 },
  )
})

test('what is written with every field quoted is read back unchanged', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' ') })
  const records = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 5 })
  fc.assert(
    fc.property(records, (written) => {
      const file = written
        .map((record) => record.map((text) => `"${text.replaceAll('"', '""')}"`).join(','))
        .join('\r\n')
      assert.deepEqual(fields(Buffer.from(file)), written)
    }),
  )
})
