// Away to the identity provider, and what it brought back: the server sends the browser to one of our pages, with a code where something was refused.
import { RefusedError } from '@/live/connection'

/** Of the page's address: what was refused, null where nothing was. What stands there is a code, for which we have a sentence, or it says nothing. */
export function refusedAt(query: string): RefusedError | null {
  const said = new URLSearchParams(query)
  const code = said.get('refused') ?? ''
  return /^[a-z_]{2,40}$/.test(code) ? new RefusedError(code, code, { seconds: Number(said.get('seconds')) || 1 }) : null
}

/** Whether the provider should ask who it is, although somebody is signed in there: it was the wrong one. */
export const wrongPerson = (error: unknown): boolean => error instanceof RefusedError && ['oidc_not_linked', 'account_disabled', 'oidc_taken'].includes(error.code)
