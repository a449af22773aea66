import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rabbitmq } from '../../../src/adapters/rabbitmq/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { assertDenied } from '../denied.fixture.ts'

const url = rabbitmqUrl()

if (url !== undefined) {
  test('a user whom the server does not know is told without his password', async () => {
    const stranger = new URL(url)
    stranger.username = 'nobody'
    stranger.password = 'hidden-word'
    await assertDenied(rabbitmq(stranger.href).open({ clock: systemClock }), /Login was refused/, ['hidden-word'])
  })

  test('a virtual host that is not there is told', async () => {
    const elsewhere = new URL(url)
    elsewhere.pathname = '/nowhere'
    await assertDenied(rabbitmq(elsewhere.href).open({ clock: systemClock }), /nowhere: there is no such virtual host/)
  })
}
