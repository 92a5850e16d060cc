import { describe, expect, it, vi } from 'vitest'
import { usePaper } from './usePaper'

const file = (name: string): File => new File(['x'], name)

describe('signed pages', () => {
  it('go one after the other, and what fails holds nothing up', async () => {
    const under: string[] = []
    const post = vi.fn(async (_case: string, sent: Blob, key: string, progress: (share: number) => void) => {
      under.push(key)
      progress(1)
      expect(paper.list.value.filter((one) => one.state === 'sending')).toHaveLength(1)
      if ((sent as File).name === 'b') throw new Error('away')
      return { taken: [1], unread: [] }
    })
    const paper = usePaper(() => 'case', post)
    paper.add([file('a'), file('b'), file('c')])
    await vi.waitFor(() => expect(paper.list.value.map((one) => one.state)).toEqual(['done', 'refused', 'done']))
    expect(paper.list.value[0]!.answer!.taken).toEqual([1])
    paper.again(paper.list.value[1]!)
    await vi.waitFor(() => expect(paper.list.value[1]!.state).toBe('refused'))
    expect(under[3]).toBe(under[1])
    expect(new Set(under).size).toBe(3)
    paper.forget(paper.list.value[1]!)
    expect(paper.list.value.map((one) => one.name)).toEqual(['a', 'c'])
  })
})
