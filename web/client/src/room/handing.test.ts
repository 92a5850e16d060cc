// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { hand, handedTo } from './handing'

const wife = { as: 'h2', seat: 's2', name: '赵某' }

describe('a device that is being handed over', () => {
  beforeEach(() => sessionStorage.clear())

  it('is remembered for the seat that hands it over, until it was taken or kept', () => {
    expect(handedTo(sessionStorage, 'r1 s1')).toBeNull()
    hand(sessionStorage, 'r1 s1', wife)
    expect(handedTo(sessionStorage, 'r1 s1')).toEqual(wife)
    expect(handedTo(sessionStorage, 'r1 s2')).toBeNull()
    hand(sessionStorage, 'r1 s1', null)
    expect(handedTo(sessionStorage, 'r1 s1')).toBeNull()
  })

  it('is not where something else is kept', () => {
    for (const other of ['{', '7', '{"as":"h2"}']) {
      sessionStorage.setItem('handing r1 s1', other)
      expect(handedTo(sessionStorage, 'r1 s1')).toBeNull()
    }
  })
})
