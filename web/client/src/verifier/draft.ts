// The log of the draft is one unbroken chain, and the agreement was frozen where the ledger says.
import { sha256Hex } from './hashing'
import { canonicalJson, objectOf, strictJson, textOf, withKeys } from './json'
import { GENESIS, linesOf, unhex } from './ledger'
import { Broken, reasonOf, type Report } from './report'
import type { Source } from './source'
import type { Member } from './zip'

export const DRAFT_LOG = 'draft/log.jsonl'
const TEXTS = ['document', 'author', 'at', 'update', 'prev_hash', 'entry_hash']

export async function checkDraft(source: Source, members: Map<string, Member>, frozen: { document: string; head: string }[], report: Report): Promise<void> {
  const member = members.get(DRAFT_LOG)
  if (!member) return
  const known = new Set<string>()
  let lines = 0
  let previous = GENESIS
  try {
    for (const line of linesOf(await source.content(member))) {
      lines++
      const entry = withKeys(objectOf(strictJson(line)), 'seq', ...TEXTS)
      if (!entry || !TEXTS.every((name) => typeof entry[name] === 'string') || entry.seq !== lines) throw new Broken('draft_entry_form', { seq: lines })
      const update = textOf(entry.update)
      if (!/^([0-9a-f]{2})*$/.test(update)) throw new Broken('draft_entry_form', { seq: lines })
      const parts = [entry.document!, lines, entry.author!, entry.at!, sha256Hex(unhex(update)), entry.prev_hash!]
      if (entry.prev_hash !== previous || sha256Hex(canonicalJson(parts)) !== entry.entry_hash) throw new Broken('draft_broken', { seq: lines })
      previous = textOf(entry.entry_hash)
      known.add(`${textOf(entry.document)}\n${previous}`)
    }
    const missing = frozen.find((one) => !known.has(`${one.document}\n${one.head}`))
    if (missing) throw new Broken('draft_not_frozen', { head: missing.head })
  } catch (error) {
    report.add('draft_log', false, reasonOf(error))
    return
  }
  report.add('draft_log', true, { entries: lines })
}
