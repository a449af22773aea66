import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { processName, processOf } from '../../src/base/process-name.ts'

test('a process is called by its host and its process id, and an owner says in which process it is', () => {
  assert.match(processName, new RegExp(`^[\\w.-]+/${process.pid}$`))
  assert.equal(
    processName.split('/')[0],
    hostname()
      .replaceAll(/[^\w.-]/g, '-')
      .slice(0, 80) || 'host',
  )
  assert.equal(processOf(`${processName}/01a21c9e-86de-7000-a1f6-3cbba59414c8`), processName)
  for (const other of ['a', 'host', '01a21c9e-86de-7000-a1f6-3cbba59414c8', 'a b/1/x', 'host/1']) {
    assert.equal(processOf(other), other)
  }
})
