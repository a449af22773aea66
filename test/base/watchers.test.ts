import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { nextTurn } from '../../src/base/next-turn.ts'
import { Watchers } from '../../src/base/watchers.ts'

/** A second source that a test lets tell, and that keeps count of its runs. */
function source() {
  const running = new Set<() => void>()
  const state = {
    begun: 0,
    tell: (): void => running.forEach((tell) => tell()),
    running: (): number => running.size,
    begin(tell: () => void): () => void {
      state.begun++
      const own = (): void => tell()
      running.add(own)
      return () => void running.delete(own)
    },
  }
  return state
}

/** Both ways in which watchers are told. */
function inBothWays(sentence: string, run: (t: TestContext, tells: 'owner' | 'source') => Promise<void>): void {
  for (const tells of ['owner', 'source'] as const) test(`${sentence} [${tells}]`, (t) => run(t, tells))
}

inBothWays('all are told in one go and in their order, before anything that they set off', async (_, tells) => {
  const [watchers, other, heard] = [new Watchers(), source(), [] as string[]]
  for (const name of ['a', 'b', 'c']) {
    const listener = (): void => {
      heard.push(name)
      void Promise.resolve().then(() => heard.push(`after ${name}`))
      process.nextTick(() => heard.push(`later than ${name}`))
    }
    watchers.add(listener, other.begin)
  }
  if (tells === 'owner') watchers.tell()
  else other.tell()
  assert.deepEqual(heard, [], 'whoever tells goes on first')
  await nextTurn()
  const told = ['a', 'b', 'c']
  assert.deepEqual(heard, [
    ...told,
    ...told.map((name) => `after ${name}`),
    ...told.map((name) => `later than ${name}`),
  ])
})

inBothWays('a watcher that throws holds up nobody, and its error is not hidden', async (t, tells) => {
  const [watchers, other, heard, thrown] = [new Watchers(), source(), [] as string[], [] as string[]]
  process.setUncaughtExceptionCaptureCallback((error) => void thrown.push(error.message))
  t.after(() => process.setUncaughtExceptionCaptureCallback(null))
  watchers.add(() => void heard.push('before'), other.begin)
  watchers.add(() => {
    throw new Error('a bug')
  }, other.begin)
  watchers.add(() => void heard.push('behind'), other.begin)
  for (let times = 1; times <= 2; times++) {
    if (tells === 'owner') watchers.tell()
    else other.tell()
    await nextTurn()
    assert.deepEqual([heard.length, thrown.length], [2 * times, times])
  }
  assert.deepEqual(
    [heard, thrown],
    [
      ['before', 'behind', 'before', 'behind'],
      ['a bug', 'a bug'],
    ],
  )
})

inBothWays('whoever has ended his watch hears nothing more, even of what was told before', async (_, tells) => {
  const [watchers, other, heard] = [new Watchers(), source(), [] as string[]]
  const tell = (): void => (tells === 'owner' ? watchers.tell() : other.tell())
  // The same listener twice is two watches.
  const listener = (): void => void heard.push('twice')
  const ends = [watchers.add(listener, other.begin), watchers.add(listener, other.begin)]
  watchers.add(() => void heard.push('stays'), other.begin)
  tell()
  ends[0]!()
  ends[0]!()
  await nextTurn()
  assert.deepEqual(heard.splice(0), ['twice', 'stays'])
  ends[1]!()
  tell()
  await nextTurn()
  assert.deepEqual(heard, ['stays'])
})

test('the second source runs once for all, while somebody watches', async () => {
  const [watchers, other, heard] = [new Watchers(), source(), [] as string[]]
  const first = watchers.add(() => void heard.push('first'), other.begin)
  const second = watchers.add(() => void heard.push('second'), other.begin)
  assert.deepEqual([other.begun, other.running()], [1, 1])
  first()
  assert.equal(other.running(), 1)
  second()
  assert.equal(other.running(), 0)
  const third = watchers.add(() => void heard.push('third'), other.begin)
  // To end what is over ends nothing that came later.
  first()
  second()
  assert.deepEqual([other.begun, other.running()], [2, 1])
  other.tell()
  await nextTurn()
  assert.deepEqual(heard, ['third'])
  third()
  assert.equal(other.running(), 0)
})

test('where the second source cannot begin nobody watches, and the next one may', async () => {
  const [watchers, other, heard] = [new Watchers(), source(), [] as string[]]
  const broken = (): never => {
    throw new Error('no source')
  }
  assert.throws(() => watchers.add(() => void heard.push('first'), broken), /no source/)
  watchers.add(() => void heard.push('second'), other.begin)
  other.tell()
  await nextTurn()
  assert.deepEqual(heard, ['second'])
})

test('closing ends every watch and the second source, and later watches do not begin one', async () => {
  const [watchers, other, heard] = [new Watchers(), source(), [] as string[]]
  const end = watchers.add(() => void heard.push('early'), other.begin)
  watchers.tell()
  watchers.close()
  watchers.close()
  assert.equal(other.running(), 0)
  const endLate = watchers.add(() => void heard.push('late'), other.begin)
  watchers.tell()
  await nextTurn()
  assert.deepEqual([heard, other.begun], [[], 1])
  end()
  endLate()
})
