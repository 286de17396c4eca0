/** Why targets are out of reach, or not reached yet, with the evidence. */
export interface Finding {
  /** As the report numbers them: `B1.2`. */
  readonly targets: readonly string[]
  readonly title: string
  readonly text: string
}

/** From apps/bench/FINDINGS.md: sections `## B1.2, B2.1: title`. */
export function readFindings(markdown: string): readonly Finding[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n')
      const [ids = ''] = title.split(':')
      return { targets: ids.split(', '), title, text: lines.join('\n').trim() }
    })
}
