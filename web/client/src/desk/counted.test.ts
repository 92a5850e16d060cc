import { expect, it } from 'vitest'
import { counted } from './counted'

it('names a committee once, however many of its people got the order', () => {
  expect(counted(['城关镇调委会', '柳林镇调委会', '城关镇调委会'])).toEqual([
    ['城关镇调委会', 2],
    ['柳林镇调委会', 1],
  ])
  expect(counted([])).toEqual([])
})
