// For `node --import`: the page of the console is there before the program starts.
import { buildConsolePage } from './console-page.ts'

await buildConsolePage()
