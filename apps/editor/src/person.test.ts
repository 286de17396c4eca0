import { describe, expect, it } from 'vitest'
import {
  cleanName,
  colorBeside,
  colorOf,
  loadPerson,
  parsePerson,
  personColors,
  personNameCharactersMax,
  savePerson,
} from './person.ts'
import { memoryStorage } from './testing/memory-storage.ts'

const paper = { light: '#ffffff', dark: '#1c2128' }

describe('the colours of people', () => {
  it.each(personColors)('%s carries white letters and is seen on both papers', (color) => {
    expect(contrast(color, '#ffffff')).toBeGreaterThan(4.5)
    expect(contrast(color, paper.light)).toBeGreaterThan(3)
    expect(contrast(color, paper.dark)).toBeGreaterThan(3)
  })

  it('follow from the name', () => {
    expect(colorOf('Calm Heron')).toBe(colorOf('Calm Heron'))
    const colors = new Set(Array.from({ length: 100 }, (_, n) => colorOf(`Heron ${n}`)))
    expect(colors.size).toBe(personColors.length)
  })
})

describe('the colour beside others', () => {
  const [red, brown, ...rest] = personColors

  it('is the own while nobody present has it', () => {
    expect(colorBeside(red, [], () => 0)).toBe(red)
    expect(colorBeside(red, [brown, brown], () => 0)).toBe(red)
  })

  it('is one that nobody present has', () => {
    expect(colorBeside(red, [red], () => 0)).toBe(brown)
    expect(colorBeside(red, [red, ...rest], () => 0.99)).toBe(brown)
  })

  it('is the own when all are taken, and among colours of other editors', () => {
    expect(colorBeside(red, personColors, () => 0)).toBe(red)
    expect(colorBeside(red, ['#123456'], () => 0)).toBe(red)
  })
})

describe('who sits at a tab', () => {
  it('is somebody new once, and the same again after a reload', () => {
    const storage = memoryStorage()
    const first = loadPerson(storage, '', () => 0.3)
    expect(loadPerson(storage, '', () => 0.9)).toEqual(first)
  })

  it('is named by the address for this tab alone', () => {
    const storage = memoryStorage()
    savePerson(storage, { name: 'Stored', color: '#c93620' })
    expect(loadPerson(storage, '?name=Ada%20L', () => 0).name).toBe('Ada L')
    expect(loadPerson(storage, '', () => 0).name).toBe('Stored')
  })

  it('is somebody new when what was stored makes no sense', () => {
    const storage = memoryStorage()
    storage.setItem('tidemark:person', '{"name":')
    expect(loadPerson(storage, '', () => 0).name).toBe('Amber Avocet')
  })
})

describe('a person as somebody else wrote it', () => {
  it.each([
    [null, null],
    ['Ada', null],
    [{ name: '', color: '#123456' }, null],
    [{ name: ' \n ', color: '#123456' }, null],
    [{ name: 7 }, null],
    [
      { name: 'Ada', color: '#12345G' },
      { name: 'Ada', color: colorOf('Ada') },
    ],
    [
      { name: 'Ada', color: 'red;background:url(x)' },
      { name: 'Ada', color: colorOf('Ada') },
    ],
    [
      { name: 'Ada', color: '#123456' },
      { name: 'Ada', color: '#123456' },
    ],
    [
      { name: 'x'.repeat(1000) },
      { name: 'x'.repeat(personNameCharactersMax), color: colorOf('x'.repeat(1000)) },
    ],
  ])('%j', (value, person) => {
    expect(parsePerson(value)).toEqual(person)
  })

  it('keeps whole characters at the limit', () => {
    expect(cleanName('😀'.repeat(50))).toBe('😀'.repeat(personNameCharactersMax))
  })
})

/** WCAG 2.2, "contrast ratio" and "relative luminance". */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}
