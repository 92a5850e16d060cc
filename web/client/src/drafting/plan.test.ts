import { describe, expect, it } from 'vitest'
import { MOST, planProblem, type Plan } from './plan'

const plan: Plan = { from: '李某', to: '赵某', total: '1800.00', count: 3, first: '2026-04-15' }

describe('planProblem', () => {
  it.each<[Partial<Plan>, string]>([
    [{}, ''],
    [{ total: '0.03' }, ''],
    [{ total: '0.29', count: 29 }, ''],
    [{ total: '0.01' }, 'small'],
    [{ to: '李某' }, 'same'],
    [{ count: 1 }, 'countWrong'],
    [{ count: MOST + 1 }, 'countWrong'],
    [{ count: 2.5 }, 'countWrong'],
    [{ count: NaN }, 'countWrong'],
    [{ first: '2026-03-17' }, 'past'],
    [{ first: '' }, 'past'],
  ])('%o → %s', (altered, problem) => expect(planProblem({ ...plan, ...altered }, '2026-03-18')).toBe(problem))
})
