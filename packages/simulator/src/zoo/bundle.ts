import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { type Bug, plant } from './bug.ts'

/** The folder of the packages, from `src` and from `dist`. */
const packages: string = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * The simulator and all the production code that it runs as one CommonJS program for a worker thread, built from the
 * sources, with the bugs' patches applied to them.
 *
 * @throws Error when a patch does not fit, what comes out is no program, or a patched file is not part of it.
 */
export async function bundle(bugs: readonly Bug[]): Promise<string> {
  const planting = plantingPlugin(bugs)
  const { outputFiles } = await build({
    entryPoints: [`${packages}simulator/src/zoo/hunt-worker.ts`],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@tidemark/source'],
    // Workers of the production code are not started in a simulation, so it does not matter where they would stand.
    define: { 'import.meta.url': '"file:///"' },
    logLevel: 'silent',
    plugins: [planting.plugin],
  })
  if (planting.left.size > 0) throw new Error(`not part of a simulation: ${[...planting.left].join(', ')}`)
  return outputFiles[0]?.text ?? ''
}

/** `left`: the patched files that were not loaded. */
function plantingPlugin(bugs: readonly Bug[]): { plugin: Plugin; left: ReadonlySet<string> } {
  const patches = bugs.flatMap((bug) => bug.patches)
  const left = new Set(patches.map(({ file }) => file))
  const plugin: Plugin = {
    name: 'zoo',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = patches.filter(({ file }) => path === packages + file)
        if (own.length === 0) return null
        for (const { file } of own) left.delete(file)
        return { contents: own.reduce(plant, await readFile(path, 'utf8')), loader: 'ts' }
      })
    },
  }
  return { plugin, left }
}
