import { aggregate, command, event, projection, service, system, t } from 'eventwright'

const v1 = event('Opened', { id: t.string(), amount: t.decimal(10, 2) })
const v2 = v1.next({ id: t.string(), amount: t.decimal(10, 2), currency: t.enum('GBP', 'EUR') }, (old) => ({
  ...old,
  currency: 'GBP' as const,
}))
const Open = command('Open', { id: t.string(), amount: t.decimal(10, 2) })

type Opened = typeof v1 | typeof v2
interface State {
  readonly seen: string
}

const build = (Opened: Opened, mode: 'async' | 'inline' | 'live', name: string) =>
  projection(name, { from: [Opened], key: (e) => e.id, row: { id: t.string(), seen: t.string() }, mode }).on({
    Opened: (row, e) => ({ id: e.id, seen: (row?.seen ?? '') + shown(e) }),
  })

const shown = (data: { readonly amount: string; readonly currency?: string }): string =>
  `${data.amount} ${data.currency ?? '?'};`

/** The same system as it declares its event today, in version 1 or 2. */
export function account(version: 1 | 2) {
  const Opened = (version === 1 ? v1 : v2) as typeof v1
  const Account = aggregate('Account', {
    events: [Opened],
    commands: [Open],
    id: (c) => c.id,
    initial: (): State => ({ seen: '' }),
  })
    .evolve({ Opened: (s, e) => ({ seen: s.seen + shown(e) }) })
    .decide({
      Open: (c, s) =>
        Opened(
          (version === 1
            ? c
            : { ...c, amount: c.amount, currency: s.seen.includes('GBP') ? 'GBP' : 'EUR' }) as typeof c,
        ),
    })
  const views = (['async', 'inline', 'live'] as const).map((mode) => build(Opened, mode, `${mode}View`))
  return {
    Open,
    Opened,
    Account,
    system: system('bank', { services: [service('bank', { parts: [Account, ...views] })] }),
  }
}
