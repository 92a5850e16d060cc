// Every recording's segments follow one another and hash to what was noted while recording; gaps are stated, not hidden.
import { hashing, hex } from './hashing'
import { arrayOf, objectOf, textOf, type Json } from './json'
import { Broken, reasonOf, type Report } from './report'
import type { Source } from './source'
import type { Member } from './zip'

/** `found`: what each whole file hashes to. */
export async function checkRecordings(source: Source, members: Map<string, Member>, found: Map<string, string>, stated: Json[], report: Report): Promise<void> {
  const wrong: string[] = []
  let gaps = 0
  try {
    const named = new Set(stated.map((item) => textOf(objectOf(item).path)))
    const there = [...members.keys()].filter((name) => name.startsWith('recordings/'))
    wrong.push(...there.filter((name) => !named.has(name)), ...[...named].filter((name) => !there.includes(name)))
    wrong.sort()
    for (const item of stated.map(objectOf)) {
      gaps += arrayOf(item.gaps).length
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
  report.add('recordings', wrong.length === 0, { wrong: wrong.slice(0, 20), files: stated.length, gaps })
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
