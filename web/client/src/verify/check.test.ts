import { expect, it } from 'vitest'
import { listed, plain } from './check'

it('names the first three things that are wrong, and nothing that is a number', () => {
  expect(listed({ damaged: ['a', 'b', 'c', 'd'], withheld: 0 })).toEqual(['a', 'b', 'c'])
  expect(listed({ uncovered: 7 })).toEqual([])
})

it('has plain words for what the catalogue does not know', () => {
  expect(plain({ some_thing: 3, none: [], empty: '' })).toBe('some thing: 3')
})
