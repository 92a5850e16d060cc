import { describe, expect, it } from 'vitest'
import { standing, STAGES } from './stages'

describe('standing', () => {
  it('tells a step that was skipped from one that is done', () => {
    const steps = STAGES.slice(0, 6).map((stage) => standing(stage, 'caucus', ['identity', 'notice', 'statements']))
    expect(steps).toEqual(['done', 'done', 'done', 'skipped', 'now', 'ahead'])
  })
  it('claims no skipped step where no visits are told', () => {
    expect(standing('evidence', 'caucus')).toBe('done')
  })
})
