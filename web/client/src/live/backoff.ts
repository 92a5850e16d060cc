// When to come back. Pure: the server's close code and reason, how often it failed, and a random number in [0, 1) make a pause.

/** Codes after which the page reconnects by itself; 1005 and 1006 are a line that was cut without a word. */
const COME_BACK = new Set([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4429, 4503])
const SLOW = 4503

export const FIRST_DELAY = 300
export const LONGEST_DELAY = 15_000
const LONGEST_WISH = 120_000

export function comesBack(code: number): boolean {
  return COME_BACK.has(code)
}

/** Milliseconds that the server asks to stay away, from a reason that ends in `after=N`; 0 when it asks nothing. */
export function wish(reason: string): number {
  const found = /after=(\d{1,7})$/.exec(reason)
  return found ? Math.min(LONGEST_WISH, Number(found[1])) : 0
}

/** Milliseconds until the next attempt. Full jitter, so that many who were cut in one moment do not return in another one. */
export function pause(code: number, reason: string, attempts: number, random: number): number {
  const asked = wish(reason)
  if (asked) return asked + random * 500
  const ceiling = code === SLOW ? FIRST_DELAY : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempts, 10))
  return FIRST_DELAY / 3 + random * ceiling
}
