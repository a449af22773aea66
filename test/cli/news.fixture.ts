import { aggregate, event, service, subscription, system, t } from 'eventwright'

const Said = event('Said', { id: t.string() })
const News = aggregate('News', { events: [Said], commands: [], id: () => '', initial: () => 0 })
  .evolve({ Said: (n) => n })
  .decide({})
const readers = subscription('readers', { from: [Said], objectives: { lag: 100, staleness: '2s' } }).on({ Said() {} })

/** A system whose only reader has objectives. */
export default system('news', { services: [service('press', { parts: [News, readers] })] })
