const multiplier = 0x5bd1e995

/** The hash by which Kafka's own client in Java finds partitions, as a signed number of 32 bits. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let hash = 0x9747b28c ^ length
  let index = 0
  for (; length - index >= 4; index += 4) {
    let word = bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  const rest = length - index
  if (rest > 2) hash ^= bytes[index + 2]! << 16
  if (rest > 1) hash ^= bytes[index + 1]! << 8
  if (rest > 0) hash = Math.imul(hash ^ bytes[index]!, multiplier)
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition of a key as Java's producer, Debezium and ours have it; it may never change. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
