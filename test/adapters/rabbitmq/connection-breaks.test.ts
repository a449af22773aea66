import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { rabbitmq } from '../../../src/adapters/rabbitmq/index.ts'
import { cutProxy } from '../../fixtures/cut-proxy.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { madeChannel, messageOf, openedBroker, readUntil } from './rabbitmq.fixture.ts'

async function ends(what: string, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const late = systemClock.sleep(patienceMs, over.signal).then(() => over.signal.aborted)
  const inTime = await Promise.race([work.then(() => true), late])
  over.abort()
  assert.ok(inTime, `${what} does not end`)
}

const url = rabbitmqUrl()
if (url !== undefined) {
  test('whoever closes a reader or a broker waits no longer than their connection is there', async (t) => {
    const proxy = await cutProxy(url)
    t.after(() => proxy.close())
    const direct = await openedBroker(t, url)
    const broker = await rabbitmq(proxy.url).open({ clock: systemClock })
    const channel = await madeChannel(direct, { groups: ['g'] })
    const member = await broker.join(channel, 'g')
    await direct.publish([messageOf(channel, '1')])
    await readUntil(member, 0, 1)
    // What the driver says when it closes a channel, and when it closes a connection.
    const [ofReader, ofBroker] = [proxy.cutRequest('Goodbye'), proxy.cutRequest('Cheers, thanks')]
    await ends('closing the reader', member.close())
    await ofReader
    await broker.join(channel, 'g')
    await ends('closing the broker', broker.close())
    await ofBroker
  })

  test('a server that stops to answer is given up long before a heartbeat is missed', async (t) => {
    const proxy = await cutProxy(url)
    t.after(() => proxy.close())
    const direct = await openedBroker(t, url)
    const broker = await openedBroker(t, proxy.url, { confirmTimeout: '3s', heartbeat: '1h' })
    const channel = await madeChannel(direct, { groups: ['g'] })
    const sent = ['1', '2'].map((value) => messageOf(channel, value))
    await broker.publish(sent.slice(0, 1))
    proxy.mute = true
    await ends('sending', assert.rejects(broker.publish(sent), { code: 'EW_BROKER_FAILED', message: /given up/ }))
    proxy.mute = false
    await broker.publish(sent)
    assert.equal((await readUntil(await direct.join(channel, 'g'), 0, 5)).length, 5)
  })
}
