import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { absentServers, missingRequirements, notRunLine, placeOfServer } from '../../tools/servers.ts'

const environment = { ...process.env }
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('EVENTWRIGHT_')) delete process.env[name]
})
after(() => void Object.assign(process.env, environment))

const names = (): string[] => absentServers().map(({ name }) => name)

test('a server is there when its variable is set', () => {
  assert.ok(names().includes('postgres'))
  assert.equal(placeOfServer('postgres'), undefined)
  process.env['EVENTWRIGHT_POSTGRES_URL'] = 'postgres://somewhere'
  assert.ok(!names().includes('postgres'))
  assert.equal(placeOfServer('postgres'), 'postgres://somewhere')
})

test('a browser is there when the file exists, and is named as not run when it does not', () => {
  process.env['EVENTWRIGHT_CHROMIUM_PATH'] = '/nowhere/chromium'
  assert.equal(placeOfServer('chromium'), undefined)
  assert.match(notRunLine(), /^not run: .*chromium \(EVENTWRIGHT_CHROMIUM_PATH\)/)
  process.env['EVENTWRIGHT_CHROMIUM_PATH'] = process.execPath
  assert.equal(placeOfServer('chromium'), process.execPath)
  assert.doesNotMatch(notRunLine(), /chromium/)
})

test('what is required and absent is a sentence that says what to do', () => {
  process.env['EVENTWRIGHT_CHROMIUM_PATH'] = '/nowhere/chromium'
  assert.deepEqual(missingRequirements(), [])
  process.env['EVENTWRIGHT_REQUIRE'] = 'chromium, kafka, oracle'
  const [chromium, kafka, oracle] = missingRequirements()
  assert.equal(
    chromium,
    'EVENTWRIGHT_REQUIRE names chromium, but there is no /nowhere/chromium; EVENTWRIGHT_CHROMIUM_PATH may name another',
  )
  assert.equal(kafka, 'EVENTWRIGHT_REQUIRE names kafka, but EVENTWRIGHT_KAFKA_BROKERS is not set')
  assert.match(oracle ?? '', /^EVENTWRIGHT_REQUIRE names oracle; known are postgres, /)
  process.env['EVENTWRIGHT_CHROMIUM_PATH'] = process.execPath
  process.env['EVENTWRIGHT_REQUIRE'] = 'chromium'
  assert.deepEqual(missingRequirements(), [])
})
