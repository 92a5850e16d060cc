import { describe, expect, it } from 'vitest'
import { tilesOf } from './tiles'

const county = (n: number, count: (at: number) => number | string) => {
  const codes = Array.from({ length: n }, (_, at) => `139901${String(at + 1).padStart(3, '0')}`)
  return tilesOf(Object.fromEntries(codes.map((code) => [code, `镇${code.slice(-2)}`])), Object.fromEntries(codes.map((code, at) => [code, count(at)])))
}

describe('townships on a wall', () => {
  it('are tiles with a shade as they have much or little in work', () => {
    const { tiles, lines } = county(3, (at) => [10, 2, 0][at]!)
    expect(tiles.map((tile) => tile.shade)).toEqual([4, 0, -1])
    expect(lines).toBe(false)
  })
  it('have no shade where the count is hidden', () => {
    expect(county(2, (at) => (at ? '*' : 9)).tiles[1]).toEqual({ code: '139901002', name: '镇02', count: '*', shade: -1 })
  })
  it('are lines where there are many', () => {
    expect(county(16, () => 3).lines).toBe(false)
    expect(county(17, () => 3).lines).toBe(true)
  })
  it('stand together where they do not fit, the busiest by themselves', () => {
    const { tiles } = county(30, (at) => at)
    expect(tiles).toHaveLength(21)
    expect(tiles[0]!.count).toBe(29)
    expect(tiles[20]).toEqual({ code: '', name: '10', count: 45, shade: -1 })
    expect(county(30, (at) => (at === 3 ? '*' : at)).tiles[20]!.count).toBe('*')
  })
})
