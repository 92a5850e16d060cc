// DER, read strictly: definite, minimal lengths and single-byte tags. Whatever could be spelled in two ways is refused.
import { Broken } from './report'

export const SEQUENCE = 0x30
export const SET = 0x31
export const INTEGER = 0x02
export const BITS = 0x03
export const OCTETS = 0x04
export const OID = 0x06
export const UTF8 = 0x0c
export const UTC_TIME = 0x17
export const GENERALIZED_TIME = 0x18
export const CONTEXT_0 = 0xa0
export const CONTEXT_1 = 0xa1
const CONSTRUCTED = 0x20

/** One element: `tag`, `raw` with header, `body` without. */
export class Node {
  private constructor(
    readonly tag: number,
    readonly raw: Uint8Array,
    readonly body: Uint8Array,
  ) {}

  /** The first element of `data`, and what follows it. */
  static take(data: Uint8Array): [Node, Uint8Array] {
    if (data.length < 2 || (data[0] & 0x1f) === 0x1f) throw new Broken('der_malformed')
    let length = data[1]
    let head = 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count < 1 || count > 4 || data.length < 2 + count) throw new Broken('der_malformed')
      head = 2 + count
      length = data.subarray(2, head).reduce((sum, byte) => sum * 256 + byte, 0)
      if (length < 0x80 || data[2] === 0) throw new Broken('der_malformed')
    }
    if (data.length < head + length) throw new Broken('der_malformed')
    return [new Node(data[0], data.subarray(0, head + length), data.subarray(head, head + length)), data.subarray(head + length)]
  }

  /** The one element that `data` is. */
  static of(data: Uint8Array): Node {
    const [node, rest] = Node.take(data)
    if (rest.length) throw new Broken('der_trailing_bytes')
    return node
  }

  children(): Node[] {
    const found: Node[] = []
    for (let rest = this.body; rest.length; ) {
      const [node, after] = Node.take(rest)
      found.push(node)
      rest = after
    }
    return found
  }

  /** Exactly so many children. */
  parts(count: number): Node[] {
    const found = this.children()
    if (found.length !== count) throw new Broken('der_malformed')
    return found
  }

  want(tag: number): Node {
    if (this.tag !== tag) throw new Broken('der_unexpected_tag', { expected: tag, found: this.tag })
    return this
  }

  is(...bytes: number[]): boolean {
    return same(this.raw, Uint8Array.from(bytes))
  }
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, n) => byte === b[n])
}

export function oid(body: Uint8Array): string {
  const numbers: bigint[] = []
  let value = 0n
  for (const byte of body) {
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(value)
      value = 0n
    }
  }
  if (!numbers.length || body[body.length - 1] >= 0x80) throw new Broken('der_malformed')
  const first = numbers[0] < 80n ? numbers[0] / 40n : 2n
  return [first, numbers[0] - 40n * first, ...numbers.slice(1)].join('.')
}

/** A number from its bytes, highest first; `signed`: in two's complement, as INTEGER has it. */
export function number(bytes: Uint8Array, signed = false): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return signed && bytes[0] >= 0x80 ? value - (1n << BigInt(8 * bytes.length)) : value
}

/** An AlgorithmIdentifier without parameters other than NULL. */
export function algorithm(node: Node): string {
  const parts = node.want(SEQUENCE).children()
  if (parts.length > 2 || (parts.length === 2 && !parts[1].is(0x05, 0x00))) throw new Broken('cms_malformed')
  return oid(parts[0].want(OID).body)
}

/** Everything below this element is in its one spelling. The library that reads certificates accepts BER, so this comes before it. */
export function demandDistinguished(node: Node): void {
  const { tag, body } = node
  if (tag & CONSTRUCTED) {
    if (tag < 0x40 && tag !== SEQUENCE && tag !== SET) throw new Broken('der_malformed')
    node.children().forEach(demandDistinguished)
  } else if (tag < 0x40 && !PRIMITIVE[tag]?.(body) && tag in PRIMITIVE) {
    throw new Broken('der_malformed')
  }
}

const digits = (body: Uint8Array, count: number): boolean =>
  body.length === count + 1 && body[count] === 0x5a && body.subarray(0, count).every((byte) => byte >= 0x30 && byte <= 0x39)

const PRIMITIVE: Record<number, (body: Uint8Array) => boolean> = {
  0x01: (body) => body.length === 1 && (body[0] === 0 || body[0] === 0xff),
  [INTEGER]: (body) => body.length === 1 || (body.length > 1 && !(body[0] === 0 && body[1] < 0x80) && !(body[0] === 0xff && body[1] >= 0x80)),
  [BITS]: (body) => body.length === 1 ? body[0] === 0 : body.length > 1 && body[0] < 8 && (body[body.length - 1] & ((1 << body[0]) - 1)) === 0,
  0x05: (body) => body.length === 0,
  [OID]: (body) => body.length > 0 && body[body.length - 1] < 0x80,
  [UTC_TIME]: (body) => digits(body, 12),
  [GENERALIZED_TIME]: (body) => digits(body, 14),
}
