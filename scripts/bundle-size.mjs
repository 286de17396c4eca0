// What a piece of code costs a page: bundled, minified and gzipped.

import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * @param {string} contents the module that a page would write: its imports are what is measured
 * @param {string} resolveDir where its imports are looked up
 * @param {string[]} external what the page has anyway
 * @returns {Promise<{ gzippedBytes: number, minifiedBytes: number, inputs: [path: string, bytes: number][] }>}
 *   `inputs`: the largest first
 */
export async function measureBundle(contents, resolveDir, external) {
  // What is imported only when it is needed is a file of its own, as in any bundler, and not counted.
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    splitting: true,
    outdir: 'client',
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    external,
  })
  const [entry] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === '<stdin>')
  const first = firstLoaded(metafile.outputs, entry)
  const files = outputFiles.filter(({ path }) => first.some((name) => path.endsWith(name)))
  return {
    gzippedBytes: sum(files.map((file) => gzipSync(file.contents, { level: 9 }).length)),
    minifiedBytes: sum(files.map((file) => file.contents.length)),
    inputs: first
      .flatMap((name) => Object.entries(metafile.outputs[name].inputs))
      .map(([path, { bytesInOutput }]) => [path, bytesInOutput])
      .toSorted(([, a], [, b]) => b - a),
  }
}

/** An output and all that it cannot start without. */
function firstLoaded(outputs, name) {
  const imports = outputs[name].imports.filter(
    ({ kind, external }) => kind === 'import-statement' && !external,
  )
  return [name, ...imports.flatMap(({ path }) => firstLoaded(outputs, path))]
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
