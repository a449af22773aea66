import type { Shop } from '../../open.ts'
import design from '../../shop/system.ts'

/** What reads the log, a channel, mail or an outbox: how far it has come, and whether it goes on. */
interface Reader {
  readonly name: string
  readonly kind: string
  readonly source: string
  readonly position: number
  readonly lag: number
  readonly parkedKeys: number
  readonly state: string
}

/** The readers of a service, in the order of their kinds. */
interface ServiceReaders {
  readonly service: string
  readonly readers: readonly Reader[]
}

const services = design.services.map(({ name }) => name)
const kinds = ['saga', 'process', 'view', 'subscription', 'commands', 'replies', 'relay', 'outbox', 'timers']

/** The names of consumers of views do not say whose they are. */
const serviceOfView = new Map(
  design.services.flatMap(({ name, parts }) =>
    parts.flatMap((part) => (part.kind === 'projection' ? [[part.name, name] as const] : [])),
  ),
)

/** All readers by service, in the order of the design; of a rebuilt view each generation. */
export async function readersByService(shop: Shop): Promise<readonly ServiceReaders[]> {
  const all = (await shop.inspect.consumers()).map((report) => {
    const { position, lag, parkedKeys, source } = report
    const { service, kind, name } = partsOf(report.name)
    // Of what runs in another process one sees only whether somebody has it.
    const state = report.state ?? (report.owners.length > 0 ? 'running' : 'nobody has it')
    return { service, reader: { name, kind, source, position, lag, parkedKeys, state } }
  })
  return [...Map.groupBy(all, ({ service }) => service)]
    .map(([service, found]) => ({ service, readers: found.map(({ reader }) => reader).sort(byKindAndName) }))
    .sort((a, b) => services.indexOf(a.service) - services.indexOf(b.service))
}

function byKindAndName(a: Reader, b: Reader): number {
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1)
}

/** Of `orders/saga:order-creation<log`, `orders/outbox`, `view:stock#2`. */
function partsOf(full: string): { readonly service: string; readonly kind: string; readonly name: string } {
  const [, service, kind = full, given = kind, generation = '1'] =
    /^(?:([^/:]+)\/)?([^:#]+)(?::(.+?))?(?:#(\d+))?$/.exec(full) ?? []
  const name = generation === '1' ? given : `${given} #${generation}`
  return { service: service ?? serviceOfView.get(given) ?? 'other', kind, name }
}
