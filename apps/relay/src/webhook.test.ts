import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AccessRequest } from '@tidemark/relay'
import { afterEach, describe, expect, it } from 'vitest'
import { answerBytesMax, createWebhook } from './webhook.ts'

const request: AccessRequest = {
  document: 'notes/today',
  access: 'write',
  token: 'token',
  dialect: 'native',
  address: '192.0.2.7',
  headers: { cookie: 'not to be passed on' },
}

let server: Server | null = null

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function webhookTo(listener: RequestListener, options: { secret?: string; timeoutMs?: number } = {}) {
  server = createServer(listener)
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/who`)
  return createWebhook({
    url,
    fetch,
    secret: options.secret ?? null,
    timeoutMs: options.timeoutMs ?? 5_000,
    holdsMs: 60_000,
  })
}

const answering =
  (status: number, body: string, headers = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(body)
  }

describe('[ACC1] the authorize webhook', () => {
  it('is asked with the document, the access and the token, and says who it is', async () => {
    let asked: unknown
    const listener: RequestListener = (incoming, response) => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.on('end', () => {
        const { authorization, cookie } = incoming.headers
        const body: unknown = JSON.parse(Buffer.concat(parts).toString())
        asked = { authorization, cookie, method: incoming.method, body }
        response.end('{"principal":"ada","access":"read"}')
      })
    }
    const authorize = await webhookTo(listener, { secret: 'for the owner' })
    expect(await authorize(request)).toEqual({ principal: 'ada', access: 'read', holdsMs: 60_000 })
    const { document, access, token, dialect, address } = request
    const body = { document, access, token, dialect, address }
    expect(asked).toEqual({ authorization: 'Bearer for the owner', cookie: undefined, method: 'POST', body })
  })

  it('[ACC4] may say for how long its answer holds', async () => {
    const authorize = await webhookTo(answering(200, '{"principal":"ada","access":"read","holdsMs":2000}'))
    expect(await authorize(request)).toMatchObject({ holdsMs: 2_000 })
  })

  it.each([401, 403, 404])('refuses for good with status %i', async (status) => {
    const authorize = await webhookTo(answering(status, 'no'))
    expect(await authorize(request)).toEqual({ refused: 'no access to this document' })
  })

  it.each([
    [500, '{"principal":"ada","access":"read"}'],
    [204, ''],
    [200, ''],
    [200, '<html>'],
    [200, 'null'],
    [200, '{"principal":"ada"}'],
    [200, '{"principal":"ada","access":"admin"}'],
    [200, '{"principal":7,"access":"read"}'],
    [200, `{"principal":"ada","access":"read","pad":"${'x'.repeat(answerBytesMax)}"}`],
  ])('is unavailable, not a refusal, with status %i and %.60s', async (status, body) => {
    const authorize = await webhookTo(answering(status, body))
    await expect(authorize(request)).rejects.toMatchObject({ code: 'access/unavailable' })
  })

  it('is never followed elsewhere', async () => {
    const authorize = await webhookTo(answering(302, '', { location: 'http://127.0.0.1:1/' }))
    await expect(authorize(request)).rejects.toThrow('fetch failed')
  })

  it('that does not answer in time is unavailable', async () => {
    const authorize = await webhookTo(() => {}, { timeoutMs: 20 })
    await expect(authorize(request)).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
