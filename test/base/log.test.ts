import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLog, pinoLog } from '../../src/base/log.ts'

test('an entry is a line of JSON with its fields, an error among them', () => {
  const lines: string[] = []
  const log = jsonLog(
    (line) => void lines.push(line),
    () => 'now',
  )
  const error = Object.assign(new TypeError('broken\nin two'), { code: 'E_BROKEN' })
  log.warn('it failed', { correlationId: 'c-1', count: 3n, error })
  log.info('no more', { message: 'not this', level: 'nor this' })
  const [first, second] = lines.map((line) => JSON.parse(line))
  assert.deepEqual(first, {
    time: 'now',
    level: 'warn',
    message: 'it failed',
    correlationId: 'c-1',
    count: '3',
    error: { name: 'TypeError', message: 'broken\nin two', code: 'E_BROKEN', stack: error.stack },
  })
  assert.deepEqual(second, { time: 'now', level: 'info', message: 'no more' })
  assert.ok(lines.every((line) => line.indexOf('\n') === line.length - 1))
})

test('whoever says something does not fail by it', () => {
  const lines: string[] = []
  const log = jsonLog(
    (line) => void lines.push(line),
    () => 'now',
  )
  const round: Record<string, unknown> = {}
  round['round'] = round
  log.error('it goes round', round)
  assert.deepEqual(JSON.parse(lines[0]!), {
    time: 'now',
    level: 'error',
    message: 'it goes round',
    problem: 'these fields cannot be written: round',
  })
})

test('a logger of the kind of pino gets fields first, and errors as plain members', () => {
  const said: unknown[] = []
  const say =
    (level: string) =>
    (fields: object, message: string): void =>
      void said.push([level, fields, message])
  const log = pinoLog({ info: say('info'), warn: say('warn'), error: say('error') })
  const error = new RangeError('too far')
  log.error('it failed', { traceId: 't', error })
  log.warn('careful')
  log.info('all is well', { n: 1 })
  const told = { name: 'RangeError', message: 'too far', code: undefined, stack: error.stack }
  assert.deepEqual(said, [
    ['error', { traceId: 't', error: told }, 'it failed'],
    ['warn', {}, 'careful'],
    ['info', { n: 1 }, 'all is well'],
  ])
})
