import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { LOW, MARKS, SCORES } from './scores'

it('are those of the rules', () => {
  const marks = readFileSync('../../cases/vocabulary.py', 'utf8').split('class Mark(')[1]!.split('\n\n\n')[0]!
  expect([...marks.matchAll(/= "(\w+)"/g)].map(([, word]) => word)).toEqual([...MARKS])
  const rules = readFileSync('../../cases/rating.py', 'utf8')
  expect(rules).toContain(`LOWEST, HIGHEST = ${SCORES[0]}, ${SCORES[SCORES.length - 1]}`)
  expect(rules).toContain(`LOW = ${LOW}\n`)
})
