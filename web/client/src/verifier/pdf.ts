// The signatures of a PDF as they lie in the file, found by their byte ranges. No other part of a PDF is interpreted.
import { Node } from './der'
import { Broken } from './report'

const SPACE = '[ \\t\\n\\r\\f\\v]'
const BYTE_RANGE = new RegExp(`/ByteRange${SPACE}*\\[${SPACE}*(\\d{1,10})${SPACE}+(\\d{1,10})${SPACE}+(\\d{1,10})${SPACE}+(\\d{1,10})${SPACE}*\\]`, 'g')
const OBJECT = /(^|[\r\n])(\d{1,10}) (\d{1,5}) obj\b/g
const FIELD_NAME = new RegExp(`/T${SPACE}*\\(([^()\\\\]{1,100})\\)`)
const VALUE = new RegExp(`/V${SPACE}+(\\d{1,10})${SPACE}+\\d{1,5}${SPACE}+R\\b`, 'g')
const SIGNATURE_FIELD = new RegExp(`/FT${SPACE}*/Sig\\b`, 'g')
const TIMESTAMP = new RegExp(`/SubFilter${SPACE}*/ETSI\\.RFC3161\\b`)

/** One signature. `end` is where its revision ends. */
export interface PdfSignature {
  name: string
  end: number
  contents: string
  covered: [Uint8Array, Uint8Array]
  isTimestamp: boolean
}

/** A PDF's bytes, and the same as text of one character a byte, for searching. */
export class Pdf {
  readonly text: string

  constructor(readonly data: Uint8Array) {
    const pieces: string[] = []
    for (let at = 0; at < data.length; at += 0x4000) pieces.push(String.fromCharCode(...data.subarray(at, at + 0x4000)))
    this.text = pieces.join('')
  }

  /** Every signature dictionary, in the order of their revisions. Throws `Broken`. */
  signatures(): PdfSignature[] {
    const { data, text } = this
    const found: PdfSignature[] = []
    const matches = [...text.matchAll(BYTE_RANGE)]
    if (matches.length !== text.split('/ByteRange').length - 1) throw new Broken('byte_range_malformed')
    const objects = [...text.matchAll(OBJECT)].map((match) => ({ start: match.index + match[1].length, number: Number(match[2]) }))
    const names = this.fieldNames()
    for (const match of matches) {
      const [zero, first, second, length] = match.slice(1).map(Number)
      if (zero !== 0 || !(first < second && second <= second + length && second + length <= data.length)) throw new Broken('byte_range_malformed')
      const hole = text.slice(first, second)
      const inside = first < match.index && match.index < second + length
      if (!hole.startsWith('<') || !hole.endsWith('>') || !inside || !text.slice(0, first).endsWith('/Contents ')) throw new Broken('byte_range_elsewhere')
      const object = objects.filter((candidate) => candidate.start < first).pop()
      if (!object) throw new Broken('byte_range_elsewhere')
      found.push({
        name: names.get(object.number) ?? '',
        end: second + length,
        contents: hole.slice(1, -1),
        covered: [data.subarray(0, first), data.subarray(second, second + length)],
        isTimestamp: TIMESTAMP.test(this.objectAround(first)),
      })
    }
    return found.sort((a, b) => a.end - b.end)
  }

  /** Names of all signature fields, signed or not. */
  fields(): Set<string> {
    const found = new Set<string>()
    for (const match of this.text.matchAll(SIGNATURE_FIELD)) found.add(FIELD_NAME.exec(this.objectAround(match.index))?.[1] ?? '')
    return found
  }

  endsRevision(end: number): boolean {
    const tail = this.text.slice(Math.max(0, end - 8), end)
    return ['%%EOF', '%%EOF\n', '%%EOF\r\n'].some((mark) => tail.endsWith(mark))
  }

  /** Object number of a signature → name of the field that points at it. */
  private fieldNames(): Map<number, string> {
    const names = new Map<number, string>()
    for (const match of this.text.matchAll(VALUE)) {
      const name = FIELD_NAME.exec(this.objectAround(match.index))
      if (name) names.set(Number(match[1]), name[1])
    }
    return names
  }

  private objectAround(at: number): string {
    const start = at < 4 ? -1 : this.text.lastIndexOf(' obj', at - 4)
    const end = this.text.indexOf('endobj', at)
    if (start < 0) return ''
    return this.text.slice(start, end >= 0 ? end : undefined)
  }
}

/** The DER inside /Contents; what follows it must be zero. Upper-case hexadecimal only: one spelling, no room for notes. */
export function unpad(contents: string): Uint8Array {
  if (!/^[0-9A-F]+$/.test(contents) || contents.length % 2) throw new Broken('contents_malformed')
  const raw = Uint8Array.from({ length: contents.length / 2 }, (_, n) => parseInt(contents.slice(2 * n, 2 * n + 2), 16))
  const [node, padding] = Node.take(raw)
  if (padding.some((byte) => byte !== 0)) throw new Broken('padding_not_zero')
  return node.raw
}

const ROLES = new Map([
  ['Platform', 'platform'],
  ['Mediator', 'mediator'],
  ['Recorder', 'recorder'],
  ['Seal', 'committee'],
  ['PaperSeal', 'paper'],
])

/** Platform, Party1…, Mediator, Recorder, Seal → the signer's role; PaperSeal is the committee's seal on the file of what was signed on paper. */
export const roleOf = (name: string): string => ROLES.get(name) ?? (/^Party[1-9][0-9]?$/.test(name) ? 'party' : 'unknown')
