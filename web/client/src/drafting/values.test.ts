import { describe, expect, it } from 'vitest'
import { amountProblem, readAmount, shown, wrongId } from './values'

describe('readAmount', () => {
  it.each([
    ['1800', '1800.00'],
    ['1,800.5元', '1800.50'],
    ['￥0012', '12.00'],
    ['twelve', ''],
    ['1.234', ''],
    ['-5', ''],
    ['１２３４．５', '1234.50'],
  ])('%s → %s', (text, value) => expect(readAmount(text)).toBe(value))
})

describe('amountProblem', () => {
  it.each([
    ['1800', ''],
    ['999999999999.99', ''],
    ['1000000000000', 'amountLarge'],
    ['99,999,999,999,999元', 'amountLarge'],
    ['twelve', 'amountWrong'],
    ['1.234', 'amountWrong'],
  ])('%s → %s', (text, problem) => expect(amountProblem(text)).toBe(problem))
})

describe('shown', () => {
  it('groups sums and spells dates', () => {
    expect(shown('amount', '1234567.50', 'zh')).toBe('1,234,567.50元')
    expect(shown('date', '2026-04-15', 'zh')).toBe('2026年4月15日')
    expect(shown('manner', '银行转账', 'zh')).toBe('银行转账')
  })
})

describe('an id number', () => {
  it('is wrong where its check character or birthday is', () => {
    for (const good of ['11010519491231002X', '11010519491231002x', '440524188001010014', '91350100M000100Y43', 'G12345678', '']) expect(wrongId(good)).toBe(false)
    for (const bad of ['11010519491231002Y', '110105194912310020', '110105194913310020', '1101051949123100201', '11010519491231002', '110105294912310028']) expect(wrongId(bad)).toBe(true)
  })
})
