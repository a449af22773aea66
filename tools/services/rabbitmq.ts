import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloaded } from './downloads.ts'
import { newPassword, type Kept } from './kept.ts'
import { greets } from './rabbitmq-answers.ts'
import { rabbitmqName, rabbitmqPrograms, type RabbitmqPrograms } from './rabbitmq-programs.ts'
import { serviceOf } from './service-of.ts'
import type { Launch } from './server-process.ts'
import type { Service } from './service.ts'

const user = 'eventwright'

/** A private RabbitMQ. Its management answers on the port that follows, its streams on the second that follows. */
export const rabbitmqService: Service = rabbitmqOf()

/** The files of the certificate that a server shows, and of the authority that it trusts. */
export interface RabbitmqTls {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** The same; with TLS it answers on the fifth port that follows, and knows a client by the name in its certificate. */
export function rabbitmqOf(tls?: RabbitmqTls): Service {
  return serviceOf({
    name: 'rabbitmq',
    variable: 'EVENTWRIGHT_RABBITMQ_URL',
    ports: tls === undefined ? 5 : 6,
    isHere: () => downloaded(rabbitmqName()) !== undefined,
    async prepare(kept, say) {
      const programs = await rabbitmqPrograms(say)
      writeSettings(kept, tls)
      return [namesServerOf(kept, programs), nodeOf(kept, programs)]
    },
    answers: ({ port }) => greets(port),
    url: ({ port, password }) => `amqp://${user}:${password}@127.0.0.1:${port}`,
  })
}

function tlsSettings(port: number, { authority, certificate, key }: RabbitmqTls): readonly string[] {
  return [
    `listeners.ssl.1 = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${authority}`,
    `ssl_options.certfile = ${certificate}`,
    `ssl_options.keyfile = ${key}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = false',
    'auth_mechanisms.1 = PLAIN',
    'auth_mechanisms.2 = EXTERNAL',
    'ssl_cert_login_from = common_name',
  ]
}

function writeSettings({ home, port, password }: Kept, tls: RabbitmqTls | undefined): void {
  for (const folder of ['user', 'generated', 'crash']) mkdirSync(join(home, folder), { recursive: true })
  const cookie = join(home, 'user/.erlang.cookie')
  if (!existsSync(cookie)) writeFileSync(cookie, newPassword(), { mode: 0o400 })
  chmodSync(cookie, 0o400)
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${port + 1}`,
    `stream.listeners.tcp.1 = 127.0.0.1:${port + 2}`,
    'log.console = true',
    'log.console.level = warning',
    'log.file = false',
    'vm_memory_high_watermark.absolute = 1GB',
    // What is in the log of quorum queues is in memory as well, several times, until the file is full.
    'raft.wal_max_size_bytes = 67108864',
    'disk_free_limit.absolute = 50MB',
    `default_user = ${user}`,
    `default_pass = ${password}`,
    ...(tls === undefined ? [] : tlsSettings(port + 5, tls)),
  ]
  writeFileSync(join(home, 'rabbitmq.conf'), `${lines.join('\n')}\n`, { mode: 0o600 })
  const plugins = ['management', 'stream', 'stream_management', 'consistent_hash_exchange', 'auth_mechanism_ssl']
  writeFileSync(join(home, 'plugins'), `[${plugins.map((plugin) => `rabbitmq_${plugin}`).join(',')}].\n`)
}

/** Erlang's server of names. Without one of its own, the node starts one that outlives it. */
function namesServerOf({ home, port }: Kept, programs: RabbitmqPrograms): Launch {
  // By a link in the home it is known again.
  const link = join(home, 'epmd')
  rmSync(link, { force: true })
  symlinkSync(join(programs.erlang, 'epmd'), link)
  return {
    name: 'epmd',
    command: link,
    args: ['-port', String(port + 4), '-address', '127.0.0.1'],
    env: programs.env,
  }
}

function nodeOf({ home, port }: Kept, programs: RabbitmqPrograms): Launch {
  const env = {
    ...programs.env,
    HOME: join(home, 'user'),
    RABBITMQ_NODENAME: 'svc@localhost',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'),
    RABBITMQ_PLUGINS_DIR: programs.plugins,
    RABBITMQ_MNESIA_BASE: join(home, `data-${programs.version}`),
    RABBITMQ_LOG_BASE: join(home, 'crash'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(home, 'generated'),
    RABBITMQ_PID_FILE: join(home, 'node.number'),
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(port + 3),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(port + 4),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: join(home, 'crash/erl_crash.dump'),
    // No shell stands between: the process that was started is the node.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_START_ARGS: '-noinput +B i',
  }
  // Erlang passes over a flag that it does not know, and by the folder the process is known again.
  return { name: 'rabbitmq', command: programs.server, args: ['-eventwright_home', `${home}/`], env }
}
