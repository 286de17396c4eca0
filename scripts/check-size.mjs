// What the client costs a page: connection, replica and IndexedDB store together, minified and gzipped, without Yjs,
// which the page has anyway.

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const budgetBytes = 19_000

// What is imported only when it is needed is a file of its own, as in any bundler, and not counted.
const { outputFiles, metafile } = await build({
  stdin: {
    contents: `export * from '@tidemark/client'`,
    resolveDir: fileURLToPath(new URL('../test', import.meta.url)),
  },
  bundle: true,
  splitting: true,
  outdir: 'client',
  write: false,
  metafile: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  external: ['yjs', 'lib0', 'lib0/*', 'y-protocols/*'],
})

const outputs = Object.entries(metafile.outputs)
const first = firstLoaded(outputs.find(([, { entryPoint }]) => entryPoint === '<stdin>')[0])
const files = outputFiles.filter(({ path }) => first.some((name) => path.endsWith(name)))
const minifiedBytes = sum(files.map(({ contents }) => contents.length))
const sizeBytes = sum(files.map(({ contents }) => gzipSync(contents, { level: 9 }).length))
const largest = first
  .flatMap((name) => Object.entries(metafile.outputs[name].inputs))
  .toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)

/** An output and all that it cannot start without. */
function firstLoaded(name) {
  const imports = metafile.outputs[name].imports.filter(
    ({ kind, external }) => kind === 'import-statement' && !external,
  )
  return [name, ...imports.flatMap(({ path }) => firstLoaded(path))]
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

console.log(`client: ${sizeBytes} of ${budgetBytes} bytes (${minifiedBytes} before gzip)`)
for (const [path, { bytesInOutput }] of largest.slice(0, 15))
  console.log(`${String(bytesInOutput).padStart(8)}  ${path}`)
if (sizeBytes > budgetBytes) {
  console.error(`The client is ${sizeBytes - budgetBytes} bytes over its budget.`)
  process.exitCode = 1
}
