// Canonical JSON: exactly one spelling of a value. Keys sorted by code point, no blanks, whole numbers, every character as itself.
import { Broken } from './report'

export type Json = null | boolean | number | bigint | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

const MAX_DEPTH = 500
const MAX_DIGITS = 4300
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const WORD = /true|false|null|NaN|-?Infinity/y

/** The value of canonical JSON. Throws `Broken` for any other spelling, for floats and repeated keys. */
export function strictJson(data: Uint8Array): Json {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    throw new Broken('json_malformed')
  }
  const value = new Reader(text).whole()
  if (canonical(value) !== text) throw new Broken('json_not_canonical')
  return value
}

export const canonicalJson = (value: Json): Uint8Array => new TextEncoder().encode(canonical(value))

function canonical(value: Json): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const keys = Object.keys(value).sort(byCodePoint)
  return `{${keys.map((key) => `${quoted(key)}:${canonical(value[key])}`).join(',')}}`
}

function quoted(text: string): string {
  // Half a surrogate pair is no character, and has no bytes.
  if (/[\ud800-\udfff]/u.test(text)) throw new Broken('json_malformed')
  return JSON.stringify(text)
}

/** Strings are compared by units of UTF-16; those of pairs belong behind all others. */
const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit)

/** The order of the strings' UTF-8 bytes. */
export function byCodePoint(a: string, b: string): number {
  for (let n = 0; n < a.length && n < b.length; n++) {
    const [one, other] = [a.charCodeAt(n), b.charCodeAt(n)]
    if (one !== other) return rank(one) - rank(other)
  }
  return a.length - b.length
}

/** The browser's own parser makes floats of all numbers, so that 1 and 1.0 are one: this one keeps them apart. */
class Reader {
  private at = 0
  private depth = 0

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.value()
    if (this.at !== this.text.length) throw new Broken('json_malformed')
    return value
  }

  private value(): Json {
    const next = this.text[this.at]
    if (next === '{' || next === '[') {
      if (++this.depth > MAX_DEPTH) throw new Broken('json_malformed')
      const value = next === '{' ? this.object() : this.array()
      this.depth--
      return value
    }
    if (next === '"') return this.string()
    const word = this.match(WORD)?.[0]
    return word === undefined ? this.number() : named(word)
  }

  private object(): JsonObject {
    const found = Object.create(null) as JsonObject
    this.listed('}', () => {
      const key = this.string()
      this.take(':')
      found[key] = this.value()
    })
    return found
  }

  private array(): Json[] {
    const found: Json[] = []
    this.listed(']', () => found.push(this.value()))
    return found
  }

  private listed(end: string, item: () => void): void {
    this.at++
    if (this.text[this.at] === end) {
      this.at++
      return
    }
    for (;;) {
      item()
      if (this.text[this.at] === end) break
      this.take(',')
    }
    this.at++
  }

  private take(character: string): void {
    if (this.text[this.at++] !== character) throw new Broken('json_malformed')
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at += found[0].length
    return found
  }

  private string(): string {
    if (this.text[this.at] !== '"') throw new Broken('json_malformed')
    let end = this.at + 1
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1
    const quote = this.text.slice(this.at, end + 1)
    this.at = end + 1
    try {
      return JSON.parse(quote) as string
    } catch {
      throw new Broken('json_malformed')
    }
  }

  private number(): Json {
    const found = this.match(NUMBER)
    if (!found || found[0].length > MAX_DIGITS) throw new Broken('json_malformed')
    if (found[1] || found[2]) throw new Broken('json_float', { value: found[0].slice(0, 40) })
    const value = Number(found[0])
    return Number.isSafeInteger(value) ? value : BigInt(found[0])
  }
}

function named(word: string): Json {
  if (word === 'null') return null
  if (word !== 'true' && word !== 'false') throw new Broken('json_float', { value: word })
  return word === 'true'
}

/** An object with exactly these keys, or null. */
export function withKeys(value: Json, ...keys: string[]): JsonObject | null {
  const found = objectOf(value)
  const names = Object.keys(found)
  return names.length === keys.length && keys.every((key) => names.includes(key)) ? found : null
}

export function objectOf(value: Json | undefined): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new TypeError('not an object')
  return value
}

export function arrayOf(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new TypeError('not a list')
  return value
}

export function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError('not a string')
  return value
}
