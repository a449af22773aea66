import type { Connection } from '@platformatic/kafka'
import { boundedFetch, type FetchAnswer, type FetchApi } from './fetch-answer.ts'
import type { Library } from './library.ts'
import type { Address, KafkaSettings } from './settings.ts'

/**
 * What a connection is used for. A broker answers one request of a connection after the other, so that one which waits
 * for messages, or for the replicas of a partition, would hold up those behind it.
 */
export type Purpose = 'calls' | 'sends' | 'polls'

/** The requests that are made, by an interface that every version of theirs shares. */
interface Apis {
  produce: Library['produceV11']['api']
  fetch: FetchApi
  listOffsets: Library['listOffsetsV9']['api']
  metadata: Library['metadataV12']['api']
  createTopics: Library['createTopicsV7']['api']
  createPartitions: Library['createPartitionsV3']['api']
  deleteTopics: Library['deleteTopicsV6']['api']
  incrementalAlterConfigs: Library['incrementalAlterConfigsV1']['api']
  describeConfigs: Library['describeConfigsV4']['api']
  findCoordinator: Library['findCoordinatorV4']['api']
  offsetCommit: Library['offsetCommitV9']['api']
  initProducerId: Library['initProducerIdV5']['api']
}

/** What a request for records brings. */
export type FetchResponse = FetchAnswer

/** The newest version of each that is spoken. Fetching by name ends with 12. */
const newest: { readonly [Name in keyof Apis]: number } = {
  produce: 11,
  fetch: 12,
  listOffsets: 9,
  metadata: 12,
  createTopics: 7,
  createPartitions: 3,
  deleteTopics: 6,
  incrementalAlterConfigs: 1,
  describeConfigs: 4,
  findCoordinator: 6,
  offsetCommit: 9,
  initProducerId: 5,
}

type Rest<Name extends keyof Apis> = Parameters<Apis[Name]['async']> extends [unknown, ...infer Others] ? Others : never
type Answer<Name extends keyof Apis> = Awaited<ReturnType<Apis[Name]['async']>>

interface AnyApi {
  readonly key: number
  async(connection: Connection, ...args: readonly unknown[]): Promise<unknown>
}

interface Open {
  readonly connection: Connection
  /** The newest version that this broker speaks too, by key of the request. */
  readonly versions: ReadonlyMap<number, number>
}

const connectMs = 5_000
const requestMs = 15_000

/** The connections to the brokers of a cluster, each opened when it is needed and again after it broke. */
export class Link {
  readonly #library: Library
  readonly #settings: KafkaSettings
  readonly #open = new Map<string, Promise<Open>>()
  readonly #connections = new Set<Connection>()
  readonly #fetch: FetchApi
  #known: readonly Address[]
  #closed = false

  constructor(library: Library, settings: KafkaSettings) {
    this.#library = library
    this.#settings = settings
    this.#known = settings.brokers
    this.#fetch = boundedFetch(library)
  }

  get library(): Library {
    return this.#library
  }

  /** Asks a broker; without an address any that answers. Rejects as the library does. */
  async call<Name extends keyof Apis>(
    to: Address | undefined,
    purpose: Purpose,
    name: Name,
    ...args: Rest<Name>
  ): Promise<Answer<Name>> {
    const { connection, versions } = to === undefined ? await this.#anyOf(purpose) : await this.#to(to, purpose)
    const api = this.#api(name, versions)
    return (await api.async(connection, ...args)) as Answer<Name>
  }

  /** What any broker tells of topics, by name, and of the cluster. */
  metadata(topics: string[]): Promise<Answer<'metadata'>> {
    return this.call(undefined, 'calls', 'metadata', topics, false, false)
  }

  /** Tells of brokers of the cluster, of which one may be there while those of the settings are not. */
  learn(brokers: readonly Address[]): void {
    const all = [...this.#settings.brokers, ...brokers]
    this.#known = [...new Map(all.map((each) => [`${each.host}:${each.port}`, each])).values()]
  }

  /** Ends every connection; what waits for an answer rejects. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#connections].map((connection) => connection.close()))
  }

  #api(name: keyof Apis, versions: ReadonlyMap<number, number>): AnyApi {
    const library = this.#library as unknown as Readonly<Record<string, { readonly api: AnyApi } | undefined>>
    for (let version = newest[name]; version >= 0; version--) {
      const isOurs = name === 'fetch' && version === this.#fetch.version
      const api = isOurs ? this.#fetch : library[`${name}V${version}`]?.api
      if (api !== undefined && version <= (versions.get(api.key) ?? -1)) return api
    }
    throw new Error(`The broker speaks no version of ${name} that is known here`)
  }

  async #anyOf(purpose: Purpose): Promise<Open> {
    const errors: unknown[] = []
    for (const address of this.#known) {
      try {
        return await this.#to(address, purpose)
      } catch (error) {
        errors.push(error)
        // The next call begins with another one.
        this.#known = [...this.#known.filter((each) => each !== address), address]
      }
    }
    throw new AggregateError(errors, 'No broker could be reached')
  }

  #to(address: Address, purpose: Purpose): Promise<Open> {
    if (this.#closed) return Promise.reject(Object.assign(new Error('The connections are closed'), { canRetry: false }))
    const key = `${purpose} ${address.host}:${address.port}`
    let open = this.#open.get(key)
    if (open === undefined) {
      const opening = (open = this.#connect(address, () => {
        if (this.#open.get(key) === opening) this.#open.delete(key)
      }))
      this.#open.set(key, open)
    }
    return open
  }

  async #connect({ host, port }: Address, gone: () => void): Promise<Open> {
    const { clientId, sasl, tls } = this.#settings
    const connection = new this.#library.Connection(clientId, {
      connectTimeout: connectMs,
      requestTimeout: requestMs,
      // One more would wait behind the others at the broker as well.
      maxInflights: 64,
      ...(sasl && { sasl }),
      ...(tls && { tls }),
    })
    const end = (): void => {
      this.#connections.delete(connection)
      gone()
    }
    // Whoever waits for an answer hears of it by its rejection; without a listener the process would end.
    connection.on('error', end)
    connection.on('close', end)
    this.#connections.add(connection)
    try {
      await connection.connect(host, port)
      const { clientSoftwareName, clientSoftwareVersion, apiVersionsV1 } = this.#library
      const { apiKeys } = await apiVersionsV1.api.async(connection, clientSoftwareName, clientSoftwareVersion)
      connection.socket.setKeepAlive(true, 10_000)
      return { connection, versions: new Map(apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion])) }
    } catch (error) {
      end()
      await connection.close().catch(() => undefined)
      throw error
    }
  }
}
