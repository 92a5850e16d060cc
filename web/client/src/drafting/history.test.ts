import { expect, it } from 'vitest'
import { colourOf, shownClauses, type ClauseChange } from './history'

const clause = (id: string, state: ClauseChange['state'], text = id): ClauseChange => ({ id, heading: id, state, pieces: text ? [{ op: 'same', text, author: 'm' }] : [] })

it('shows what changed, or everything that says something', () => {
  const clauses = [clause('a', 'same'), clause('b', 'changed'), clause('c', 'removed'), clause('d', 'added', '')]
  expect(shownClauses(clauses, false).map((one) => one.id)).toEqual(['b', 'c'])
  expect(shownClauses(clauses, true).map((one) => one.id)).toEqual(['a', 'b', 'c'])
})

it('gives everybody a colour of their own', () => {
  const authors = ['server', 'm', 's1', 's2']
  expect(new Set(authors.map((author) => colourOf(authors, author))).size).toBe(4)
  expect(colourOf(authors, 'nobody')).toBe(colourOf(authors, 'server'))
})
