import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { chance } from '../fixtures/chance.ts'
import { assertWhole, hurt, type Load } from '../fixtures/kafka-load.ts'
import { hasPrivateKafka, privateKafka, type PrivateKafka } from '../fixtures/private-kafka.ts'
import { roundsOf, torture } from '../fixtures/torture.ts'

const nodes = [1, 2, 3]

/** Who is killed: whoever leads the controllers, then leaders of partitions, so that in three rounds each is. */
async function victimOf(server: PrivateKafka, topic: string, killed: readonly number[]): Promise<number> {
  const left = nodes.filter((node) => !killed.slice(killed.length - (killed.length % 3)).includes(node))
  if (left.length === 3) return server.controller()
  const leaders = await Promise.all([0, 1, 2].map((partition) => server.leaderOf(topic, partition)))
  return leaders.find((node) => left.includes(node)) ?? left[0]!
}

if (hasPrivateKafka)
  test(
    'of three nodes one after the other is killed: what was acknowledged is there, in order, and both sides go on',
    { timeout: 1_200_000 },
    async (t) => {
      const server = await privateKafka(t, 3)
      const killed: number[] = []
      const harm = async ({ topic, goesOn }: Load): Promise<void> => {
        await server.whole()
        const victim = await victimOf(server, topic, killed)
        // Whoever follows lacks the newest then: only what was acknowledged by more than one survives.
        const others = nodes.filter((node) => node !== victim)
        await server.stall(...others)
        await sleep(300)
        await server.kill(victim)
        await server.resume(...others)
        killed.push(victim)
        await goesOn()
        // In a long run the next one goes sometimes before this one has all that it missed.
        await server.start()
        if (!torture || chance() < 0.5) await server.whole()
      }
      const outcome = await hurt(server.url.split(','), harm, roundsOf(3, 30), 100)
      assertWhole(outcome)
      assert.equal(new Set(killed).size, 3)
      t.diagnostic(`killed ${killed.join()}; ${outcome.stored.length} messages, ${outcome.failures} calls failed`)
    },
  )
