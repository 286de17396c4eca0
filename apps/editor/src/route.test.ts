import { describe, expect, it } from 'vitest'
import { demoPath, editorPath, parseRoute } from './route.ts'

describe('the path of a page', () => {
  it.each([
    ['/', { page: 'start' }],
    ['/d/', { page: 'start' }],
    ['/d/%', { page: 'start' }],
    ['/d/%00', { page: 'start' }],
    [`/d/${'x'.repeat(513)}`, { page: 'start' }],
    ['/else/notes', { page: 'start' }],
    ['/d/notes', { page: 'editor', document: 'notes' }],
    ['/d/notes/today', { page: 'editor', document: 'notes/today' }],
    ['/d/gr%C3%BC%C3%9Fe%20100%25', { page: 'editor', document: 'grüße 100%' }],
    ['/demo/notes', { page: 'demo', document: 'notes' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route)
  })

  it.each(['notes', 'notes/today', 'grüße 100%', 'a?b#c', '/leading', 'trailing/', '😀'])(
    'leads back to the document %s',
    (document) => {
      const through = (path: string) => new URL(path, 'http://localhost').pathname
      expect(parseRoute(through(editorPath(document)))).toEqual({ page: 'editor', document })
      expect(parseRoute(through(demoPath(document)))).toEqual({ page: 'demo', document })
    },
  )
})
