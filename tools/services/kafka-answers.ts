import { exchange } from './exchange.ts'

const [metadata, version] = [3, 1]

/** How many brokers take part according to the one at this port; undefined when it does not answer. */
export async function brokersAt(port: number): Promise<number | undefined> {
  const body = Buffer.alloc(14)
  body.writeInt16BE(metadata, 0)
  body.writeInt16BE(version, 2)
  body.writeInt32BE(1, 4)
  // No client id, and no topics.
  body.writeInt16BE(-1, 8)
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  const answer = await exchange(port, Buffer.concat([size, body]), (said) => said.length >= 4 && wholeFrame(said))
  // Behind the size and the number of the request stands the list of brokers.
  return answer === undefined || answer.length < 12 ? undefined : answer.readInt32BE(8)
}

const wholeFrame = (said: Buffer): boolean => said.length >= 4 + said.readInt32BE(0)
