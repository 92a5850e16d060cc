// Whether somebody whose seat is taken is there: pure.
import type { LiveDoc } from '@/live/docs'

/** Nobody has the room open on this seat. A device has no page; whoever is still heard and seen is on the way back; before the flags have come nothing is known. */
export function gone(live: LiveDoc, seat: string, role: string): boolean {
  if (role === 'device' || !live.seats) return false
  const flags = live.seats[seat]
  return !flags?.online && flags?.up !== true
}
