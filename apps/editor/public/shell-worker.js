// Keeps the page itself, so that a reload works while the relay that serves it is down. Documents are not its business:
// they are in IndexedDB, and WebSockets do not pass here.
//
//     navigation    the network first; the kept page when there is none
//     /assets/...   what is kept first: the names carry a hash of their content
//     all else      not touched

const shell = 'tidemark-shell'
const page = '/'

addEventListener('install', (event) => {
  skipWaiting()
  event.waitUntil(fetch(page).then(keep))
})

addEventListener('activate', (event) => event.waitUntil(clients.claim()))

addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== location.origin || request.method !== 'GET') return
  if (request.mode === 'navigate' && isPage(pathname)) event.respondWith(openPage(event))
  else if (pathname.startsWith('/assets/')) event.respondWith(openAsset(request))
})

function isPage(pathname) {
  return /^\/($|d\/|demo\/)/.test(pathname)
}

async function openPage(event) {
  try {
    const response = await fetch(event.request)
    // A proxy in front of a relay that is down answers for it.
    if (response.status >= 500) throw new Error(`status ${response.status}`)
    if (response.ok) event.waitUntil(keep(response.clone()))
    return response
  } catch (error) {
    const kept = await caches.match(page)
    if (kept) return kept
    throw error
  }
}

async function openAsset(request) {
  return (await caches.match(request)) ?? fetch(request)
}

/** Keeps a page with the assets it names, then drops those of earlier builds. The page is stored last: never half. */
async function keep(response) {
  if (!response.ok) return
  const text = await response.clone().text()
  const assets = new Set(text.match(/\/assets\/[^"]+/g))
  const cache = await caches.open(shell)
  const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname))
  await cache.addAll([...assets].filter((asset) => !kept.has(asset)))
  await cache.put(page, response)
  for (const path of kept) if (path !== page && !assets.has(path)) await cache.delete(path)
}
