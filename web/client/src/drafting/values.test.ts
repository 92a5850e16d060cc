import { describe, expect, it } from 'vitest'
import { readAmount, shown } from './values'

describe('readAmount', () => {
  it.each([
    ['1800', '1800.00'],
    ['1,800.5元', '1800.50'],
    ['￥0012', '12.00'],
    ['twelve', ''],
    ['1.234', ''],
    ['-5', ''],
  ])('%s → %s', (text, value) => expect(readAmount(text)).toBe(value))
})

describe('shown', () => {
  it('groups sums and spells dates', () => {
    expect(shown('amount', '1234567.50', 'zh')).toBe('1,234,567.50元')
    expect(shown('date', '2026-04-15', 'zh')).toBe('2026年4月15日')
    expect(shown('manner', '银行转账', 'zh')).toBe('银行转账')
  })
})
