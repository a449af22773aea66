import type { Clock } from '../../base/clock.ts'
import type { RegisteredSchema } from './client.ts'

/**
 * Schemas by id. What an id means never changes, so a schema is asked for once, however many want it at the same time;
 * the oldest make room when they become too large together.
 */
export class KnownSchemas {
  readonly #fetch: (id: number) => Promise<RegisteredSchema | undefined>
  readonly #clock: Clock
  readonly #known = new Map<number, RegisteredSchema>()
  readonly #coming = new Map<number, Promise<RegisteredSchema | undefined>>()
  readonly #absentUntil = new Map<number, number>()
  #size = 0
  #patientUntil = -Infinity
  #patientAgain = -Infinity

  constructor(fetch: (id: number) => Promise<RegisteredSchema | undefined>, clock: Clock) {
    this.#fetch = fetch
    this.#clock = clock
  }

  /** The schema of an id; undefined when the registry has none, also a moment later. Error: EW_REGISTRY_FAILED. */
  async get(id: number): Promise<RegisteredSchema | undefined> {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const absentUntil = this.#absentUntil.get(id)
    if (absentUntil !== undefined && this.#clock.now() < absentUntil) return undefined
    let coming = this.#coming.get(id)
    if (coming === undefined) {
      coming = this.#find(id).finally(() => this.#coming.delete(id))
      this.#coming.set(id, coming)
    }
    return coming
  }

  async #find(id: number): Promise<RegisteredSchema | undefined> {
    let schema = await this.#fetch(id)
    while (schema === undefined) {
      const now = this.#clock.now()
      // A registry of several nodes may not have heard yet. Ids that are made up must not hold a channel up each.
      if (now >= this.#patientAgain) {
        this.#patientUntil = now + patienceMs
        this.#patientAgain = now + againMs
      }
      if (now >= this.#patientUntil) {
        this.#miss(id, now)
        return undefined
      }
      await this.#clock.sleep(pauseMs)
      schema = await this.#fetch(id)
    }
    return this.#keep(id, schema)
  }

  #keep(id: number, schema: RegisteredSchema): RegisteredSchema {
    this.#absentUntil.delete(id)
    this.#known.set(id, schema)
    this.#size += schema.schema.length
    for (const [oldest, { schema: text }] of this.#known) {
      if ((this.#size <= mostCharacters && this.#known.size <= mostSchemas) || oldest === id) break
      this.#known.delete(oldest)
      this.#size -= text.length
    }
    return schema
  }

  #miss(id: number, now: number): void {
    if (this.#absentUntil.size >= mostSchemas) this.#absentUntil.delete(this.#absentUntil.keys().next().value!)
    this.#absentUntil.set(id, now + absentMs)
  }
}

const mostSchemas = 10_000
const mostCharacters = 32 * 1024 * 1024
const patienceMs = 1_500
const againMs = 30_000
const pauseMs = 250
const absentMs = 2_000
