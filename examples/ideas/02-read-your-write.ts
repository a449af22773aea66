// A projection turns events into rows; the receipt of a command makes a read wait until its own write is there.
import { aggregate, command, decimal, event, memory, projection, service, start, system, t } from 'eventwright'

const Paid = event('Paid', { account: t.string(), amount: t.decimal(12, 2) })
const Pay = command('Pay', { account: t.string(), amount: t.decimal(12, 2) })

const Account = aggregate('Account', { events: [Paid], commands: [Pay], id: (c) => c.account, initial: () => null })
  .evolve({ Paid: () => null })
  .decide({ Pay: (c) => Paid(c) })

const Balances = projection('balances', {
  from: [Paid],
  key: (e) => e.account,
  row: { account: t.string(), balance: t.decimal(12, 2), payments: t.int() },
  index: ['balance'],
}).on({
  Paid: (row, e) => ({
    account: e.account,
    balance: decimal.add(row?.balance ?? '0.00', e.amount),
    payments: (row?.payments ?? 0) + 1,
  }),
})

const bank = system('bank', { services: [service('accounts', { parts: [Account, Balances], owner: 'team-accounts' })] })
const running = await start(bank, { store: memory() })

await running.execute(Pay({ account: 'ada', amount: '10.10' }))
await running.execute(Pay({ account: 'grace', amount: '9.05' }))
const { receipt } = await running.execute(Pay({ account: 'ada', amount: '0.20' }))

const ada = await running.views.balances.get('ada', { after: receipt })
console.log(`ada has ${ada?.balance} after ${ada?.payments} payments`)

const small = await running.views.balances.find({ balance: { lt: '9.50' } }, { after: receipt })
console.log('below 9.50:', small.map((row) => row.account).join(', '))
await running.stop()
