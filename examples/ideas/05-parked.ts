// A handler that fails for good parks its key: the key waits in order, others go on, and it can be replayed.
import { aggregate, command, event, memory, service, start, subscription, system, systemClock, t } from 'eventwright'

const Registered = event('Registered', { user: t.string(), step: t.int() })
const Register = command('Register', { user: t.string(), step: t.int() })

const User = aggregate('User', { events: [Registered], commands: [Register], id: (c) => c.user, initial: () => null })
  .evolve({ Registered: () => null })
  .decide({ Register: (c) => Registered(c) })

let mailWorks = false
const Welcome = subscription('welcome', {
  from: [Registered],
  key: (e) => e.user,
  retry: { maxAttempts: 2, initial: '1ms' },
}).on({
  Registered: ({ user, step }) => {
    if (user === 'ada' && !mailWorks) throw new Error('no such mailbox')
    console.log('mail to', user, step)
  },
})

const site = system('site', { services: [service('users', { parts: [User, Welcome], owner: 'team-users' })] })
const running = await start(site, { store: memory() })

await running.execute(Register({ user: 'ada', step: 1 }))
await running.execute(Register({ user: 'grace', step: 1 }))
await running.execute(Register({ user: 'ada', step: 2 }))
await running.caughtUp()
for (const { consumer, key, behind } of await running.inspect.deadLetters.list({ limit: 10 }))
  console.log('parked:', consumer, key, 'and', behind, 'behind it')

mailWorks = true
await running.operate.deadLetters.replay('users/subscription:welcome', 'ada')
while ((await running.inspect.deadLetters.list({ limit: 1 })).length > 0) await systemClock.sleep(5)
console.log('nothing is parked')
await running.stop()
