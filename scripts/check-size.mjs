// What the client costs a page: connection, replica and IndexedDB store together, minified and gzipped, without Yjs,
// which the page has anyway.

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const budgetBytes = 9_000

const { outputFiles, metafile } = await build({
  stdin: {
    contents: `export * from '@tidemark/client'`,
    resolveDir: fileURLToPath(new URL('../test', import.meta.url)),
  },
  bundle: true,
  write: false,
  metafile: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  external: ['yjs', 'lib0', 'lib0/*', 'y-protocols/*'],
})

const [bundle] = outputFiles
const sizeBytes = gzipSync(bundle.contents, { level: 9 }).length
const [{ inputs }] = Object.values(metafile.outputs)
const largest = Object.entries(inputs).toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)

console.log(`client: ${sizeBytes} of ${budgetBytes} bytes (${bundle.contents.length} before gzip)`)
for (const [path, { bytesInOutput }] of largest.slice(0, 15))
  console.log(`${String(bytesInOutput).padStart(8)}  ${path}`)
if (sizeBytes > budgetBytes) {
  console.error(`The client is ${sizeBytes - budgetBytes} bytes over its budget.`)
  process.exitCode = 1
}
