// Appointments: what is still to come, and how it is told.
import type { CaseRow, SlotDoc } from '@/live/docs'
import { clock, day, dayOf } from '@/moments'

export interface Caution {
  time: number
  caution: 'hours' | 'day_off' | 'clash'
  name: string
}

/** Why somebody might not want this time. */
export const cautionWords = (one: Caution, t: (key: string, values: Record<string, unknown>) => string): string =>
  t(`schedule.cautions.${one.caution}${one.caution === 'day_off' && one.name ? '_named' : ''}`, { name: one.name })

export const TIMES = 5
export const LENGTHS = [30, 60, 90, 120, 180, 240]
/** Of the workbench. */
export const DAYS = 7
const ZONE = 'Asia/Shanghai'

export const endOf = (slot: SlotDoc): number => Date.parse(slot.start) + slot.minutes * 60_000
/** Begun or to come. */
export const holds = (slot: SlotDoc | undefined, now: number): slot is SlotDoc => slot !== undefined && endOf(slot) > now

const weekday = (iso: string, language: string): string => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', { timeZone: ZONE, weekday: 'short' }).format(new Date(iso))
/** 12月3日 周四 09:00 */
export const when = (iso: string, language: string): string => `${day(iso, language)} ${weekday(iso, language)} ${clock(iso, language)}`
/** As a field of a form has it: 2026-12-03T09:00, by the county's clocks. */
export const local = (iso: string): string => `${dayOf(Date.parse(iso))}T${clock(iso, 'zh')}`

export interface Meeting {
  id: string
  row: CaseRow
  slot: SlotDoc
}

/** What is fixed for today and the next days, by day, the earliest first. */
export function days(rows: Record<string, CaseRow>, now: number): [string, Meeting[]][] {
  const last = dayOf(now + (DAYS - 1) * 86_400_000)
  const found = Object.entries(rows)
    .flatMap(([id, row]) => (row.appointment && holds(row.appointment, now) && dayOf(Date.parse(row.appointment.start)) <= last ? [{ id, row, slot: row.appointment }] : []))
    .sort((a, b) => a.slot.start.localeCompare(b.slot.start))
  const grouped = new Map<string, Meeting[]>()
  for (const meeting of found) {
    const on = dayOf(Date.parse(meeting.slot.start))
    grouped.set(on, [...(grouped.get(on) ?? []), meeting])
  }
  return [...grouped]
}
