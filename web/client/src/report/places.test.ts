import { describe, expect, it } from 'vitest'
import { placesIn } from './places'

const TOWNSHIPS = [
  { code: '139901001', name: '城关镇' },
  { code: '139901002', name: '柳林镇' },
  { code: '139901003', name: '河东街道' },
  { code: '139901004', name: '大河东镇' },
]

describe('townships in what was written', () => {
  it('are proposed with the word that names them', () => {
    expect(placesIn('柳林东街的院墙', TOWNSHIPS, '')).toEqual([{ code: '139901002', word: '柳林' }])
  })
  it('are not proposed where one of them is chosen', () => {
    expect(placesIn('从城关镇到柳林镇', TOWNSHIPS, '139901002')).toEqual([])
    expect(placesIn('从城关镇到柳林镇', TOWNSHIPS, '139901003').map((one) => one.word)).toEqual(['城关镇', '柳林镇'])
  })
  it('are not found within a longer name', () => {
    expect(placesIn('住在大河东镇', TOWNSHIPS, '')).toEqual([{ code: '139901004', word: '大河东镇' }])
  })
  it('are none where nothing names any', () => {
    expect(placesIn('楼上漏水', TOWNSHIPS, '')).toEqual([])
  })
})
