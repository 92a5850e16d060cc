// The ledger is one unbroken chain that ends at the manifest's head; payloads belong to their entries.
import { sha256Hex } from './hashing'
import { canonicalJson, objectOf, strictJson, textOf, withKeys, type Json, type JsonObject } from './json'
import { Broken, reasonOf, type Report } from './report'
import type { Source } from './source'
import type { Member } from './zip'

export const GENESIS = '0'.repeat(64)
/** Nodes' clocks may differ by so much. */
const LEAP_MS = 1000
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

type Members = Map<string, Member>

/** The entries, where the chain and what lies beside it hold; else none. */
export async function checkLedger(source: Source, members: Members, stated: JsonObject, report: Report): Promise<JsonObject[]> {
  try {
    const member = members.get(textOf(stated.path))
    if (!member) throw new Broken('ledger_missing')
    const entries = Array.from(linesOf(await source.content(member)), (line) => objectOf(strictJson(line)))
    let previous = GENESIS
    entries.forEach((entry, n) => {
      const seq = n + 1
      if (!withKeys(entry, 'chain', 'seq', 'at', 'kind', 'payload_hash', 'prev_hash', 'entry_hash')) throw new Broken('ledger_entry_form', { seq })
      const parts = [1, entry.chain, entry.seq, entry.at, entry.kind, entry.payload_hash, entry.prev_hash]
      const right = sha256Hex(canonicalJson(parts)) === entry.entry_hash
      if (!right || entry.prev_hash !== previous || entry.seq !== seq || entry.chain !== stated.chain) throw new Broken('ledger_broken', { seq })
      previous = textOf(entry.entry_hash)
    })
    if (previous !== stated.head || entries.length !== stated.entries) throw new Broken('ledger_cut', { seq: entries.length })
    report.add('ledger', true, { entries: entries.length })
    checkTimes(entries, report)
    const bounds = entries.map((entry) => entry.kind).filter((kind) => kind === 'session.opened' || kind === 'session.ended')
    if (bounds[bounds.length - 1] === 'session.opened') report.warn('session_open')
    return (await checkPayloads(source, members, entries, report)) ? entries : []
  } catch (error) {
    report.add('ledger', false, reasonOf(error))
    return []
  }
}

/** Entries follow one another in time; where a clock was set back, the chain says so itself. */
function checkTimes(entries: JsonObject[], report: Report): void {
  const back: Json[] = []
  let last = 0
  for (const entry of entries) {
    const at = milliseconds(textOf(entry.at))
    if (at + LEAP_MS < last && entry.kind !== 'clock.moved_back') back.push(entry.seq!)
    last = at
  }
  report.add('ledger_times', back.length === 0, { entries: back.slice(0, 20), jumps: entries.filter((entry) => entry.kind === 'clock.moved_back').length })
}

function milliseconds(text: string): number {
  const right = /^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z$/.test(text)
  const moment = new Date(right ? `${text.slice(0, 23)}Z` : NaN)
  // The 30th of February would be taken for the 2nd of March.
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== `${text.slice(0, 23)}Z`) throw new Broken('ledger_time_form', { at: text.slice(0, 40) })
  return moment.getTime()
}

async function checkPayloads(source: Source, members: Members, entries: JsonObject[], report: Report): Promise<boolean> {
  const payloads = [...members.values()].filter((member) => member.name.startsWith('payloads/'))
  const names = new Map(entries.map((entry) => [`payloads/${String(entry.seq).padStart(6, '0')}.json`, entry]))
  const wrong = payloads.filter((member) => !names.has(member.name)).map((member) => member.name)
  for (const member of payloads) {
    const entry = names.get(member.name)
    if (!entry) continue
    const beside = objectOf(strictJson(await source.content(member)))
    if (!('payload' in beside)) throw new Broken('payload_missing')
    const [salt, payload] = [unhex(textOf(beside.salt)), canonicalJson(beside.payload)]
    const salted = new Uint8Array(salt.length + payload.length)
    salted.set(salt)
    salted.set(payload, salt.length)
    if (!withKeys(beside, 'salt', 'payload') || sha256Hex(salted) !== entry.payload_hash) wrong.push(member.name)
  }
  return report.add('payloads', wrong.length === 0, { wrong: wrong.slice(0, 20), withheld: names.size - payloads.length })
}

/** Lines end with LF, CR, or both; the last one needs no end. One after the other: a file of nothing but line ends is refused at the first. */
export function* linesOf(data: Uint8Array): Iterable<Uint8Array> {
  let start = 0
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== LINE_FEED && data[at] !== CARRIAGE_RETURN) continue
    yield data.subarray(start, at)
    if (data[at] === CARRIAGE_RETURN && data[at + 1] === LINE_FEED) at++
    start = at + 1
  }
  if (start < data.length) yield data.subarray(start)
}

export function unhex(text: string): Uint8Array {
  if (!/^[ \t\n\r\f\v]*([0-9a-fA-F]{2}[ \t\n\r\f\v]*)*$/.test(text)) throw new Broken('salt_malformed')
  return Uint8Array.from(text.match(/[0-9a-fA-F]{2}/g) ?? [], (pair) => parseInt(pair, 16))
}
