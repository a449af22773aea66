import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AbortFlag } from '../../src/base/abort-flag.ts'

test('a flag is raised with its signal, and tells once', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  let told = 0
  const flag = new AbortFlag(AbortSignal.any([one.signal, other.signal]), () => told++)
  assert.equal(flag.isRaised, false)
  other.abort()
  assert.equal(flag.isRaised, true)
  one.abort()
  assert.equal(told, 1)
})

test('a flag of a signal that has fired is raised, and tells nobody', () => {
  let told = 0
  const flag = new AbortFlag(AbortSignal.abort(), () => told++)
  assert.equal(flag.isRaised, true)
  assert.equal(told, 0)
})

test('who has left hears nothing', () => {
  const controller = new AbortController()
  let told = 0
  const flag = new AbortFlag(controller.signal, () => told++)
  flag.leave()
  controller.abort()
  assert.equal(flag.isRaised, false)
  assert.equal(told, 0)
})
