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

/** Whether this tab has had a session, as one has not that was opened from another, or by a pasted address. */
export const named = (): boolean => sessionStorage.getItem(KEY) !== null

/** A page that is opened by an address which names no session: the kind of page, and of what. A step within a page opens nothing, and must not wait for an answer:
    another one could overtake it. Of staff's pages one in a tab that is nobody's yet. */
export function namelessPage(to: Place, from: Place): [page: string, of: string] | null {
  if (/^\/(desk|case)(\/|$)/.test(to.path)) return to.query.as || named() ? null : ['desk', '']
  const [, page, of] = /^\/(own|mine|join)\/([^/]+)$/.exec(to.path) ?? []
  return page && of && !to.query.as && to.path !== from.path ? [page, of] : null
}
