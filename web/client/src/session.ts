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
