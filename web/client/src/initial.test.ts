import { describe, expect, it } from 'vitest'
import { initial } from './initial'

describe('initial', () => {
  it('is a whole character', () => {
    expect(['𠮷田', '李某', 'Anna', ''].map(initial)).toEqual(['𠮷', '李', 'A', ''])
  })
})
