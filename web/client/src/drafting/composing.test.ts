import { describe, expect, it } from 'vitest'
import { Composing, PATIENCE, SETTLE } from './composing'
import type { Clock } from './composing'

class Hand implements Clock {
  now = 0
  private timers = new Map<number, { at: number; action: () => void }>()
  private next = 1
  set(action: () => void, milliseconds: number): number {
    this.timers.set(this.next, { at: this.now + milliseconds, action })
    return this.next++
  }
  clear(timer: number): void {
    this.timers.delete(timer)
  }
  pass(milliseconds: number): void {
    this.now += milliseconds
    for (const [id, timer] of [...this.timers]) {
      if (timer.at <= this.now && this.timers.delete(id)) timer.action()
    }
  }
}

describe('composing', () => {
  it('passes at once while nobody composes', () => {
    const seen: string[] = []
    new Composing(new Hand()).run(() => seen.push('a'))
    expect(seen).toEqual(['a'])
  })

  it('holds back until the text has settled, and keeps the order', () => {
    const clock = new Hand()
    const composing = new Composing(clock)
    const seen: string[] = []
    composing.begin()
    composing.run(() => seen.push('a'))
    composing.end()
    composing.run(() => seen.push('b'))
    clock.pass(SETTLE - 1)
    expect(seen).toEqual([])
    clock.pass(1)
    expect(seen).toEqual(['a', 'b'])
  })

  it('goes on holding when the next composition begins at once', () => {
    const clock = new Hand()
    const composing = new Composing(clock)
    const seen: string[] = []
    composing.begin()
    composing.run(() => seen.push('a'))
    composing.end()
    clock.pass(SETTLE / 2)
    composing.begin()
    clock.pass(SETTLE * 2)
    expect(seen).toEqual([])
    composing.end()
    clock.pass(SETTLE)
    expect(seen).toEqual(['a'])
  })

  it('does not wait for ever, and forgets when destroyed', () => {
    const clock = new Hand()
    const composing = new Composing(clock)
    const seen: string[] = []
    composing.begin()
    composing.run(() => seen.push('a'))
    clock.pass(PATIENCE)
    expect(seen).toEqual(['a'])
    composing.begin()
    composing.run(() => seen.push('b'))
    composing.destroy()
    clock.pass(PATIENCE)
    expect(seen).toEqual(['a'])
  })
})
