// Where SM3 is listed beside SHA-256, that of every file and of every segment is the one listed.
import { hex } from './hashing'
import { byCodePoint, objectOf, type Json } from './json'
import type { Manifest } from './manifest'
import { segmentsOf } from './recordings'
import { Broken, reasonOf, type Report } from './report'
import { Sm3 } from './sm3'
import type { Source } from './source'
import type { Member } from './zip'

export async function checkSm3(source: Source, members: Map<string, Member>, manifest: Manifest, report: Report): Promise<void> {
  if (!manifest.sm3) return
  const wrong: string[] = []
  const found = new Map<string, string>()
  try {
    for (const item of manifest.files) {
      const member = members.get(item.path)
      const digest = member ? await sm3Of(source, member.start, member.size) : ''
      found.set(item.path, digest)
      if (digest !== item.sm3) wrong.push(item.path)
    }
    for (const item of manifest.recordings.map(objectOf)) await checkSegments(source, members, found, item)
  } catch (error) {
    report.add('sm3', false, reasonOf(error))
    return
  }
  report.add('sm3', wrong.length === 0, { wrong: wrong.sort(byCodePoint).slice(0, 20) })
}

async function checkSegments(source: Source, members: Map<string, Member>, found: Map<string, string>, item: Record<string, Json>): Promise<void> {
  const { path, member, segments } = segmentsOf(item, members)
  for (const { number, sm3, position, size } of segments) {
    const whole = position === 0 && size === member.size
    const digest = whole ? found.get(path) : await sm3Of(source, member.start + position, size)
    if (digest !== sm3) throw new Broken('segment_differs', { path, number })
  }
}

async function sm3Of(source: Source, start: number, size: number): Promise<string> {
  const digest = new Sm3()
  for await (const piece of source.pieces(start, size)) digest.update(piece)
  return hex(digest.digest())
}
