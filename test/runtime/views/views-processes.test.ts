import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startChild, type Child } from '../../fixtures/child.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { until } from '../running.fixture.ts'

function child(t: TestContext, name: string, ...args: readonly string[]): Child {
  const started = startChild(`../runtime/${name}`, ...args)
  t.after(() => started.process.kill('SIGKILL'))
  return started
}

const says = (process: Child, line: string): Promise<void> =>
  until(`a process says "${line}"`, () => process.lines.includes(line))

async function ends(...processes: readonly Child[]): Promise<void> {
  for (const { process } of processes) process.stdin!.end()
  for (const { ended } of processes) assert.equal(await ended, 0)
}

test('a watch yields rows that another process wrote, whichever of the two feeds the view', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  // Whoever is there first holds the consumers, until it ends.
  const first = child(t, 'placing-process', file, 'before')
  await says(first, 'ready')
  const watching = child(t, 'watching-process', file)
  await says(watching, 'watching')
  const second = child(t, 'placing-process', file, 'fed-elsewhere')
  await says(watching, 'fed-elsewhere shipped')
  await ends(second, first)
  const third = child(t, 'placing-process', file, 'fed-here')
  await says(watching, 'fed-here shipped')
  assert.ok(!watching.lines.some((line) => line.startsWith('before ')), watching.lines.join())
  await ends(third, watching)
})

test('a watch that was begun before a rebuild of another process goes on after the swap', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const watching = child(t, 'watching-process', file)
  await says(watching, 'watching')
  const other = child(t, 'placing-process', file, 'before', 'rebuild', 'after')
  await says(watching, 'before shipped')
  await says(other, 'ready')
  await says(watching, 'after shipped')
  await ends(watching, other)
})
