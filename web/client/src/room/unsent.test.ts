import { describe, expect, it } from 'vitest'
import type { ChatLine } from '@/live/docs'
import { RefusedError } from '@/live/connection'
import { Unsent, unshown } from './unsent'

interface Said {
  text: string
  talk: string
  done: () => void
  refuse: (error: Error) => void
}

function talking(): { unsent: Unsent; said: Said[] } {
  const said: Said[] = []
  const unsent = new Unsent((text, talk) => new Promise((resolve, reject) => said.push({ text, talk, done: () => resolve({}), refuse: reject })))
  return { unsent, said }
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const line = (seat: string, text: string): ChatLine => ({ seat, text, at: '2026-11-23T08:00:00Z' })
const texts = (unsent: Unsent, lines: [string, ChatLine][], talk = ''): string[] => unshown(unsent.lines, lines, talk, 's1').map((one) => one.text)

describe('a line that is not sent yet', () => {
  it('goes when it is acknowledged', async () => {
    const { unsent, said } = talking()
    unsent.add('我在', '', '')
    expect(texts(unsent, [])).toEqual(['我在'])
    said[0]!.done()
    await settled()
    expect(unsent.lines).toEqual([])
  })

  it('is not shown a second time when the event comes before the answer', () => {
    const { unsent } = talking()
    unsent.add('好', '', '000001')
    unsent.add('好', '', '000001')
    const before: [string, ChatLine][] = [['000001', line('s1', '好')]]
    expect(texts(unsent, before)).toEqual(['好', '好'])
    expect(texts(unsent, [...before, ['000002', line('s1', '好')]])).toEqual(['好'])
    expect(texts(unsent, [...before, ['000002', line('s1', '好')], ['000003', line('s1', '好')]])).toEqual([])
  })

  it('is not taken for what somebody else said, nor for what was said in another talk', () => {
    const { unsent } = talking()
    unsent.add('好', 'c1', '')
    expect(texts(unsent, [['000001', line('m', '好')]], 'c1')).toEqual(['好'])
    expect(texts(unsent, [['000001', line('s1', '好')]], '')).toEqual(['好'])
  })

  it('stays with its reason when it was refused, until it is said again or given up', async () => {
    const { unsent, said } = talking()
    unsent.add('底价一千八', 'c1', '')
    const refusal = new RefusedError('other_talk', '')
    said[0]!.refuse(refusal)
    await settled()
    expect(unsent.lines[0]!.refusal).toBe(refusal)
    // A refused line is shown, even beside an equal one that went out.
    expect(texts(unsent, [['000001', line('s1', '底价一千八')]], 'c1')).toEqual(['底价一千八'])
    unsent.again(unsent.lines[0]!, '', '000004')
    expect(said[1]).toMatchObject({ text: '底价一千八', talk: '' })
    expect(unsent.lines[0]).toMatchObject({ refusal: null, talk: '', after: '000004' })
    said[1]!.refuse(refusal)
    await settled()
    unsent.drop(unsent.lines[0]!)
    expect(unsent.lines).toEqual([])
  })
})
