import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rowOf } from '../../../bench/messaging/backlog-rows.ts'
import { Course } from '../../../bench/messaging/course.ts'
import { onPlace } from '../../../bench/messaging/places.ts'
import { messagingSuite } from '../../../bench/messaging/suite.ts'

test('a course counts from the end of its first batch, which is none of what it counts', async () => {
  const course = new Course(30)
  await sleep(300)
  course.did(10)
  await sleep(100)
  course.did(0)
  course.did(10)
  course.did(10)
  const { value } = await course.end
  assert.ok(value > 20 && value <= 202, `${value}`)
})

test('a course that does more than there is fails, and so does one of a single batch', async () => {
  const more = new Course(15)
  more.did(10)
  more.did(10)
  await assert.rejects(more.end, /20 of 15/)
  const single = new Course(10)
  single.did(10)
  await assert.rejects(single.end, /one batch/)
})

const words = { id: 'row', what: 'something', unit: 'MiB', peer: 'nobody', target: '>= 1' }

test('a row whose server nobody names says so', async () => {
  const before = process.env['EVENTWRIGHT_REGISTRY_URL']
  delete process.env['EVENTWRIGHT_REGISTRY_URL']
  try {
    const [row] = await onPlace('registry', [words], () => assert.fail('it was measured'))
    assert.deepEqual([row!.verdict, row!.note], ['not run', 'EVENTWRIGHT_REGISTRY_URL is not set'])
  } finally {
    if (before !== undefined) process.env['EVENTWRIGHT_REGISTRY_URL'] = before
  }
})

test('a backlog compares the size at its end with that of the second fifth', () => {
  const sizes = [90, 95, 100, 99, 130, 101, 101, 101, 119, 120]
  const measured = sizes.map((size) => ({
    value: 1,
    details: { 'highest resident MiB': size, 'heap after collection MiB': 20 },
  }))
  const { ours, theirs, ratio, details } = rowOf({ ...words, target: null }, 10, measured)
  assert.deepEqual([ours, theirs, ratio, details!['highest resident MiB']], [120, 100, 1.2, 130])
})

test('the rows of the suite have names of their own', () => {
  const ids = messagingSuite().measures.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
})
