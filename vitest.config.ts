import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Workspace packages are read from their sources. `resolve.conditions` would not reach every environment. */
const fromSource: Plugin = {
  name: 'tidemark:source',
  configEnvironment: () => ({ resolve: { conditions: ['@tidemark/source', 'module', 'development|production'] } }),
}

const browserTests = '**/*.browser.test.ts'
const e2eTests = 'test/e2e/**/*.test.ts'

export default defineConfig({
  plugins: [fromSource],
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', browserTests, e2eTests],
          testTimeout: 15_000,
        },
      },
    ],
  },
})
