import { isIP } from 'node:net'
import { failure } from '../base/errors.ts'
import { RequestRefused } from './problem.ts'

/** Whether an address is reached from this machine alone. */
export function isLoopback(address: string): boolean {
  const name = address.toLowerCase().replace(/^\[|\]$/g, '')
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true
  return isIP(name) === 4 && name.startsWith('127.')
}

/** The names under which a console is asked, and who may ask it from a page. */
export class Access {
  readonly #hosts: ReadonlySet<string>

  /** `hosts` beside those of loopback. Error: EW_CONFIG for one that is no name. */
  constructor(hosts: readonly string[]) {
    const wrong = hosts.find((host) => !/^[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(host))
    if (wrong !== undefined) throw failure('EW_CONFIG', `${JSON.stringify(wrong)} is no host name of a console.`)
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()))
  }

  /**
   * Refuses a request by another name: a page of somebody else whose name was turned to this address would otherwise
   * be of this origin.
   */
  assertHost({ url, headers }: Request): void {
    const asked = [headers.get('host'), new URL(url).host].filter((host) => host !== null)
    if (asked.every((host) => this.#isKnown(host))) return
    throw new RequestRefused('wrong_host', 'Use the address that the process has printed, or name this one in `hosts`.')
  }

  /** Refuses what a page of another origin asks, and an order that does not say from where it comes. */
  assertOrigin({ url, method, headers }: Request): void {
    const site = headers.get('sec-fetch-site')
    const isForeign = site !== null && site !== 'same-origin' && site !== 'none'
    const origin = headers.get('origin')
    const isOwn = origin === null ? method === 'GET' || method === 'HEAD' : hostOf(origin) === hostIn(url, headers)
    if (isForeign || !isOwn) {
      throw new RequestRefused('cross_origin', 'An order comes from the page of this console, with its `Origin`.')
    }
  }

  #isKnown(host: string): boolean {
    const lower = host.toLowerCase()
    const name = lower.replace(/:\d+$/, '')
    return isLoopback(name) || this.#hosts.has(lower) || this.#hosts.has(name)
  }
}

function hostIn(url: string, headers: Headers): string {
  return (headers.get('host') ?? new URL(url).host).toLowerCase()
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}
