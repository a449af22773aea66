import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import { distrustOf } from '../../base/distrust.ts'
import { failure } from '../../base/errors.ts'
import type { Settings } from './settings.ts'

type Driver = Pick<typeof import('amqplib'), 'connect' | 'credentials'>

/** The package `amqplib`, which the user installs. Error: EW_DRIVER_MISSING. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import('amqplib')
  } catch (cause) {
    throw failure('EW_DRIVER_MISSING', 'The package amqplib is not installed, and a broker in RabbitMQ needs it.', {
      cause,
    })
  }
}

/**
 * A connection that is made again when somebody needs it after it broke. Only the connection: whoever had a channel in
 * it makes another, and does again what is not known to be done.
 */
export class Connection {
  readonly #driver: Driver
  readonly #settings: Settings
  readonly #purpose: string
  readonly #lost: () => void
  #model: Promise<ChannelModel> | undefined
  #closed = false
  /** Whether the server refuses to take messages for the time being. */
  blocked = false

  /** `lost` is called when a connection that was there breaks. */
  constructor(driver: Driver, settings: Settings, purpose: string, lost: () => void = () => undefined) {
    this.#driver = driver
    this.#settings = settings
    this.#purpose = purpose
    this.#lost = lost
  }

  /** Errors: EW_BROKER_FAILED, EW_BROKER_DENIED. */
  async channel(): Promise<Channel> {
    return this.#made((model) => model.createChannel())
  }

  /** Errors: EW_BROKER_FAILED, EW_BROKER_DENIED. */
  async confirmChannel(): Promise<ConfirmChannel> {
    return this.#made((model) => model.createConfirmChannel())
  }

  /** Gives the connection up, and with it everything that is on its way. */
  async drop(): Promise<void> {
    const model = this.#model
    this.#model = undefined
    // The server tells nobody any more that it takes messages again.
    this.blocked = false
    // Without an error the driver does not hear of it until a heartbeat is missed.
    const givenUp = new Error('the connection was given up')
    await model?.then(
      (open) =>
        (open.connection as unknown as { stream?: { destroy?(cause: Error): void } }).stream?.destroy?.(givenUp),
      () => undefined,
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    const model = this.#model
    this.#model = undefined
    await model?.then(closed, () => undefined)
  }

  async #made<T extends Channel>(make: (model: ChannelModel) => Promise<T>): Promise<T> {
    const model = await this.#open()
    try {
      const channel = await make(model)
      // Without a listener an error of a channel ends the process; whoever uses it hears of its end.
      channel.on('error', () => undefined)
      return channel
    } catch (cause) {
      throw brokerFailed(this.#settings.name, cause)
    }
  }

  #open(): Promise<ChannelModel> {
    if (this.#closed) throw failure('EW_CLOSED', `The broker in ${this.#settings.name} is closed.`)
    if (this.#model !== undefined) return this.#model
    const model = (this.#model = this.#connect())
    model.catch(() => {
      if (this.#model === model) this.#model = undefined
    })
    return model
  }

  async #connect(): Promise<ChannelModel> {
    const { url, name, connectTimeoutMs, login, tls } = this.#settings
    let model: ChannelModel
    try {
      const connection_name = `eventwright ${this.#purpose}`
      model = await this.#driver.connect(url, {
        ...tls,
        timeout: connectTimeoutMs,
        noDelay: true,
        clientProperties: { connection_name },
        ...(login === 'certificate' && { credentials: this.#driver.credentials.external() }),
      } as Parameters<Driver['connect']>[1])
    } catch (cause) {
      throw notConnected(name, cause)
    }
    this.blocked = false
    model.on('error', () => undefined)
    model.on('blocked', () => (this.blocked = true))
    model.on('unblocked', () => (this.blocked = false))
    model.on('close', () => {
      void this.#model?.then(
        (current) => {
          if (current !== model) return
          this.#model = undefined
          this.blocked = false
        },
        () => undefined,
      )
      if (!this.#closed) this.#lost()
    })
    return model
  }
}

const denials = /\b403 \(ACCESS[-_]REFUSED\)/
// In place of the virtual host, which is not there or not for this user, the server ends the connection.
const noHost = /Expected ConnectionOpenOk; got <ConnectionClose/
const cutOff = /ECONNRESET|Socket closed/

/** What the broker or the way to it is at fault for: EW_BROKER_DENIED where it says so, else EW_BROKER_FAILED. */
export function brokerFailed(name: string, cause: unknown): Error {
  const said = cause instanceof Error ? cause.message : String(cause)
  const distrust = distrustOf(cause)
  if (distrust !== undefined)
    return failure('EW_BROKER_DENIED', `${name}: the connection by TLS was not accepted: ${distrust}.`, { cause })
  if (noHost.test(said))
    return failure('EW_BROKER_DENIED', `${name}: there is no such virtual host, or not for this user.`, { cause })
  const code = denials.test(said) ? 'EW_BROKER_DENIED' : 'EW_BROKER_FAILED'
  return failure(code, `${name}: ${(said || 'the connection failed').replace(/\.$/, '')}.`, { cause })
}

/** The same for a connection that could not be made: servers do not say why they end one that comes without TLS. */
function notConnected(name: string, cause: unknown): Error {
  if (!(cause instanceof Error) || !cutOff.test(cause.message)) return brokerFailed(name, cause)
  const what = `${cause.message}; if it stays so, this port wants TLS (amqps:), or does not know it`
  return failure('EW_BROKER_FAILED', `${name}: ${what}.`, { cause })
}

/** The number by which the server says what it minds; undefined for anything else. */
export function replyCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'number' ? code : undefined
}

/** Whether nothing is there that has the name. What is there and does not answer yet is told by the same number. */
export function isMissing(error: unknown): boolean {
  return replyCode(error) === 404 && !/inaccessible/.test((error as Error).message)
}

/** Something is there that has the name and is otherwise made. */
export const preconditionFailed = 406

/** One that is closed already says so by an error, at once or later; that is what was wanted. */
export function closeChannel(on: Channel): Promise<void> {
  return closed(on)
}

/** The driver forgets whoever waits for the end when the connection breaks before the server has agreed to it. */
async function closed(what: Channel | ChannelModel): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => resolve()
    what.once('close', end)
    what.close().then(end, end)
  })
}
