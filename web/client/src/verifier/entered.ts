// Files are those that the chain noted while they were made. The manifest is made afterwards, and whoever can sign it could list others.
import { hashing, hex } from './hashing'
import { arrayOf, byCodePoint, objectOf, strictJson, textOf, type Json, type JsonObject } from './json'
import { countOf, hashesOf, sameTexts, type Manifest } from './manifest'
import { Broken, reasonOf, type Report } from './report'
import { checkDraft, DRAFT_LOG } from './draft'
import type { Source } from './source'
import type { Member } from './zip'

const ENTERING = ['case.reported', 'case.photo_added', 'case.agreed', 'agreement.renewed', 'draft.frozen', 'record.closed', 'recording.segment', 'recording.destroyed', 'clock.checked', 'evidence.exported']
const [AGREEMENT, RECORD] = ['agreement.pdf', 'record/record.json']

/** Files of an agreement that was signed on paper (what was printed, the pages that came back, the files they came in), or of an oral one. */
const PAPER = /^(paper|oral)\/[a-z0-9.-]{1,80}$/

/** What a report told by voice, and its photographs, by their names without ending. */
const TOLD = /^(voice|photo)-[a-z0-9]{1,40}$/

interface Hashed {
  sha256: string
  bytes: number
}

/** What the chain says of files, in the order of its entries; later ones count. Recordings, and what came with the report, by their names without ending. */
class Entered {
  readonly files = new Map<string, string>()
  readonly recordings = new Map<string, Map<number, Hashed>>()
  readonly closed = new Map<string, Hashed>()
  readonly withheld = new Set<string>()
  /** Drafts that became an agreement, and where their logs stood. */
  readonly frozen: { document: string; head: string }[] = []
  /** What came with the report, and later to it. */
  readonly told = new Map<string, string>()
  /** Those of them that came with the report itself. */
  readonly initial = new Set<string>()
  /** Earlier versions noted none of a report. */
  photographsNoted = false
  unkept = 0
  hashes: string[] | null = null

  /** Throws for a payload of another shape than the server writes: both programs must read it alike. */
  take(kind: string, payload: JsonObject): void {
    if (kind === 'case.agreed') this.takeAgreed(payload)
    else if (kind === 'case.reported') this.takeReport(payload)
    else if (kind === 'case.photo_added') this.takeTold('photo', payload.photo, payload.sha256, false)
    else if (kind === 'draft.frozen') this.frozen.push({ document: textOf(payload.document), head: textOf(payload.head) })
    else if (kind === 'agreement.renewed') this.takeRenewed(payload)
    else if (kind === 'record.closed') this.files.set(RECORD, textOf(payload.sha256))
    else if (kind === 'recording.destroyed') {
      this.recordings.clear()
      this.closed.clear()
    } else if (kind === 'clock.checked') this.unkept += payload.kept === true ? 0 : 1
    // Exports of earlier versions, which had SHA-256 alone, do not say so.
    else if (kind === 'evidence.exported') this.hashes = payload.hashes === undefined ? ['sha256'] : arrayOf(payload.hashes).map(textOf)
    else this.takeSegment(textOf(payload.segment), payload)
  }

  private takeAgreed(payload: JsonObject): void {
    // Agreed by word of mouth there is no file that anybody signed, only what it was registered with.
    if ('file' in payload || !('papers' in payload)) this.files.set(AGREEMENT!, textOf(payload.file))
    for (const [name, digest] of Object.entries(objectOf(payload.papers === undefined ? {} : payload.papers))) {
      if (!PAPER.test(name)) throw new Broken('payload_shape')
      this.files.set(name, textOf(digest))
    }
  }

  private takeReport(payload: JsonObject): void {
    if ('spoken' in payload) {
      const spoken = objectOf(payload.spoken)
      this.takeTold('voice', spoken.file, spoken.sha256)
    }
    if (!('photos' in payload)) return
    this.photographsNoted = true
    for (const item of arrayOf(payload.photos)) {
      const photo = objectOf(item)
      this.takeTold('photo', photo.photo, photo.sha256)
    }
  }

