import { expect, test } from 'vitest'
import { routeOf } from './route.ts'

const paths = { path: '/', yWebsocketPath: '/y', tokenParameter: 'token' }
const native = { dialect: 'native' }
const stock = (document: string, token = '') => ({ dialect: 'y-websocket', document, token })

test.each([
  ['/', 'tidemark.v1', native],
  ['/anywhere', 'chat, tidemark.v1', native],
  ['/y/room', 'tidemark.v1', native],
  ['/y/room', undefined, stock('room')],
  ['/y/room', 'chat', stock('room')],
  ['/y/a/b?token=se%20cret&x=1', undefined, stock('a/b', 'se cret')],
  ['/y/%C3%BC', undefined, stock('%C3%BC')],
  ['/y/', undefined, stock('')],
  ['/y', undefined, stock('')],
  ['/yes/room', undefined, null],
  ['/room', undefined, null],
])('[YWS1] %s with subprotocols %s', (url, offered, expected) => {
  expect(routeOf(url, offered, paths)).toEqual(expected)
})

test('a mount point keeps to itself', () => {
  const under = { ...paths, path: '/sync/', yWebsocketPath: '/sync' }
  expect(routeOf('/sync', 'tidemark.v1', under)).toEqual(native)
  expect(routeOf('/', 'tidemark.v1', under)).toBeNull()
  expect(routeOf('/sync/room', undefined, under)).toEqual(stock('room'))
})
