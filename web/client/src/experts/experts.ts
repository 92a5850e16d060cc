// The pool of experts as pages have it: rows, filters, and hours in plain words.
import { DISPUTE_TYPES } from '@/vocabulary'

export const KINDS = ['grid_worker', 'mediator', 'psychologist', 'lawyer', 'retired_judge', 'doctor', 'engineer', 'trade'] as const
export const MEDIATIONS = ['people', 'administrative', 'judicial'] as const
export const TONGUES = ['mandarin', 'dialect', 'other'] as const
export const SPECIALITIES = Object.keys(DISPUTE_TYPES)
export const DAYS = [0, 1, 2, 3, 4, 5, 6] as const
export const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
export type Week = number[][]

export interface Entry {
  name: string
  kind: string
  mediation: string
  region: string
  phone: string
  specialities: string[]
  languages: string[]
  spoken: string
  employer: string
  week: Week
  away_until: string
  listed: boolean
}

export interface Reason {
  code: string
  word?: string
  count?: number
  of?: number
}

export interface ExpertRow extends Entry {
  id: string
  revision: number
  region_name: string
  open: number
  sessions: number
  rating: { mean: number; count: number } | null
  reasons: Reason[]
}

export interface Pool {
  rows: ExpertRow[]
  left_out: { id: string; code: string; word?: string; name: string }[]
  total: number
  regions: { code: string; name: string }[]
  duties: string[]
  /** What the case is about, where one was named. */
  type?: string
}

export interface Filters {
  words: string
  kind: string
  mediation: string
  speciality: string
  language: string
  region: string
  free: boolean
  at: string
}

export const nothingSought = (): Filters => ({ words: '', kind: '', mediation: '', speciality: '', language: '', region: '', free: false, at: '' })

/** The query of the filters that say something. `at`: as a field of day and clock has it, in the county's time. */
export function queryOf(sought: Filters, page: number, caseId = ''): string {
  const query = new URLSearchParams({ page: String(page) })
  for (const name of ['words', 'kind', 'mediation', 'speciality', 'language', 'region'] as const) if (sought[name].trim()) query.set(name, sought[name].trim())
  if (sought.free) query.set('free', '1')
  if (sought.at) query.set('at', countyMoment(sought.at))
  if (caseId) query.set('case', caseId)
  return query.toString()
}

/** "2026-03-18T14:30" of the county's clock, with its zone. */
export const countyMoment = (local: string): string => (local ? `${local.slice(0, 16)}:00+08:00` : '')

/** Hours of a day as stretches: [9, 10, 14] → [[9, 11], [14, 15]]. */
export function stretches(hours: number[]): [number, number][] {
  const found: [number, number][] = []
  for (const hour of [...hours].sort((a, b) => a - b)) {
    const last = found.at(-1)
    if (last && last[1] === hour) last[1] = hour + 1
    else found.push([hour, hour + 1])
  }
  return found
}

/** Days with the same hours together, in the order of the week; days without any are left out. */
export function weekLines(week: Week): { days: number[]; hours: [number, number][] }[] {
  const lines: { days: number[]; hours: [number, number][] }[] = []
  week.forEach((hours, day) => {
    if (!hours.length) return
    const same = lines.find((line) => JSON.stringify(line.hours) === JSON.stringify(stretches(hours)))
    if (same) same.days.push(day)
    else lines.push({ days: [day], hours: stretches(hours) })
  })
  return lines
}

/** Days that follow one another as stretches: [0, 1, 2, 5] → [[0, 2], [5, 5]]. */
export const dayStretches = (days: number[]): [number, number][] => stretches(days).map(([from, to]) => [from, to - 1])

/** An hour of a day on or off. */
export function toggled(week: Week, day: number, hour: number): Week {
  return week.map((hours, at) => (at !== day ? hours : hours.includes(hour) ? hours.filter((one) => one !== hour) : [...hours, hour].sort((a, b) => a - b)))
}

/** 420 → "4.2" */
export const mean = (hundredths: number): string => (hundredths / 100).toFixed(1)
