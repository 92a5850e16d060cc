// What the desk says of cases in a sentence, each with the list that it counts: told and listed by one rule.
import { dueSoon, isOver } from '@/cases/due'
import type { CaseRow } from '@/live/docs'
import { overdueOf } from '@/performance/performing'

type Rule = (row: CaseRow, now: number) => boolean
const runs = (row: CaseRow): boolean => Boolean(row.due) && ['accepted', 'mediating'].includes(row.stage)
export const ONLIES = {
  near: (row, now) => runs(row) && dueSoon(row.due!, now),
  over: (row, now) => runs(row) && isOver(row.due!, now),
  late: (row, now) => overdueOf(row, now),
  unhappy: (row) => Boolean(row.unhappy),
  unfiled: (row) => Boolean(row.unfiled),
} satisfies Record<string, Rule>
export type Only = keyof typeof ONLIES
export const isOnly = (name: unknown): name is Only => typeof name === 'string' && name in ONLIES

/** A sentence, and where it leads: to the one case that it speaks of, to the list of several, to a place on the page. */
export interface Said {
  text: string
  to?: string
}

/** How many there are, and the way to them. */
export function countOf(only: Only, rows: Record<string, CaseRow>, now: number): { count: number; to: string } {
  const ids = Object.keys(rows).filter((id) => ONLIES[only](rows[id]!, now))
  return { count: ids.length, to: ids.length === 1 ? `/case/${ids[0]}` : `/desk/cases?only=${only}` }
}
