// What this person gave back to the centre in this tab: the page of the case is closed to them from then on, and says why; the desk says it once.
import { RefusedError } from '@/live/connection'

const KEY = 'heyi.givenBack'
type Kept = Record<string, string>
const kept = (): Kept => JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Kept
const put = (all: Kept): void => sessionStorage.setItem(KEY, JSON.stringify(all))
const place = (who: string, id: string): string => `${who}/${id}`

export function noteGivenBack(who: string, id: string, title: string): void {
  put({ ...kept(), [place(who, id)]: title, [who]: title })
}

/** The title of what was given back last, for the desk: told once. */
export function takeGivenBack(who: string): string {
  const { [who]: title = '', ...rest } = kept()
  put(rest)
  return title
}

/** Why the page of a case cannot be opened. `code`: by which its topic was closed. */
export function whyGone(who: string, id: string, code = ''): RefusedError {
  if (['taken_by_centre', 'order_lapsed', 'order_taken'].includes(code)) return new RefusedError(code, '')
  return new RefusedError(place(who, id) in kept() ? 'given_back' : 'no_case', '')
}
