import { describe, expect, it } from 'vitest'
import { answerable, digitsOf, grouped, seconds } from './code'

const asked = { way: 'screen' as const, asked: '2026-03-18T06:30:00Z', again: '2026-03-18T06:31:00Z', until: '2026-03-18T06:35:00Z', left: 5 }
const at = (time: string): number => Date.parse(`2026-03-18T06:${time}Z`)

describe('one-time codes', () => {
  it('are taken however they are typed', () => {
    for (const text of ['482913', '482 913', ' 482-913\n', '４８２９１３', '【和议】482913，', '4829135']) expect(digitsOf(text)).toBe('482913')
  })
  it('are read out in two groups', () => {
    expect([grouped('482913'), grouped('')]).toEqual(['482 913', ''])
  })
  it('count down and end', () => {
    expect([seconds(asked.again, at('30:00')), seconds(asked.again, at('30:59.5')), seconds(asked.again, at('33:00'))]).toEqual([60, 1, 0])
    expect([answerable(asked, at('34:59')), answerable(asked, at('35:00')), answerable({ ...asked, left: 0 }, at('31:00')), answerable({ ...asked, answered: true }, at('31:00'))]).toEqual([true, false, false, false])
  })
})
