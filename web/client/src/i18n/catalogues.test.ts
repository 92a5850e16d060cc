import { describe, expect, it } from 'vitest'
import en from './en'
import zh from './zh'

function keys(node: object, prefix = ''): string[] {
  return Object.entries(node).flatMap(([key, value]) => (typeof value === 'object' && value !== null ? keys(value, `${prefix}${key}.`) : [`${prefix}${key}`]))
}

describe('catalogues', () => {
  it('have the same keys in both languages', () => {
    expect(keys(en).sort()).toEqual(keys(zh).sort())
  })
  it('have no empty sentence', () => {
    for (const text of [...Object.values(zh.errors), ...Object.values(en.errors)]) expect(text.length).toBeGreaterThan(3)
  })
})
