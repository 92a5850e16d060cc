// Deadlines in days of the county's calendar.
const ZONE = 'Asia/Shanghai'
const date = (moment: number | string): number =>
  Date.parse(new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(moment)))

/** Midnights between now and then: 0 is today, negative is over. */
export const daysUntil = (iso: string, now: number): number => Math.round((date(iso) - date(now)) / 86_400_000)

/** What counts as 三天内到期 everywhere, on the wall too (web/wall.py): not over yet, and at most three midnights away. */
export const SOON_DAYS = 3
export const isOver = (iso: string, now: number): boolean => new Date(iso).getTime() < now
export const dueSoon = (iso: string, now: number): boolean => !isOver(iso, now) && daysUntil(iso, now) <= SOON_DAYS

/** Whether a term of the mediation runs: that of a case that was taken over runs on while it is back at the centre. */
export const termRuns = (row: { stage: string; due?: string }): row is { stage: string; due: string } => Boolean(row.due) && ['reported', 'dispatched', 'accepted', 'mediating'].includes(row.stage)

/** Key under `words.due`, and the number in it. */
export function dueWords(iso: string, now: number): { key: string; days: number; near: boolean } {
  const days = daysUntil(iso, now)
  const over = isOver(iso, now)
  const key = over ? (days < 0 ? 'over' : 'today') : days === 0 ? 'today' : days === 1 ? 'tomorrow' : 'left'
  return { key: `words.due.${key}`, days: Math.abs(days), near: over || dueSoon(iso, now) }
}