  private takeTold(kind: 'voice' | 'photo', name: Json | undefined, digest: Json | undefined, ofReport = true): void {
    const stem = `${kind}-${textOf(name)}`
    if (!TOLD.test(stem)) throw new Broken('payload_shape')
    if (ofReport) this.initial.add(stem)
    const now = textOf(digest)
    if ((this.told.get(stem) ?? now) !== now) throw new Broken('entered_twice', { name: stem })
    this.told.set(stem, now)
  }

  /** Another timestamp over the same file: only what was agreed can be renewed. */
  private takeRenewed(payload: JsonObject): void {
    if (this.files.get(AGREEMENT!) !== textOf(payload.before)) throw new Broken('renewed_something_else')
    this.files.set(AGREEMENT!, textOf(payload.file))
  }

  private takeSegment(stem: string, payload: JsonObject): void {
    const chunks = this.recordings.get(stem) ?? new Map<number, Hashed>()
    this.recordings.set(stem, chunks)
    for (const chunk of arrayOf(payload.chunks).map(objectOf)) {
      const [index, now] = [countOf(chunk.i), hashedOf(chunk)]
      const before = chunks.get(index) ?? now
      // What was entered again after a crash must be the same.
      if (before.sha256 !== now.sha256 || before.bytes !== now.bytes) throw new Broken('entered_twice', { name: stem })
      chunks.set(index, now)
    }
    if ('closed' in payload) this.closed.set(stem, hashedOf(objectOf(payload.closed)))
  }
}

const hashedOf = (stated: JsonObject): Hashed => ({ sha256: textOf(stated.sha256), bytes: countOf(stated.bytes) })

