import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { download } from './downloads.ts'
import { findProgram, MissingProgram, run } from './programs.ts'
import type { Say } from './service.ts'

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'

/** The folder with these libraries, each `group:artifact:version`, and with all that they need. */
export function mavenLibraries(name: string, libraries: readonly string[], say: Say): Promise<string> {
  return download(name, (filled) => {
    const maven = requireMaven(name)
    say(`fetching ${name} from Maven Central (once)`)
    const work = mkdtempSync(join(tmpdir(), 'eventwright-maven-'))
    try {
      writeFileSync(join(work, 'pom.xml'), projectOf(libraries))
      run(maven, [...flags, `${plugin}:copy-dependencies`, `-DoutputDirectory=${filled}`], work)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

/** The folder with this file alone, `group:artifact:version`. */
export function mavenFile(name: string, artifact: string, say: Say): Promise<string> {
  return download(name, (filled) => {
    const maven = requireMaven(name)
    say(`fetching ${name} from Maven Central (once)`)
    run(maven, [...flags, `${plugin}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${filled}`], filled)
  })
}

/** The folder with what is in this archive, `group:artifact:version:tar.gz:classifier`. */
export function mavenArchive(name: string, archive: string, say: Say): Promise<string> {
  return download(name, (filled) => {
    const maven = requireMaven(name)
    say(`fetching ${name} from Maven Central (once)`)
    const work = mkdtempSync(join(tmpdir(), 'eventwright-maven-'))
    try {
      run(maven, [...flags, `${plugin}:copy`, `-Dartifact=${archive}`, `-DoutputDirectory=${work}`], work)
      const [, artifact, version, type, classifier] = archive.split(':')
      run('tar', ['-xzf', `${artifact}-${version}-${classifier}.${type}`, '-C', filled], work)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

const flags = ['--batch-mode', '--quiet', '--strict-checksums', '-Dstyle.color=never']

function requireMaven(service: string): string {
  const maven = findProgram('mvn')
  if (maven !== undefined) return maven
  throw new MissingProgram('mvn', `${service} comes by Maven, and there is no mvn in PATH. Install the package maven.`)
}

function projectOf(libraries: readonly string[]): string {
  const dependencies = libraries.map((library) => {
    const [group, artifact, version] = library.split(':')
    const which = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`
    return `<dependency>${which}</dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>eventwright</groupId><artifactId>services</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>`
}
