// What an offline worker keeps: the document and the files of one version of its page, each version in a cache of its own. Nothing that a person wrote or was told.
import { INTAKE, PATIENCE, REPORT, type Page } from './rule'

/** Caches of all versions of a page; the rest of the name is the version's. */
const OURS = { [REPORT]: 'report-', [INTAKE]: 'intake-' } as const

export interface Version {
  page: Page
  name: string
  files: readonly string[]
}

const nameOf = ({ page, name }: Version): string => OURS[page] + name
const cacheOf = (version: Version): Promise<Cache> => caches.open(nameOf(version))

/** The files that a document loads before it shows anything. */
const loadedBy = (html: string): string[] => [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map((found) => found[1]!)

async function fetched(path: string, cache: RequestCache): Promise<Response> {
  const answer = await fetch(path, { cache })
  // A sign-in page of the network's owner is no answer of this site.
  if (!answer.ok || answer.redirected) throw new Error(`${path} was not answered`)
  return answer
}

/** All of a version, or none: rejects where a file is missing or the document is of another version, and what was kept before stays. */
export async function keep(version: Version): Promise<void> {
  const begun = await caches.has(nameOf(version))
  const cache = await cacheOf(version)
  try {
    const document = await fetched(version.page, 'no-cache')
    const loaded = loadedBy(await document.clone().text())
    if (loaded.length === 0 || loaded.some((file) => !version.files.includes(file))) throw new Error('The page is of another version')
    // The page has loaded most of them a moment ago: they come out of the browser's own cache.
    await Promise.all(version.files.map(async (file) => (await cache.match(file)) ?? cache.put(file, await fetched(file, 'default'))))
    await cache.put(version.page, document)
  } catch (error) {
    // Where only the worker itself has changed, the one before still answers out of this cache.
    if (!begun) await caches.delete(nameOf(version))
    throw error
  }
}

/** When no page of an older version is open any more. */
export async function dropOthers(version: Version): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((one) => one.startsWith(OURS[version.page]) && one !== nameOf(version)).map((one) => caches.delete(one)))
}

/** The network's document; what is kept where there is none, the server is down or the line stalls. */
export async function page(request: Request, version: Version): Promise<Response> {
  const network = fetch(request).catch(() => null)
  let timer = 0 as unknown as ReturnType<typeof setTimeout>
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), PATIENCE)))
  const answer = await Promise.race([network, late])
  clearTimeout(timer)
  if (answer && answer.status < 500) return answer
  const kept = await (await cacheOf(version)).match(version.page, { ignoreVary: true })
  return kept ?? answer ?? (await network) ?? Response.error()
}

/** What is kept of this version; a page of a newer one, which waits, has the network for its own. */
export async function file(request: Request, version: Version): Promise<Response> {
  return (await (await cacheOf(version)).match(request, { ignoreVary: true })) ?? fetch(request)
}
