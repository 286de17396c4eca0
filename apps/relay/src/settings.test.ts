import { describe, expect, it } from 'vitest'
import { readSettings, type Settings } from './settings.ts'

const secret = 'a secret of 24 letters..'

function settingsOf(args: readonly string[], environment: Record<string, string> = {}): Settings {
  const read = readSettings(args, environment)
  if (read.kind !== 'settings') throw new Error(JSON.stringify(read))
  return read.settings
}

describe('settings', () => {
  it('have defaults that keep the relay to this machine and its edits on disk', () => {
    const settings = settingsOf([])
    expect(settings).toMatchObject({ port: 8787, host: '127.0.0.1', data: './data', durability: 'fsync' })
    expect(settings).toMatchObject({ token: [], tokensFile: null, authorizeUrl: null, logLevel: 'info' })
  })

  it('come from a flag, else from its variable, else from the default', () => {
    const environment = { TIDEMARK_PORT: '1', TIDEMARK_LOG_LEVEL: 'debug', TIDEMARK_HOST: '' }
    expect(settingsOf(['--port', '2'], environment)).toMatchObject({
      port: 2,
      logLevel: 'debug',
      host: '127.0.0.1',
    })
    expect(settingsOf(['--port=3', '--port=4'])).toMatchObject({ port: 4 })
  })

  it('that repeat come from several flags, or from one variable with spaces', () => {
    const both = [
      { principal: 'a', access: 'read', secret },
      { principal: 'b', access: 'write', secret },
    ]
    expect(settingsOf(['--token', `a:read:${secret}`, '--token', `b:write:${secret}`]).token).toEqual(both)
    const joined = `a:read:${secret}\n b:write:${secret} `.replaceAll(secret, 'secret-without-space')
    expect(settingsOf([], { TIDEMARK_TOKEN: joined }).token.map(({ principal }) => principal)).toEqual([
      'a',
      'b',
    ])
  })

  it.each([
    [['--port', '65535'], { port: 65_535 }],
    [['--port', '0'], { port: 0 }],
    [['--durability', 'os'], { durability: 'os' }],
    [['--authorize-url', 'https://example.org/who'], { authorizeUrl: new URL('https://example.org/who') }],
    [['--update-bytes-max', '32768'], { updateBytesMax: 32_768 }],
  ])('%j', (args, expected) => {
    expect(settingsOf(args)).toMatchObject(expected)
  })

  it.each([
    [['--prot', '1'], {}, "Unknown option '--prot'"],
    [['file'], {}, "Unexpected argument 'file'"],
    [['--port'], {}, "'--port <value>' argument missing"],
    [['--port', '65536'], {}, '--port must be a whole number from 0 to 65535'],
    [['--port', '-1'], {}, '--port'],
    [['--port', '80.5'], {}, '--port must be a whole number from 0 to 65535'],
    [[], { TIDEMARK_PORT: 'http' }, 'TIDEMARK_PORT must be a whole number from 0 to 65535'],
    [['--durability', 'none'], {}, '--durability must be fsync or os'],
    [['--data', ' '], {}, '--data must not be empty'],
    [['--authorize-url', 'file:///etc'], {}, '--authorize-url must be an http or https address'],
    [['--authorize-url', 'https://user:word@example.org'], {}, 'without a user name'],
    [['--idle-ms-max', '999'], {}, '--idle-ms-max must be a whole number from 1000 to 3600000'],
  ])('refuse %j %j', (args, environment, mistake) => {
    const read = readSettings(args, environment)
    expect(read).toMatchObject({ kind: 'mistakes', mistakes: [expect.stringContaining(mistake)] })
  })

  it('tell all mistakes at once, and never a secret', () => {
    const read = readSettings(['--port', 'x', '--token', 'a:all:my-own-secret-words'], {})
    expect(read).toEqual({
      kind: 'mistakes',
      mistakes: [
        '--port must be a whole number from 0 to 65535',
        '--token of a: ACCESS must be read or write',
      ],
    })
  })

  it('are all explained by --help', () => {
    const read = readSettings(['--port', 'x', '--help'], {})
    if (read.kind !== 'help') throw new Error(read.kind)
    for (const flag of [
      '--port PORT',
      '--durability fsync|os',
      '--token NAME:ACCESS:SECRET',
      '--idle-ms-max MS',
    ]) {
      expect(read.text).toContain(flag)
    }
    expect(read.text).toContain('(8787)')
  })
})
