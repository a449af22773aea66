import { failure } from './errors.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

// Public entries import this file first: modules are evaluated in import order, so an old Node meets this one
// clear error before it meets a missing function. Nothing that Eventwright imports may therefore fail while
// modules are linked: `node:sqlite`, which old versions lack, is loaded when a store is opened.
if (major < 22 || (major === 22 && minor < 22)) {
  throw failure('EW_NODE_VERSION', `Eventwright needs Node.js 22.22 or newer, and this is ${process.versions.node}.`)
}
