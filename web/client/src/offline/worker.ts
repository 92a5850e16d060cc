// The offline worker, built to /sw.js: the report page opens without a network where it was opened before.
// A newer one does not push itself in front: it takes over when no page of the older one is open, which so keeps its files.
import { dropOthers, file, keep, page, type Version } from './keep'
import { ours } from './rule'

/** Put in by the build. */
declare const __VERSION__: Version
const version = __VERSION__

/** As much of a worker's world as is used here; the client is compiled against that of a window. */
interface Lasting {
  waitUntil: (done: Promise<unknown>) => void
}
interface Fetching {
  request: Request
  respondWith: (answer: Promise<Response>) => void
}
const worker = self as unknown as {
  location: Location
  clients: { claim: () => Promise<void> }
  addEventListener: ((type: 'install' | 'activate', heard: (event: Lasting) => void) => void) & ((type: 'fetch', heard: (event: Fetching) => void) => void)
}

worker.addEventListener('install', (event) => event.waitUntil(keep(version)))
// The page that was open first has its files too, such as those of the other language.
worker.addEventListener('activate', (event) => event.waitUntil(dropOthers(version).then(() => worker.clients.claim())))
worker.addEventListener('fetch', (event) => {
  const kind = ours(event.request, worker.location.origin)
  if (kind === 'page') event.respondWith(page(event.request, version))
  else if (kind === 'file') event.respondWith(file(event.request, version))
})
