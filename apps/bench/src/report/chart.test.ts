import { expect, it } from 'vitest'
import { type Bar, drawChart } from './chart.ts'

const bar = (label: string, value: number): Bar => ({ label, value, text: `${value}`, kind: 'own' })

function lengthsIn(svg: string): number[] {
  return [...svg.matchAll(/width="([\d.]+)" height="16" rx/g)].map(([, length]) => Number(length))
}

/** Every element that opens closes, in order: enough for what this writer writes. */
function openElements(svg: string): string[] {
  const open: string[] = []
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (close === '/') expect(open.pop()).toBe(name)
    else if (self !== '/') open.push(name as string)
  }
  return open
}

it('bars are as long as their values, each panel on a scale of its own', () => {
  const svg = drawChart('t', [
    { title: 'a', bars: [bar('x', 100), bar('y', 50)] },
    { title: 'b', bars: [bar('x', 0.2), bar('y', 0.1)] },
  ])
  const [a = 0, b = 0, c = 0, d = 0] = lengthsIn(svg)
  expect(a).toBeCloseTo(2 * b, 0)
  expect(c).toBe(a)
  expect(d).toBe(b)
})

it('the picture is well formed, whatever the labels hold', () => {
  const svg = drawChart('<b> & "c"', [{ title: 'a < b', bars: [bar('</text>', 1)] }])
  expect(openElements(svg)).toEqual([])
  expect(svg).toContain('&lt;/text&gt;')
})

it('nothing measured is drawn as next to nothing, not as NaN', () => {
  const svg = drawChart('t', [{ title: 'a', bars: [bar('x', 0)] }])
  expect(lengthsIn(svg)).toEqual([1])
})
