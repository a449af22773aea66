import { exchange } from './exchange.ts'

/** Whether the broker at this port answers the first word of AMQP with its own. */
export async function greets(port: number): Promise<boolean> {
  const greeting = Buffer.from([...Buffer.from('AMQP'), 0, 0, 9, 1])
  const answer = await exchange(port, greeting, (said) => said.length >= 11)
  // A frame of a method, which is the 10th of the 10th class; a broker that refuses answers with a greeting of its own.
  return answer?.readUInt8(0) === 1 && answer.readUInt16BE(7) === 10 && answer.readUInt16BE(9) === 10
}
