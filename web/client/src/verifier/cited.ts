// The recording that an agreement cites is the one of which the chain tells until then. Agreements of earlier versions cite none.
import { objectOf, strictJson, textOf, withKeys, type JsonObject } from './json'
import { countOf } from './manifest'
import { Broken, reasonOf, type Report } from './report'
import type { Source } from './source'
import type { Member } from './zip'

const CITING = ['agreement.frozen', 'oral.concluded']
/** What an agreement says of the recording, for machines: segments, hash, time. */
const CITED = /\/Keywords \(heyi-recording\/1 ([0-9]{1,16}) ([0-9a-f]{64}|-) ([0-9TZ:.-]{1,27})\)/g
const END = '%%EOF'

/** As it was printed, before anybody signed: what was added since says nothing. */
export function citationsOf(pdf: Uint8Array): string[][] {
  // No encoding but one character a byte: "latin1" is another one to a browser, which makes no difference to what is sought.
  const text = new TextDecoder('latin1').decode(pdf)
  const end = text.indexOf(END)
  return [...(end < 0 ? text : text.slice(0, end)).matchAll(CITED)].map((match) => match.slice(1, 4))
}

/** `entries`: of a chain that holds. */
export async function checkCited(source: Source, members: Map<string, Member>, entries: JsonObject[], report: Report): Promise<void> {
  if (!entries.length) return
  const onPaper = [...members.keys()].some((name) => name.startsWith('paper/'))
  const place = members.get('oral/registration.pdf') ?? members.get(onPaper ? 'paper/printed.pdf' : 'agreement.pdf')
  const frozen = entries.filter((entry) => CITING.includes(String(entry.kind))).at(-1)
  const payloadOf = (entry: JsonObject): Member | undefined => members.get(`payloads/${String(entry.seq).padStart(6, '0')}.json`)
  const beside = async (member: Member | undefined): Promise<JsonObject> => (member ? objectOf(objectOf(strictJson(await source.content(member))).payload) : {})
  let segments: number
  let until: string
  let withheld: boolean
  try {
    const printed = place ? citationsOf(await source.content(place)) : []
    const recording = frozen && (await beside(payloadOf(frozen))).recording
    if (!frozen || recording === undefined || recording === null) {
      if (printed.length) report.warn('citation_not_compared', { segments: Number(printed[0]![0]) })
      return
    }
    const stated = withKeys(recording, 'through', 'segments', 'hash', 'until')
    if (!stated) throw new Broken('payload_shape')
    const through = countOf(stated.through)
    segments = countOf(stated.segments)
    until = textOf(stated.until)
    const hash = textOf(stated.hash)
    if (place && !(printed.length === 1 && printed[0]!.join(' ') === `${segments} ${hash || '-'} ${until || '-'}`)) throw new Broken('cited_otherwise')
    if (through >= countOf(frozen.seq)) throw new Broken('cited_too_late')
    const told = entries.slice(0, through).filter((entry) => entry.kind === 'recording.segment')
    const newest = told.at(-1)
    if (hash !== (newest?.entry_hash ?? '') || until !== (newest?.at ?? '')) throw new Broken('cited_another')
    withheld = !told.every(payloadOf)
    const names = new Set<string>()
    for (const member of told.map(payloadOf)) if (member) names.add(textOf((await beside(member)).segment))
    if (names.size > segments || (!withheld && names.size !== segments)) throw new Broken('cited_otherwise_counted')
  } catch (error) {
    report.add('recording_cited', false, reasonOf(error))
    return
  }
  report.add('recording_cited', true, { segments, until })
  if (withheld) report.warn('recording_not_counted', { segments })
}
