import { playwright } from '@vitest/browser-playwright'
import { defaultClientConditions, type Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { findBrowser, launchFlags } from './scripts/browser.mjs'

const browserTests = '**/*.browser.test.ts'
const e2eTests = 'test/e2e/**/*.test.ts'
const outside = ['**/node_modules/**', '**/dist/**']

/** Workspace packages are read from their sources; in Node, rare branches are counted. `resolve.conditions` would not reach every environment. */
const fromSource: Plugin = {
  name: 'tidemark:source',
  configEnvironment: (name) => ({
    resolve: {
      conditions: [
        '@tidemark/source',
        ...(name === 'client' ? defaultClientConditions : ['@tidemark/counting', 'node']),
      ],
    },
  }),
}

const executablePath = await findBrowser()
if (!executablePath)
  console.warn('No browser found: its tests will fail. `node scripts/browser.mjs` installs one.')
const launchOptions = { args: launchFlags, ...(executablePath ? { executablePath } : {}) }

export default defineConfig({
  plugins: [fromSource],
  test: {
    // Two cores are what a small CI machine has; more workers only make the timeouts of the others fire.
    maxWorkers: 2,
    // A simulated world makes a lot of garbage and keeps little: fewer, larger sweeps.
    execArgv: ['--max-semi-space-size=32'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...outside, browserTests, e2eTests],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [`packages/*/src/${browserTests}`],
          exclude: outside,
          sequence: { groupOrder: 1 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          // Plain Node tests which drive a browser themselves: `launchBrowser()`.
          name: 'e2e',
          include: [e2eTests],
          exclude: outside,
          provide: { launchOptions },
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
