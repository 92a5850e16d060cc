// The offline worker, built to /sw.js: a page opens without a network where it was opened before. Each of those pages has its own, by the scope it was registered for.
// A newer one does not push itself in front: it takes over when no page of the older one is open, which so keeps its files.
import { dropOthers, file, keep, page, type Version } from './keep'
import { ours, pageOf, type Page } from './rule'

/** Put in by the build: the version's name, and what each page needs. */
declare const __VERSION__: { name: string; files: Record<Page, string[]> }
const built = __VERSION__

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
  registration: { scope: string }
  clients: { claim: () => Promise<void> }
  addEventListener: ((type: 'install' | 'activate', heard: (event: Lasting) => void) => void) & ((type: 'fetch', heard: (event: Fetching) => void) => void)
}

const own = pageOf(worker.registration.scope)
if (own) serve({ page: own, name: built.name, files: built.files[own] })

function serve(version: Version): void {
  worker.addEventListener('install', (event) => event.waitUntil(keep(version)))
  // The page that was open first has its files too, such as those of the other language.
  worker.addEventListener('activate', (event) => event.waitUntil(dropOthers(version).then(() => worker.clients.claim())))
  worker.addEventListener('fetch', (event) => {
    const kind = ours(event.request, worker.location.origin, version.page)
    if (kind === 'page') event.respondWith(page(event.request, version))
    else if (kind === 'file') event.respondWith(file(event.request, version))
  })
}
