import { describe, expect, it } from 'vitest'
import { returnable, standing, STAGES } from './stages'

describe('standing', () => {
  it('tells a step that was skipped from one that is done', () => {
    const steps = STAGES.slice(0, 6).map((stage) => standing(stage, 'caucus', ['identity', 'notice', 'statements']))
    expect(steps).toEqual(['done', 'done', 'done', 'skipped', 'now', 'ahead'])
  })
  it('claims no skipped step where no visits are told', () => {
    expect(standing('evidence', 'caucus')).toBe('done')
  })
})

describe('returnable', () => {
  it('leads back to every earlier step until the agreement is being confirmed', () => {
    expect(STAGES.filter((stage) => returnable(stage, 'caucus'))).toEqual(['identity', 'notice', 'statements', 'evidence'])
    expect(STAGES.filter((stage) => returnable(stage, 'confirmation'))).toEqual([])
  })
})
