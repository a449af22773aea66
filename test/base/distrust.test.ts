import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distrustOf } from '../../src/base/distrust.ts'

const coded = (code: string): Error => Object.assign(new Error('said'), { code })

test('why a certificate was not accepted is found however deep it stands, and nothing else is taken for it', () => {
  for (const code of ['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])
    assert.equal(
      distrustOf(new Error('outer', { cause: new AggregateError([coded('ECONNRESET'), coded(code)]) })),
      code,
    )
  for (const code of ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'])
    assert.equal(distrustOf(coded(code)), code)
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'EPROTO'])
    assert.equal(distrustOf(coded(code)), undefined)
  for (const other of [undefined, null, 'CERT_HAS_EXPIRED', { code: 403 }]) assert.equal(distrustOf(other), undefined)
})
