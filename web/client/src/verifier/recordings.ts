// Every recording's segments follow one another and hash to what was noted while recording; gaps are stated, not hidden.
import { hashing, hex } from './hashing'
import { arrayOf, byCodePoint, objectOf, strictJson, textOf, type Json, type JsonObject } from './json'
import { countOf, type Manifest } from './manifest'
import { Broken, reasonOf, type Detail, type Report } from './report'
import type { Source } from './source'
import type { Member } from './zip'

const WITHOUT = ['court_success', 'court_failure', 'party']

/** `found`: what each whole file hashes to; `entries`: of a chain that holds. */
export async function checkRecordings(
  source: Source,
  members: Map<string, Member>,
  found: Map<string, string>,
  { recordings: stated, profile }: Manifest,
  entries: JsonObject[],
  report: Report,
): Promise<void> {
  const wrong: string[] = []
  let brokenOff: Detail = {}
  try {
    brokenOff = interruptionsOf(stated.map(objectOf))
    const named = new Set(stated.map((item) => textOf(objectOf(item).path)))
    const there = [...members.keys()].filter((name) => name.startsWith('recordings/'))
    wrong.push(...there.filter((name) => !named.has(name)), ...[...named].filter((name) => !there.includes(name)))
    wrong.sort()
    for (const item of stated.map(objectOf)) {
      const { path, member, segments } = segmentsOf(item, members)
      let end = 0
      for (const { number, sha256, position, size } of segments) {
        if ((await hashOf(source, member, found, position, size)) !== sha256) throw new Broken('segment_differs', { path, number })
        end = position + size
      }
      if (end !== member.size) wrong.push(path)
    }
  } catch (error) {
    report.add('recordings', false, reasonOf(error))
    return
  }
  const destroyed = await destroyedOf(source, members, entries)
  const files = stated.length
  if (WITHOUT.includes(profile) && !wrong.length && !files) report.warn('recordings_not_enclosed', { profile })
  else if (wrong.length || files || !destroyed) report.add('recordings', wrong.length === 0, { wrong: wrong.slice(0, 20), files, ...brokenOff })
  if (destroyed) report.warn('recordings_destroyed', destroyed)
}

/** How often it broke off, as people count: what is missing of several tracks at the same time and for the same reason is one interruption. `tracks`: of how many something is
 * missing; `reasons`: why, each once; `late`: tracks that only began later, which broke nothing off. */
function interruptionsOf(stated: JsonObject[]): Detail {
  const missing: { reason: string; from: number; to: number }[] = []
  const [tracks, late] = [new Set<string>(), new Set<string>()]
  for (const item of stated) {
    for (const gap of arrayOf(item.gaps).map(objectOf)) {
      const one = { reason: textOf(gap.reason), from: countOf(gap.from_ms), to: countOf(gap.to_ms) }
      ;(one.reason === 'joined' ? late : tracks).add(textOf(item.track))
      if (one.reason !== 'joined') missing.push(one)
    }
  }
  missing.sort((a, b) => byCodePoint(a.reason, b.reason) || a.from - b.from || a.to - b.to)
  let [gaps, former, until] = [0, '', 0]
  for (const { reason, from, to } of missing) {
    if (!gaps || reason !== former || from > until) {
      gaps += 1
      former = reason
      until = to
    }
    until = Math.max(until, to)
  }
  return { gaps, tracks: tracks.size, late: late.size, reasons: [...new Set(missing.map((one) => one.reason))].join(' ') }
}

/** When recordings were destroyed, as the chain says, the last time; where its payload is enclosed, how many pieces, by whom, who had asked for it, and why. */
async function destroyedOf(source: Source, members: Map<string, Member>, entries: JsonObject[]): Promise<Detail | null> {
  const last = entries.filter((entry) => entry.kind === 'recording.destroyed').at(-1)
  if (!last) return null
  const member = members.get(`payloads/${String(last.seq).padStart(6, '0')}.json`)
  const told = member && objectOf(strictJson(await source.content(member))).payload
  // Of another shape than the server writes: what is entered is found wrong elsewhere.
  const payload: JsonObject = told !== null && typeof told === 'object' && !Array.isArray(told) ? told : {}
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
  const { segments } = payload
  return { at: last.at, segments: typeof segments === 'number' && Number.isSafeInteger(segments) && segments >= 0 ? segments : 0, by: text(payload.by), role: text(payload.by_role), name: text(payload.by_name), asked_role: text(payload.asked_role), asked_name: text(payload.asked_name), why: text(payload.reason) }
}

interface Segment extends Record<string, Json> {
  position: number
  size: number
}

/** A recording's file, and one after the other its segments as the manifest has them, with where each begins. Throws `Broken` where the file is missing. */
export function segmentsOf(item: Record<string, Json>, members: Map<string, Member>): { path: string; member: Member; segments: Iterable<Segment> } {
  const path = textOf(item.path)
  const member = members.get(path)
  if (!member) throw new Broken('recording_missing', { path })
  return { path, member, segments: placed(item) }
}

/** One by one: what is wrong with a later segment is said after what is wrong with this one, as verify.py does. */
function* placed(item: Record<string, Json>): Iterable<Segment> {
  let position = 0
  for (const segment of arrayOf(item.segments).map(objectOf)) {
    const size = Number(segment.size)
    yield { ...segment, position, size }
    position += size
  }
}

async function hashOf(source: Source, member: Member, found: Map<string, string>, position: number, size: number): Promise<string> {
  // A segment that is the whole file was hashed already.
  if (position === 0 && size === member.size) {
    source.passed(size)
    return found.get(member.name)!
  }
  const digest = hashing()
  for await (const piece of source.pieces(member.start + position, size)) digest.update(piece)
  return hex(digest.digest())
}
