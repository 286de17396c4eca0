import { describe, expect, it } from 'vitest'
import { createTokenFinder, parseTokensFile, sharedToken } from './shared-tokens.ts'

const secret = 'sixteen letters!'

describe('a shared token', () => {
  it.each([
    [`ada:write:${secret}`, { value: { principal: 'ada', access: 'write', secret } }],
    [
      `ada:read:${secret}:and:more`,
      { value: { principal: 'ada', access: 'read', secret: `${secret}:and:more` } },
    ],
    [`:write:${secret}`, { mistake: 'must have the form NAME:ACCESS:SECRET' }],
    ['ada:write', { mistake: 'must have the form NAME:ACCESS:SECRET' }],
    [`ada:admin:${secret}`, { mistake: 'of ada: ACCESS must be read or write' }],
    ['ada:write:', { mistake: 'of ada: SECRET must not be empty' }],
  ])('%s', (text, read) => {
    expect(sharedToken().read(text)).toEqual(read)
  })
})

describe('a file of tokens', () => {
  it('has one a line, with comments', () => {
    const text = `# people\r\nada:write:${secret}\r\n\r\n  bob:read:${secret}2\n`
    expect(parseTokensFile(text)).toMatchObject({ tokens: [{ principal: 'ada' }, { principal: 'bob' }] })
  })

  it('tells the line of a mistake, without its secret', () => {
    expect(parseTokensFile(`# people\nada:all:${secret}`)).toEqual({
      mistake: 'line 2 of ada: ACCESS must be read or write',
    })
  })
})

describe('finding a token', () => {
  const ada = { principal: 'ada', access: 'write', secret } as const
  const bob = { principal: 'bob', access: 'read', secret: `${secret}2` } as const
  const find = createTokenFinder([ada, bob])

  it.each([
    [ada.secret, ada],
    [bob.secret, bob],
    ['', null],
    [secret.slice(1), null],
    [`${secret}3`, null],
    [secret.toUpperCase(), null],
  ])('%s', (given, found) => {
    expect(find(given)).toEqual(found)
  })
})
