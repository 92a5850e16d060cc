// What a recording is made of, on one time axis: the county's clock in milliseconds. Pure.

import { PAUSES, type Pause } from '@/room/pause'

export interface Segment {
  session: string
  segment: string
  seat: string
  part: 'main' | 'screen'
  /** `webm` has VP8 and Opus, `mp4` H.264 and Opus; `matroska` is H.264 of earlier versions. */
  container: string
  picture: boolean
  begins: number
  duration: number
  state: string
  /** Of an open segment, as many as there were: a file must not grow while it is played. */
  chunks: number
  reason: string
  vouched: boolean
}
export interface Happening {
  at: number
  kind: string
  seat?: string
  to?: string
  text?: string
  reason?: string
  seconds?: number
  media?: string
  point?: string
  by?: string
  [more: string]: unknown
}
export interface Stretch {
  seat: string
  from: number
  to: number
}
export interface Burst {
  at: number
  until: number
  author: string
}
export interface Told {
  title: string
  watcher: string
  names: Record<string, { name: string; role: string }>
  segments: Segment[]
  happened: Happening[]
  speakers: Stretch[]
  /** By session; `partly` of what no entry tells, as while it is still written. */
  speakers_vouched: Record<string, 'yes' | 'partly' | 'no'>
  drafts: Burst[]
  /** Of one session: when it ended, where it went on after the last recorded moment. */
  ended?: number
}
export interface Track {
  key: string
  seat: string
  part: 'main' | 'screen'
  segments: Segment[]
}
export interface Hole {
  from: number
  to: number
  why: 'caucus' | 'paused' | 'consent' | 'withdrawn' | 'stopped' | 'nobody'
  /** Of a pause: one of the room's reasons, and the mediator's words. */
  pause?: string
  words?: string
  /** From when to when it is said to be: as the ledger has it, where it does. */
  told: [number, number]
}
export interface StageSpan {
  stage: string
  from: number
  to: number
}

/** Shorter pauses between two segments are the change from one to the next. */
const SEAM = 1000

const end = (segment: Segment): number => segment.begins + segment.duration

const TYPES: Record<string, string> = { webm: 'video/webm; codecs="vp8, opus"', mp4: 'video/mp4; codecs="avc1.42E01F, opus"' }

/** Whether a browser can play such a segment at all, by what its `canPlayType` says; few can play Matroska, and those that can do not say so. */
export const plays = (segment: Segment, canPlayType: (type: string) => string): boolean => Boolean(TYPES[segment.container] && canPlayType(TYPES[segment.container]!))

/** Sessions of a case, the latest first. */
export const sessionsOf = (told: Told): string[] => [...new Set([...told.segments].sort((a, b) => b.begins - a.begins).map((one) => one.session))]

/** The same for one session alone: its segments, and what happened from just before its first to just after its last. */
export function ofSession(told: Told, session: string): Told {
  const segments = told.segments.filter((one) => one.session === session)
  const ended = endOf(told, segments)
  const from = Math.min(...segments.map((one) => one.begins)) - AROUND
  const to = Math.max(ended ?? 0, ...segments.map(end)) + AROUND
  const within = (at: number): boolean => at >= from && at <= to
  return {
    ...told,
    segments,
    ...(ended === undefined ? {} : { ended }),
    happened: told.happened.filter((one) => within(one.at)),
    speakers: told.speakers.filter((one) => within(one.from)),
    drafts: told.drafts.filter((one) => within(one.at)),
  }
}
const AROUND = 5 * 60_000
/** By so much the last recorded moment may lie before the end of a session that was recorded to its end. */
const TAIL = 3000

/** When a session ended that went on unrecorded: the first end after its beginning and before the next one is opened. */
function endOf(told: Told, segments: Segment[]): number | undefined {
  const begins = Math.min(...segments.map((one) => one.begins))
  const later = told.happened.filter((one) => one.at > begins)
  const over = later.find((one) => one.kind === 'session.ended' || (one.kind === 'stage.moved' && one.to === 'archive'))
  const next = later.find((one) => one.kind === 'session.opened')
  if (!over || (next && next.at < over.at) || over.at - Math.max(...segments.map(end)) <= TAIL) return undefined
  return over.at
}

/** To the last recorded moment, or to the end of a session that went on without. */
export function span(told: Told): { from: number; to: number } {
  return { from: Math.min(...told.segments.map((one) => one.begins)), to: Math.max(told.ended ?? 0, ...told.segments.map(end)) }
}

/** One for each seat, and one for each screen that was shown; who was recorded first comes first. */
export function tracksOf(told: Told): Track[] {
  const found = new Map<string, Track>()
  for (const segment of [...told.segments].sort((a, b) => a.begins - b.begins)) {
    const key = `${segment.seat}/${segment.part}`
    const track = found.get(key) ?? { key, seat: segment.seat, part: segment.part, segments: [] }
    track.segments.push(segment)
    found.set(key, track)
  }
  return [...found.values()]
}

export const segmentAt = (track: Track, at: number): Segment | null => track.segments.find((one) => at >= one.begins && at < end(one)) ?? null

