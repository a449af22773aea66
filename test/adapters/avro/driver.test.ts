import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import test from 'node:test'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { loadAvsc } from '../../../src/adapters/avro/driver.ts'

test('without the package it says which one is missing, and with it all is there', async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'avsc') throw new Error('Cannot find package')
      return next(specifier, context)
    },
  })
  try {
    await assert.rejects(
      loadAvsc(),
      (error) => isEventwrightError(error, 'EW_DRIVER_MISSING') && /package avsc is not installed/.test(error.message),
    )
  } finally {
    hooks.deregister()
  }
  const { Type, types } = await loadAvsc()
  assert.deepEqual([typeof Type.forSchema, typeof types.LongType], ['function', 'function'])
})
