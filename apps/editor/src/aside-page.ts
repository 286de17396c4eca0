/** A copy of a document that was kept aside. */
export interface Copy {
  readonly timeMs: number
  /** As the editor's schema writes it, and nothing else. */
  readonly html: string
}

/** The copies as one page that any browser shows without this editor: the newest first. */
export function asidePage(document: string, copies: readonly Copy[]): string {
  const title = escapeHtml(document)
  const sections = [...copies]
    .sort((a, b) => b.timeMs - a.timeMs)
    .map(
      ({ timeMs, html }) =>
        `<h2>Kept aside ${new Date(timeMs).toISOString()}</h2>\n<section>${html}</section>`,
    )
  const head = `<!doctype html>\n<html>\n<meta charset="utf-8">\n<title>${title}</title>`
  return `${head}\n<h1>${title}</h1>\n${sections.join('\n')}\n</html>\n`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
