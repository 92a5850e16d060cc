// Which session this tab belongs to. Several people's pages can be open in one browser; each tab remembers its own.
const KEY = 'heyi.as'

export function tab(): string {
  const named = new URLSearchParams(location.search).get('as')
  if (named) sessionStorage.setItem(KEY, named)
  return named ?? sessionStorage.getItem(KEY) ?? 'main'
}

export function setTab(handle: string): void {
  sessionStorage.setItem(KEY, handle)
}

interface Place {
  path: string
  query: Record<string, unknown>
}

/** A page of somebody without an account that is opened by an address which names no session: the kind of page, and of what. A step within a page opens nothing, and must
    not wait for an answer: another one could overtake it. */
export function namelessPage(to: Place, from: Place): [page: string, of: string] | null {
  const [, page, of] = /^\/(own|mine|join)\/([^/]+)$/.exec(to.path) ?? []
  return page && of && !to.query.as && to.path !== from.path ? [page, of] : null
}
