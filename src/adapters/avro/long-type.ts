import type { Avsc } from './driver.ts'

/**
 * A long without loss: the package's own throws beyond 2^53. Values are numbers where they are safe, else bigints;
 * both are written.
 */
export function longType(avsc: Avsc): unknown {
  return avsc.types.LongType.__with({
    fromBuffer(bytes: Buffer): number | bigint {
      const high = bytes.readInt32LE(4)
      if (high >= -safeHigh && high < safeHigh) return high * 2 ** 32 + bytes.readUInt32LE(0)
      return bytes.readBigInt64LE(0)
    },
    toBuffer(value: number | bigint): Buffer {
      // The caller copies it at once.
      if (typeof value === 'bigint') scratch.writeBigInt64LE(value)
      else {
        const high = Math.floor(value / 2 ** 32)
        scratch.writeInt32LE(high, 4)
        scratch.writeUInt32LE(value - high * 2 ** 32, 0)
      }
      return scratch
    },
    isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
    fromJSON: (value: number) => value,
    toJSON: (value: number | bigint) => Number(value),
    compare: (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0),
  })
}

const safeHigh = 2 ** 21
const scratch = Buffer.alloc(8)
