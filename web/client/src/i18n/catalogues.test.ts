import { describe, expect, it } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import en from './en'
import zh from './zh'

function keys(node: object, prefix = ''): string[] {
  return Object.entries(node).flatMap(([key, value]) => (typeof value === 'object' && value !== null ? keys(value, `${prefix}${key}.`) : [`${prefix}${key}`]))
}

describe('catalogues', () => {
  it('have the same keys in both languages', () => {
    expect(keys(en).sort()).toEqual(keys(zh).sort())
  })
  it('have a sentence for every code with which the server refuses', () => {
    const missing = new Set<string>()
    for (const folder of ['cases', 'rooms', 'agreements', 'realtime', 'storage', 'web']) {
      for (const name of readdirSync(join('../..', folder), { recursive: true, encoding: 'utf8' })) {
        if (!name.endsWith('.py') || name.startsWith('client')) continue
        const python = readFileSync(join('../..', folder, name), 'utf8')
        for (const [, code] of python.matchAll(/\b(?:Invalid|NotAllowed|OutOfTurn|Conflict|NotFound|TooMuch|CeremonyError|OutOfOrder|Unavailable)\(\s*"([a-z_]+)"/g)) if (!(code! in zh.errors)) missing.add(code!)
      }
    }
    expect([...missing]).toEqual([])
  })
  it('have a name for every check of the verifier', () => {
    const missing = new Set<string>()
    for (const name of readdirSync('src/verifier')) {
      const source = readFileSync(join('src/verifier', name), 'utf8')
      for (const [, code] of source.matchAll(/report\.(?:add|warn)\('([a-z_]+)'/g)) if (!(code! in zh.verify.checks)) missing.add(code!)
    }
    expect([...missing]).toEqual([])
  })
  it('have words for every check that can fail without a reason', () => {
    const missing = new Set<string>()
    for (const name of readdirSync('src/verifier')) {
      const source = readFileSync(join('src/verifier', name), 'utf8')
      for (const [, code, rest] of source.matchAll(/report\.add\('([a-z_]+)', ([^\n]*)/g)) {
        if (!rest!.startsWith('true') && !rest!.startsWith('false, ') && !(code! in zh.verify.wrong) && !['known_format', 'size'].includes(code!)) missing.add(code!)
      }
    }
    expect([...missing]).toEqual([])
  })
  it('have words for every reason of the verifier', () => {
    const missing = new Set<string>()
    for (const name of readdirSync('src/verifier')) {
      const source = readFileSync(join('src/verifier', name), 'utf8')
      for (const [, code] of source.matchAll(/Broken\('([a-z_]+)'/g)) if (!(code! in zh.verify.reasons)) missing.add(code!)
    }
    expect([...missing]).toEqual([])
  })
  it('have no empty sentence', () => {
    for (const text of [...Object.values(zh.errors), ...Object.values(en.errors)]) expect(text.length).toBeGreaterThan(3)
  })
})
