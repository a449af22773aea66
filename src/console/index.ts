import '../base/node-version.ts'

export { consoleHandler, type ConsoleHandler } from './handler.ts'
export type { Authenticate, ConsoleOptions } from './options.ts'
export type { LiveLimits } from './live-hub.ts'
export type { Watched } from './call.ts'
export type { Viewer } from './sessions.ts'
export type { Role } from './wire.ts'
