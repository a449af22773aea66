// `node outside-asker.ts STORE`: a process of a shop. It charges once, says which process charged, waits to be killed.
import { request } from '../../../examples/orders/outside/find-party.ts'
import { openParty } from '../../../examples/orders/outside/party.ts'
import { partyFile, readAddress } from '../../../examples/orders/outside/party-file.ts'

const store = process.argv[2] as string
const provider = await openParty('provider', store)
await provider.charge({ key: 'the same/charge', orderId: 'the same', amount: '1.00', token: 'tok_ok' })
const response = await request(readAddress(partyFile('provider', store))!, '/healthz', {})
console.log(((await response.json()) as { pid: number }).pid)
process.stdin.resume()
