// What the client costs a page: connection, replica and IndexedDB store together, minified and gzipped, without Yjs,
// which the page has anyway.

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { measureBundle } from './bundle-size.mjs'

const budgetBytes = 20_440

const { gzippedBytes, minifiedBytes, inputs } = await measureBundle(
  `export * from '@tidemark/client'`,
  fileURLToPath(new URL('../test', import.meta.url)),
  ['yjs', 'lib0', 'lib0/*', 'y-protocols/*'],
)
console.log(`client: ${gzippedBytes} of ${budgetBytes} bytes (${minifiedBytes} before gzip)`)
for (const [path, bytes] of inputs.slice(0, 15)) console.log(`${String(bytes).padStart(8)}  ${path}`)
if (gzippedBytes > budgetBytes) {
  console.error(`The client is ${gzippedBytes - budgetBytes} bytes over its budget.`)
  process.exitCode = 1
}
