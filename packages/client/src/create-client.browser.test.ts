import { expect, test } from 'vitest'
import { type Client, createClient } from './index.ts'

/** Nobody listens there: the device is all there is. */
const nowhere = 'ws://127.0.0.1:9'

function open(name: string, errors: string[] = []): Client {
  return createClient({ url: nowhere, name, onError: ({ code }) => errors.push(code) })
}

test('[STA1] in a browser, an edit is on the device, and there after a reload', async () => {
  const name = crypto.randomUUID()
  const first = open(name)
  const document = first.open('notes')
  await document.loaded
  document.doc.getText('t').insert(0, 'hello')
  expect(document.status.edits).toBe('in-memory')
  await expect.poll(() => document.status.edits, { interval: 5 }).toBe('on-device')
  // The page is gone without a word; another one opens.
  const second = open(name)
  const again = second.open('notes')
  await again.loaded
  expect(again.doc.getText('t').toString()).toBe('hello')
  expect(again.status).toMatchObject({ edits: 'on-device', unsaved: 1 })
  await first.close()
  await second.close()
})

test('a page that is hidden writes at once', async () => {
  const client = open(crypto.randomUUID())
  const handle = client.open('notes')
  await handle.loaded
  window.dispatchEvent(new Event('pagehide'))
  const written = new Promise<void>((resolve) => {
    handle.subscribe(() => {
      if (handle.status.edits === 'on-device') resolve()
    })
  })
  handle.doc.getText('t').insert(0, 'x')
  await written
  await client.close()
})

test('a relay that cannot be reached is no error: the edits wait', async () => {
  const errors: string[] = []
  const client = open(crypto.randomUUID(), errors)
  const document = client.open('notes')
  await expect.poll(() => document.status.connection).toBe('offline')
  expect(document.status.error).toBeNull()
  expect(errors).toEqual([])
  await client.close()
  expect(document.status.connection).toBe('closed')
})
