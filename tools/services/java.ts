import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, isExecutable, MissingProgram } from './programs.ts'

/** The first Java that is new enough: of JAVA_HOME, of PATH, of the system's folder. */
export function findJava(atLeast: number): string | undefined {
  const home = process.env['JAVA_HOME']
  const places = [
    home ? join(home, 'bin/java') : undefined,
    findProgram('java'),
    ...globSync('/usr/lib/jvm/*/bin/java'),
  ]
  return places.find((java) => java !== undefined && isExecutable(java) && majorOf(java) >= atLeast)
}

/** The same, where there has to be one. */
export function requireJava(service: string, atLeast: number): string {
  const java = findJava(atLeast)
  if (java !== undefined) return java
  const sentence = `${service} needs Java ${atLeast} or newer, and none is in JAVA_HOME, in PATH or in /usr/lib/jvm.`
  throw new MissingProgram('java', `${sentence} Install one, for instance the package default-jdk-headless.`)
}

/** The environment of its programs: options for other programs of the caller are not meant for them. */
export const javaEnv: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }

const majors = new Map<string, number>()

/** 0 when it does not run. */
function majorOf(java: string): number {
  const known = majors.get(java)
  if (known !== undefined) return known
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 30_000 })
  const major = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0)
  majors.set(java, major)
  return major
}
