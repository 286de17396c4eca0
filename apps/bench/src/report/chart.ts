export interface Bar {
  readonly label: string
  readonly value: number
  /** As it is written beside the bar. */
  readonly text: string
  readonly kind: 'own' | 'peer' | 'limit'
}

/** Bars on one scale of their own, from zero. */
export interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const width = 760
const labelWidth = 245
const textWidth = 90
const barHeight = 16
const rowHeight = 22
const titleHeight = 30
const panelGap = 14
const margin = 16

/**
 * A static picture of horizontal bars, one panel below the other. It names its colours for light and dark pages, and
 * needs no script and no font.
 */
export function drawChart(title: string, panels: readonly Panel[]): string {
  const parts: string[] = [text(margin, margin + 14, title, 'title')]
  let y = margin + titleHeight
  for (const panel of panels) {
    parts.push(text(margin, y + 13, panel.title, 'panel'))
    y += rowHeight
    const most = Math.max(...panel.bars.map(({ value }) => value))
    const scale = most > 0 ? barWidthMax / most : 0
    for (const bar of panel.bars) {
      parts.push(...drawBar(bar, y, scale))
      y += rowHeight
    }
    y += panelGap
  }
  return svg(y, title, parts)
}

const barWidthMax = width - labelWidth - textWidth - 2 * margin

function drawBar({ label, value, text: written, kind }: Bar, y: number, scale: number): string[] {
  const x = margin + labelWidth
  const length = Math.max(1, value * scale)
  return [
    text(x - 8, y + 13, label, `label ${kind}`, 'end'),
    `<rect x="${x}" y="${y}" width="${round(length)}" height="${barHeight}" rx="2" class="bar ${kind}"/>`,
    text(round(x + length + 6), y + 13, written, 'value'),
  ]
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .panel { font-weight: 600 }
  .label.own { font-weight: 600 }
  .value { fill: #57606a }
  .page { fill: #ffffff }
  .bar.own { fill: #0b7285 }
  .bar.peer { fill: #adb5bd }
  .bar.limit { fill: none; stroke: #868e96; stroke-dasharray: 3 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .value { fill: #9da7b3 } .page { fill: #0d1117 }
    .bar.own { fill: #22b8cf } .bar.peer { fill: #6e7681 }
  }
</style>
<rect class="page" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`
}

function text(x: number, y: number, content: string, kind: string, anchor = 'start'): string {
  return `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escape(content)}</text>`
}

function escape(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
