import { expect, it } from 'vitest'
import { asidePage } from './aside-page.ts'

it('copies kept aside are one page, the newest first', () => {
  const page = asidePage('notes', [
    { timeMs: 0, html: '<p>old</p>' },
    { timeMs: 86_400_000, html: '<p>new</p>' },
  ])
  expect(page.indexOf('<p>new</p>')).toBeLessThan(page.indexOf('<p>old</p>'))
  expect(page).toContain('1970-01-02T00:00:00.000Z')
})

it('the name of a document is no markup in the page of its copies', () => {
  const page = asidePage('<script>alert("&")</script>', [])
  expect(page).not.toContain('<script>')
  expect(page).toContain('<h1>&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</h1>')
})
