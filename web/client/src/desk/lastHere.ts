// Who of staff was signed in last on this device, and did not sign out: without a network the page of 登记 opens as theirs. Nothing of a case, and no right to anything: the server asks who it is.
import type { Who } from '@/live/door'

export interface LastHere {
  who: Who
  /** The session's handle, which a tab names. */
  as: string
  /** When the server said so last, ms since 1970. */
  seen: number
}

const KEY = 'heyi.staff'
const DAY = 24 * 60 * 60_000
/** Days for which the page opens so. A sign-in lasts hours: what is sent later waits for the next one. */
export const OPENS_DAYS = 3

export function noteHere(who: Who, as: string, now = Date.now()): void {
  try {
    const { kind, id, name, role, region } = who
    localStorage.setItem(KEY, JSON.stringify({ who: { kind, id, name, role, region }, as, seen: now } satisfies LastHere))
  } catch {
    // A private window may forbid it: then the page opens with a network only.
  }
}

/** Null where nobody was here, or too long ago. Its clock may have been put back: then too. */
export function lastHere(now = Date.now()): LastHere | null {
  try {
    const last = JSON.parse(localStorage.getItem(KEY) ?? 'null') as LastHere | null
    return last?.who?.id && Math.abs(now - last.seen) <= OPENS_DAYS * DAY ? last : null
  } catch {
    return null
  }
}

/** Whose session ended here, however long ago. */
export function lastAccount(): string {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? 'null') as LastHere | null)?.who?.id ?? ''
  } catch {
    return ''
  }
}

/** What an account may enter, as last seen. */
export const enteredBy = (account: string): string => `heyi.intake.${account}`

/** Somebody signs in: until the server has said who, the device opens nothing as anybody's. */
export const forgetLast = (): void => localStorage.removeItem(KEY)

/** Signed out: the device opens nothing as theirs any more. */
export function forgetHere(account: string): void {
  forgetLast()
  localStorage.removeItem(enteredBy(account))
}
