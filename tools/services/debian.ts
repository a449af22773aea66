import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, MissingProgram, run } from './programs.ts'

/** The packages of the distribution as they are told to one fetch, which changes nothing of the system. */
export interface Debian {
  /** What `apt-cache depends` says of a package. */
  depends(name: string): string
  /** What an installation would bring: on a system without any package, or on this one. */
  closure(name: string, on: 'nothing' | 'this system'): readonly string[]
  /** Downloads packages and unpacks them into a folder. */
  unpack(names: readonly string[], folder: string): void
}

/** What the release of the distribution is called; programs that come from it are of its version. */
export function releaseName(): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return /^VERSION_CODENAME="?([\w.-]+)/m.exec(release)?.[1] ?? 'debian'
}

/** Lets `use` fetch packages with lists of its own, as an ordinary user. `near` holds the downloads meanwhile. */
export function withDebian(service: string, near: string, use: (debian: Debian) => void): void {
  for (const program of ['apt-get', 'dpkg'])
    if (findProgram(program) === undefined)
      throw new MissingProgram(program, `${service} comes from Debian, and there is no ${program} in PATH.`)
  const work = mkdtempSync(join(near, 'debian-'))
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages'])
      mkdirSync(join(work, folder), { recursive: true })
    const [none, here, packages] = [join(work, 'state/status'), '/var/lib/dpkg/status', join(work, 'packages')]
    writeFileSync(none, '')
    const apt = (status: string, tool: string, ...args: string[]): string => {
      const folders = [`Dir::State=${work}/state`, `Dir::Cache=${work}/cache`, `Dir::State::status=${status}`]
      const options = [...folders, 'APT::Sandbox::User='].flatMap((option) => ['-o', option])
      return run(tool, [...options, ...args], packages, { LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' })
    }
    apt(none, 'apt-get', 'update', '-qq')
    use({
      depends: (name) => apt(none, 'apt-cache', 'depends', name),
      closure: (name, on) =>
        [
          ...apt(
            on === 'nothing' ? none : here,
            'apt-get',
            'install',
            '--simulate',
            '--no-install-recommends',
            name,
          ).matchAll(/^Inst (\S+)/gm),
        ].map((match) => match[1]!),
      unpack(names, folder) {
        apt(none, 'apt-get', 'download', '-qq', ...names)
        for (const file of globSync(join(packages, '*.deb'))) run('dpkg', ['-x', file, folder], packages)
      },
    })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
