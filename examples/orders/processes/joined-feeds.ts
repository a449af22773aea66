import { setTimeout as sleep } from 'node:timers/promises'
import type { Replay } from '../http/live-feed.ts'
import type { Live } from '../http/page.ts'
import type { ServiceProcess } from './service-process.ts'

const pauseMs = 500
const mostWaiting = 256

/** The feeds of all processes as one stream: their frames say by themselves what they change. */
export class JoinedFeeds implements Live {
  /** Set by whoever replays a file. */
  replay: Replay | undefined
  readonly #services: readonly ServiceProcess[]
  readonly #closing: AbortSignal

  constructor(services: readonly ServiceProcess[], closing: AbortSignal) {
    this.#services = services
    this.#closing = closing
  }

  async connect(): Promise<Response> {
    const gone = new AbortController()
    const signal = AbortSignal.any([this.#closing, gone.signal])
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const send = (frames: string): void => {
            // A page that does not keep up is cut off; its browser connects again and gets a fresh start.
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(new TextEncoder().encode(frames))
            else gone.abort()
          }
          const following = this.#services.map((service) => follow(service, send, signal))
          void Promise.all([this.#tellReplay(send, signal), ...following]).finally(() => closeQuietly(controller))
        },
        cancel: () => gone.abort(),
      },
      { highWaterMark: mostWaiting },
    )
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' }
    return new Response(body, { headers })
  }

  async #tellReplay(send: (frames: string) => void, signal: AbortSignal): Promise<void> {
    for (let told: Replay | undefined; !signal.aborted;) {
      if (this.replay !== told) {
        told = this.replay
        send(`data: ${JSON.stringify({ replay: told })}\n\n`)
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Passes the frames of a process on, whole ones only, and goes on with its successor when it dies. */
async function follow(service: ServiceProcess, send: (frames: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { body } = await fetch(`${await service.ready(signal)}/live`, { signal })
      let text = ''
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        text += chunk
        const end = text.lastIndexOf('\n\n') + 2
        if (end < 2) continue
        send(text.slice(0, end))
        text = text.slice(end)
      }
    } catch {
      // It has died, or this page is gone.
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

function closeQuietly(controller: ReadableStreamDefaultController): void {
  try {
    controller.close()
  } catch {
    // The page has gone first.
  }
}
