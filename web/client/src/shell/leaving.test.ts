import { describe, expect, it } from 'vitest'
import { Leaving } from './leaving'

const field = (value: string, type = 'textarea') => ({ value, type })

describe('Leaving', () => {
  it('goes at once where nothing was written, or next to nothing', () => {
    const leaving = new Leaving()
    expect(leaving.mayGo()).toBe(true)
    leaving.wrote(field('好的'))
    leaving.wrote(field('on and on and on', 'checkbox'))
    expect(leaving.mayGo()).toBe(true)
  })

  it('goes at the second time where something would be lost, and asks again after more was written', () => {
    const [leaving, reason] = [new Leaving(), field('排水沟过两个镇的地界')]
    leaving.wrote(reason)
    expect(leaving.mayGo()).toBe(false)
    leaving.wrote(reason)
    expect([leaving.mayGo(), leaving.mayGo()]).toEqual([false, true])
  })

  it('forgets what was taken out again', () => {
    const [leaving, reason] = [new Leaving(), field('排水沟过两个镇的地界')]
    leaving.wrote(reason)
    reason.value = ''
    leaving.wrote(reason)
    expect(leaving.mayGo()).toBe(true)
  })
})
