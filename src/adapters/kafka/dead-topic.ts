import { fingerprint } from '../../base/fingerprint.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import { usualMessageBytes } from './topic-settings.ts'

const mostCharacters = 249
const ending = '.dead'
const dayMs = 24 * 60 * 60 * 1_000
/** Somebody has to come and look; and never shorter than the messages themselves are kept. */
const leastRetentionMs = 30 * dayMs
/** The headers that are added have less. */
const headerBytes = 64 << 10

/**
 * The channel in which messages stand that a group has set aside: `<channel>.<group>.dead`, where every character of the
 * group that is no letter and no digit is `-` and its two hexadecimal digits (more of them beyond ASCII, by UTF-8). So no
 * two groups of a channel share one, also not where Kafka takes `.` for `_`. What would be longer than Kafka's 249
 * characters with the prefix is cut and ends with a fingerprint of the whole.
 */
export function deadChannel(channel: string, group: string, prefix: string): string {
  const whole = `${channel}.${group.replaceAll(/[^A-Za-z0-9]/gu, escaped)}`
  const room = mostCharacters - prefix.length - ending.length
  if (whole.length <= room) return whole + ending
  const mark = `-${fingerprint(whole)}`
  return whole.slice(0, room - mark.length) + mark + ending
}

/** How it is made. One partition: it is looked at and not worked off, and shows in which order things went wrong. */
export function deadSpec({ name, retentionMs, kafka }: ChannelSpec, group: string, prefix: string): ChannelSpec {
  const { replicas, maxMessageBytes = usualMessageBytes } = kafka ?? {}
  return {
    name: deadChannel(name, group, prefix),
    partitions: 1,
    retentionMs: retentionMs === undefined ? undefined : Math.max(leastRetentionMs, retentionMs),
    kafka: { ...(replicas !== undefined && { replicas }), maxMessageBytes: maxMessageBytes + headerBytes },
  }
}

function escaped(character: string): string {
  return [...Buffer.from(character)].map((byte) => `-${byte.toString(16).padStart(2, '0')}`).join('')
}
