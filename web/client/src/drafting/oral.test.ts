import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { LIMITS, missingOf } from './oral'

describe('an oral agreement', () => {
  it('has the limits of the server', () => {
    const python = readFileSync('../../rooms/oral_agreement.py', 'utf8')
    const stated = /LIMITS = \{(.*?)\}/.exec(python)![1]!
    expect(Object.fromEntries([...stated.matchAll(/"(\w+)": (\d+)/g)].map(([, name, limit]) => [name, Number(limit)]))).toEqual(LIMITS)
  })
  it('lacks what is blank', () => {
    expect(missingOf({ matters: 'a', facts: ' ', content: 'b', manner: '', deadline: 'c' })).toEqual(['facts', 'manner'])
  })
})
