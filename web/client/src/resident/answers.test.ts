import { expect, it } from 'vitest'
import { sawAnswers, unseen } from './answers'

it('counts the answers that nobody has looked at here', () => {
  const store = new Map<string, string>()
  globalThis.localStorage = { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => void store.set(k, v) } as Storage
  expect(unseen('k', 0)).toBe(0)
  expect(unseen('k', 2)).toBe(2)
  sawAnswers('k', 2)
  expect(unseen('k', 2)).toBe(0)
  expect(unseen('k', 3)).toBe(1)
  expect(unseen('other', 1)).toBe(1)
  store.set('heyi.answers.k', 'nonsense')
  expect(unseen('k', 1)).toBe(1)
})