/** `found`: what each file hashes to; `entries`: of a chain that holds. */
export async function checkEntered(
  source: Source,
  members: Map<string, Member>,
  found: Map<string, string>,
  manifest: Manifest,
  entries: JsonObject[],
  report: Report,
): Promise<void> {
  if (entries.length === 0) return
  const recordings = new Map<string, string>()
  const wrong: string[] = []
  const open: string[] = []
  for (const name of [...members.keys()].filter((one) => one.startsWith('recordings/')).sort(byCodePoint)) {
    // The chain knows one file of a name, whatever its ending.
    if (recordings.has(stemOf(name))) wrong.push(name)
    else recordings.set(stemOf(name), name)
  }
  let entered: Entered
  try {
    entered = await readEntered(source, members, entries)
    if (entered.hashes && !sameTexts(entered.hashes, hashesOf(manifest))) throw new Broken('hashes_differ', { entered: entered.hashes.slice(0, 5) })
    wrong.push(...[...entered.files].filter(([name, digest]) => members.has(name) && found.get(name) !== digest).map(([name]) => name))
    open.push(...[AGREEMENT!, RECORD!].filter((name) => members.has(name) && !entered.files.has(name)))
    for (const name of members.keys()) {
      if (/^(paper|oral)\//.test(name) && !entered.files.has(name)) (entered.withheld.has('case.agreed') ? open : wrong).push(name)
    }
    for (const [stem, name] of recordings) {
      if (!entered.recordings.has(stem)) (entered.withheld.has('recording.segment') ? open : wrong).push(name)
      else if (!(await isEntered(source, members.get(name)!, found.get(name)!, entered, stem))) wrong.push(name)
    }
    for (const { path, sha256, size } of manifest.elsewhere) {
      const stem = stemOf(path)
      const closed = entered.closed.get(stem)
      if (closed?.sha256 !== sha256 || closed.bytes !== size) (entered.withheld.has('recording.segment') ? open : wrong).push(path)
      if (!recordings.has(stem)) recordings.set(stem, path)
    }
    open.push(...checkTold(members, found, entered, report))
  } catch (error) {
    report.add('as_entered', false, reasonOf(error))
    return
  }
  const compared = [...entered.files.keys()].filter((name) => members.has(name)).length + [...entered.recordings.keys()].filter((stem) => recordings.has(stem)).length
  report.add('as_entered', wrong.length === 0, { wrong: wrong.sort(byCodePoint).slice(0, 20), compared })
  await checkDraft(source, members, entered.frozen, report)
  if (entered.frozen.length && !members.has(DRAFT_LOG) && ['full', 'party'].includes(manifest.profile)) report.warn('draft_absent')
  if (open.length) report.warn('not_entered', { names: open.sort(byCodePoint).slice(0, 20) })
  let absent = [...entered.files.keys()].filter((name) => !members.has(name))
  absent.push(...[...entered.recordings.keys()].filter((stem) => !recordings.has(stem)).map((stem) => `recordings/${stem}`))
  const enclosed = new Set([...members.keys()].filter(isTold).map(toldStem))
  // Earlier versions noted no photographs, and enclosed nothing of a report.
  const missing = enclosed.size || entered.photographsNoted ? [...entered.told.keys()].filter((stem) => !enclosed.has(stem)) : []
  absent.push(...missing.map((stem) => `reported/${stem}`))
  if (manifest.profile === 'court_failure') absent = missing.filter((stem) => entered.initial.has(stem)).map((stem) => `reported/${stem}`)
  if (entered.unkept) report.warn('clock_not_kept', { times: entered.unkept })
  if (absent.length && ['full', 'caucus', 'court_failure'].includes(manifest.profile)) report.warn('entered_but_absent', { names: absent.sort(byCodePoint).slice(0, 20) })
}

/** As Python's `rpartition('.')[0]` has it: nothing where there is no ending. */
function stemOf(name: string, folder = 'recordings/'): string {
  const file = name.slice(folder.length)
  return file.slice(0, Math.max(0, file.lastIndexOf('.')))
}

const REPORTED = 'reported/'
const isTold = (name: string): boolean => name.startsWith(REPORTED)
const toldStem = (name: string): string => stemOf(name, REPORTED)

/**
 * What a report told by voice and its photographs are those that the chain noted. The names of which the chain says nothing, since what it says is not enclosed or
 * an earlier version wrote it.
 */
function checkTold(members: Map<string, Member>, found: Map<string, string>, entered: Entered, report: Report): string[] {
  const names = [...members.keys()].filter(isTold).sort(byCodePoint)
  const wrong: string[] = []
  const open: string[] = []
  const known = new Set<string>()
  for (const name of names) {
    const stem = toldStem(name)
    if (entered.told.has(stem)) {
      // The chain knows one file of a name, whatever its ending.
      if (known.has(stem) || found.get(name) !== entered.told.get(stem)) wrong.push(name)
      known.add(stem)
    } else if (entered.withheld.has('case.reported') || entered.withheld.has('case.photo_added') || (stem.startsWith('photo-') && !entered.photographsNoted)) open.push(name)
    else wrong.push(name)
  }
  if (known.size || wrong.length) {
    // Of what the chain says nothing, nothing is said here: it is told of as not entered.
    const voices = [...known].filter((stem) => stem.startsWith('voice-')).length
    report.add('reported', wrong.length === 0, { wrong: wrong.slice(0, 20), voices, photographs: known.size - voices })
  }
  return open
}

async function readEntered(source: Source, members: Map<string, Member>, entries: JsonObject[]): Promise<Entered> {
  const entered = new Entered()
  for (const entry of entries) {
    const kind = textOf(entry.kind)
    if (!ENTERING.includes(kind)) continue
    const member = members.get(`payloads/${String(entry.seq).padStart(6, '0')}.json`)
    if (member) entered.take(kind, objectOf(objectOf(strictJson(await source.content(member))).payload))
    else entered.withheld.add(kind)
  }
  return entered
}

async function isEntered(source: Source, member: Member, found: string, entered: Entered, stem: string): Promise<boolean> {
  const closed = entered.closed.get(stem)
  if (closed) return found === closed.sha256 && member.size === closed.bytes
  // Still being recorded when the bundle was made: cluster by cluster.
  const chunks = entered.recordings.get(stem)!
  let position = 0
  for (let index = 0; index < chunks.size && position !== member.size; index++) {
    const chunk = chunks.get(index)
    if (!chunk) throw new Broken('cluster_not_entered', { name: stem, index })
    const digest = hashing()
    for await (const piece of source.pieces(member.start + position, chunk.bytes)) digest.update(piece)
    position += chunk.bytes
    if (hex(digest.digest()) !== chunk.sha256) return false
  }
  return position === member.size
}