/** Times of which there is no recording of anybody, and why. */
export function holesOf(told: Told): Hole[] {
  const { from } = span(told)
  const holes: Hole[] = []
  let covered = from
  for (const segment of [...told.segments].sort((a, b) => a.begins - b.begins)) {
    if (segment.begins - covered > SEAM) holes.push(holeOf(told, covered, segment.begins))
    covered = Math.max(covered, end(segment))
  }
  if (told.ended !== undefined && told.ended > covered) holes.push(holeOf(told, covered, told.ended))
  return holes
}

/** Ms between what stopped a recording and its last moment. */
const NEAR = 3000
const OVER = ['ended', 'archive']

/** Whether what happened is told by a time without recording that begins then: a private talk, a pause, a refusal. */
export const toldBy = (one: Happening, holes: Hole[]): boolean =>
  (one.kind === 'caucus.opened' || (one.kind === 'recording.stopped' && !OVER.includes(String(one.reason)))) && holes.some((hole) => hole.why !== 'nobody' && Math.abs(hole.from - one.at) <= NEAR)

const RESUMES = ['recording.started', 'caucus.closed']

function holeOf(told: Told, from: number, to: number): Hole {
  const stopped = stopIn(told, from, to)
  const since = stopped && Math.abs(stopped.at - from) <= NEAR ? stopped.at : from
  const over = told.happened.find((one) => RESUMES.includes(one.kind) && one.at > since && Math.abs(one.at - to) <= NEAR)?.at ?? to
  return { from, to, ...reason(stopped), told: [since, over] }
}

function stopIn(told: Told, from: number, to: number): Happening | undefined {
  const near = told.happened.filter((one) => one.at >= from - NEAR && one.at <= to)
  // What comes with the end of a session explains nothing of what is missing before it.
  return near.find((one) => one.kind === 'caucus.opened' || (one.kind === 'recording.stopped' && !OVER.includes(String(one.reason))))
}

function reason(stopped: Happening | undefined): Pick<Hole, 'why' | 'pause' | 'words'> {
  if (!stopped) return { why: 'nobody' }
  if (stopped.kind === 'caucus.opened' || stopped.reason === 'caucus') return { why: 'caucus' }
  if (PAUSES.includes(stopped.reason as Pause)) return { why: 'paused', pause: stopped.reason, words: stopped.text }
  return { why: stopped.reason === 'consent' || stopped.reason === 'withdrawn' ? stopped.reason : 'stopped' }
}

/** How often and for how long somebody's recording broke off by itself, in milliseconds. */
export function breaks(told: Told): { count: number; lasted: number } {
  const holes = holesOf(told)
  let count = 0
  let lasted = 0
  for (const track of tracksOf(told).filter((one) => one.part === 'main')) {
    track.segments.slice(1).forEach((next, n) => {
      const before = track.segments[n]!
      const gap = next.begins - end(before)
      const wanted = holes.some((hole) => hole.why !== 'nobody' && hole.from < next.begins && hole.to > end(before))
      if (gap > SEAM && !wanted) {
        count += 1
        lasted += gap
      }
    })
  }
  return { count, lasted }
}

export function stagesOf(told: Told): StageSpan[] {
  const { from, to } = span(told)
  const moves = told.happened.filter((one) => one.kind === 'stage.moved' && one.to)
  const first = moves.filter((one) => one.at <= from).at(-1)
  const spans: StageSpan[] = [{ stage: String(first?.to ?? moves[0]?.from ?? 'identity'), from, to }]
  for (const move of moves.filter((one) => one.at > from && one.at < to)) {
    spans.at(-1)!.to = move.at
    spans.push({ stage: String(move.to), from: move.at, to })
  }
  return spans.filter((one) => one.to > one.from)
}

/** Who spoke at a moment, or last before it. */
export const speakerAt = (told: Told, at: number): string => told.speakers.filter((one) => one.from <= at).at(-1)?.seat ?? ''

/** The number of the latest that happened up to a moment; -1 before the first. */
export const latest = (moments: { at: number }[], at: number): number => {
  let found = -1
  moments.forEach((one, n) => {
    if (one.at <= at) found = n
  })
  return found
}

export interface Change {
  before: string
  removed: string
  added: string
  after: string
}

const NUMBER = /[0-9.,]/

/** Where two versions of a clause differ: what is the same at both ends stays out of it, but for the rest of a number. */
export function change(old: string, now: string): Change {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let tail = 0
  while (tail < old.length - start && tail < now.length - start && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1
  while (start > 0 && NUMBER.test(now[start - 1]!) && (NUMBER.test(old[start] ?? '') || NUMBER.test(now[start] ?? ''))) start -= 1
  while (tail > 0 && NUMBER.test(now[now.length - tail]!) && (NUMBER.test(old[old.length - 1 - tail] ?? '') || NUMBER.test(now[now.length - 1 - tail] ?? ''))) tail -= 1
  return { before: now.slice(0, start), removed: old.slice(start, old.length - tail), added: now.slice(start, now.length - tail), after: now.slice(now.length - tail) }
}

/** How long it was between two moments of the clock. Each is told by the second that has begun, and the length is the difference of those, as in record and film. */
export const between = (from: number, to: number): string => time((Math.floor(to / 1000) - Math.floor(from / 1000)) * 1000)

/** 1:06:40, or 44:02. */
export function time(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  return hours ? `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` : `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}
