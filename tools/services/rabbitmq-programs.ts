import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { releaseName, withDebian } from './debian.ts'
import { download } from './downloads.ts'
import type { Say } from './service.ts'

/** Programs of one RabbitMQ, unpacked beside the system. */
export interface RabbitmqPrograms {
  readonly server: string
  readonly plugins: string
  readonly version: string
  /** The folder with the programs of Erlang. */
  readonly erlang: string
  readonly env: NodeJS.ProcessEnv
}

/** The name of its download. Which version it is, the release of the distribution says. */
export function rabbitmqName(): string {
  return `rabbitmq-${releaseName()}`
}

/** Takes what was fetched before, else fetches it. Nobody needs root for that, and nothing of the system changes. */
export async function rabbitmqPrograms(say: Say): Promise<RabbitmqPrograms> {
  const root = await download(rabbitmqName(), (filled, final) => {
    say('fetching rabbitmq by apt-get (once)')
    withDebian('rabbitmq', dirname(filled), (debian) => {
      // What another user of this machine may have installed is fetched too: it goes when he takes it away.
      const own = debian.closure('rabbitmq-server', 'nothing').filter((name) => /^(erlang|rabbitmq)-/.test(name))
      debian.unpack([...new Set([...own, ...debian.closure('rabbitmq-server', 'this system')])], filled)
    })
    tellRoot(filled, final)
  })
  const plugins = globSync(join(root, 'usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins'))[0]
  if (plugins === undefined) throw new Error(`There is no RabbitMQ in ${root}; delete this folder and start again.`)
  const erlang = join(root, 'usr/lib/erlang/bin')
  return {
    server: join(root, 'usr/lib/rabbitmq/bin/rabbitmq-server'),
    plugins,
    version: basename(dirname(plugins)).replace('rabbitmq_server-', ''),
    erlang,
    env: {
      PATH: `${erlang}:/usr/bin:/bin`,
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      LD_LIBRARY_PATH: globSync(join(root, 'usr/lib/*-linux-*')).join(':'),
    },
  }
}

/** Debian's Erlang has the folder of the system written into its scripts and does not listen to ERL_ROOTDIR. */
function tellRoot(filled: string, final: string): void {
  const erlang = join(filled, 'usr/lib/erlang')
  for (const script of [join(erlang, 'bin/start'), ...globSync(join(erlang, '{bin,erts-*/bin}/erl'))]) {
    const text = readFileSync(script, 'utf8')
    writeFileSync(script, text.replace(/^( *)ROOTDIR=\/usr\/lib\/erlang/gm, `$1ROOTDIR=${final}/usr/lib/erlang`))
  }
}
