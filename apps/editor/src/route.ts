import { type DocumentId, isDocumentId } from '@tidemark/base'

export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'editor'; readonly document: DocumentId }
  | { readonly page: 'demo'; readonly document: DocumentId }

/** What the page at this path shows. What names no document leads to the start page. */
export function parseRoute(pathname: string): Route {
  const match = /^\/(d|demo)\/(.+)$/s.exec(pathname)
  const id = match?.[2] === undefined ? null : decodePath(match[2])
  if (id === null || !isDocumentId(id)) return { page: 'start' }
  return { page: match?.[1] === 'demo' ? 'demo' : 'editor', document: id }
}

export function editorPath(document: DocumentId): string {
  return `/d/${encodePath(document)}`
}

export function demoPath(document: DocumentId): string {
  return `/demo/${encodePath(document)}`
}

/** Slashes stay readable: `notes/today` is an id like any other. */
function encodePath(id: DocumentId): string {
  return id.split('/').map(encodeURIComponent).join('/')
}

function decodePath(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}
