import { connect } from 'node:net'

const limitMs = 5_000

/** Sends bytes to a port of this machine and gives the answer as soon as it is enough; undefined when none comes. */
export function exchange(
  port: number,
  request: Buffer,
  enough: (answer: Buffer) => boolean,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const end = (said: Buffer | undefined): void => {
      socket.destroy()
      resolve(said)
    }
    socket.setTimeout(limitMs, () => end(undefined))
    socket.on('error', () => end(undefined))
    socket.on('close', () => end(undefined))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (enough(answer)) end(answer)
    })
  })
}
