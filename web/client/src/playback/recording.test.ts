import { describe, expect, it } from 'vitest'
import { between, breaks, change, holesOf, latest, ofSession, plays, segmentAt, sessionsOf, span, speakerAt, stagesOf, time, toldBy, tracksOf, type Segment, type Told } from './recording'
import { within } from './words'

const piece = (seat: string, begins: number, duration: number, more: Partial<Segment> = {}): Segment => ({
  session: 'one', segment: `${seat}-${begins}`, seat, part: 'main', container: 'webm', picture: true, begins, duration, state: 'closed', chunks: 9, reason: '', vouched: true, ...more,
})
const told = (segments: Segment[], more: Partial<Told> = {}): Told => ({ title: '', watcher: '', names: {}, segments, happened: [], speakers: [], speakers_vouched: {}, drafts: [], ...more })

describe('a recording', () => {
  it('spans from its first to its last second', () => expect(span(told([piece('b', 5000, 1000), piece('a', 2000, 9000)]))).toEqual({ from: 2000, to: 11000 }))
  it('has a track for each seat and each screen', () => {
    const tracks = tracksOf(told([piece('b', 9000, 10), piece('a', 2000, 10), piece('a', 5000, 10, { part: 'screen' }), piece('a', 4000, 10)]))
    expect(tracks.map((one) => [one.key, one.segments.map((segment) => segment.begins)])).toEqual([['a/main', [2000, 4000]], ['a/screen', [5000]], ['b/main', [9000]]])
  })
  it('is found by a moment, its last not included', () => {
    const [track] = tracksOf(told([piece('a', 1000, 500), piece('a', 3000, 500)]))
    expect([999, 1000, 1499, 1500, 3100].map((at) => segmentAt(track!, at)?.begins ?? 0)).toEqual([0, 1000, 1000, 0, 3000])
  })
  it('is played by browsers that say so, but for what few can', () => {
    const can = (...kinds: string[]) => (type: string): string => (kinds.some((kind) => type.startsWith(`video/${kind};`)) ? 'probably' : '')
    expect(['webm', 'mp4', 'matroska', 'other'].map((container) => plays(piece('a', 0, 10, { container }), can('webm', 'mp4')))).toEqual([true, true, false, false])
    expect(plays(piece('a', 0, 10, { container: 'mp4' }), can('webm'))).toBe(false)
  })
  it('tells where nobody was recorded, and why', () => {
    const happened = [{ at: 20_500, kind: 'caucus.opened' }, { at: 60_000, kind: 'recording.stopped', reason: 'privacy', text: '谈病情' }]
    const one = told([piece('a', 0, 20_000), piece('b', 500, 20_000), piece('a', 40_000, 20_000), piece('a', 90_000, 10_000), piece('a', 100_500, 10), piece('a', 120_000, 10)], { happened })
    expect(holesOf(one)).toEqual([
      { from: 20_500, to: 40_000, why: 'caucus', told: [20_500, 40_000] },
      { from: 60_000, to: 90_000, why: 'paused', pause: 'privacy', words: '谈病情', told: [60_000, 90_000] },
      { from: 100_510, to: 120_000, why: 'nobody', told: [100_510, 120_000] },
    ])
    expect(breaks(one)).toEqual({ count: 1, lasted: 19_490 })
  })
  it('counts the break of one while others go on', () => expect(breaks(told([piece('a', 0, 60_000), piece('b', 0, 10_000), piece('b', 18_000, 10_000)]))).toEqual({ count: 1, lasted: 8000 }))
  it('has stages from the one that it began in', () => {
    const happened = [{ at: 100, kind: 'stage.moved', from: 'identity', to: 'notice' }, { at: 5000, kind: 'stage.moved', to: 'statements' }, { at: 99_000, kind: 'stage.moved', to: 'options' }]
    expect(stagesOf(told([piece('a', 1000, 10_000)], { happened }))).toEqual([{ stage: 'notice', from: 1000, to: 5000 }, { stage: 'statements', from: 5000, to: 11_000 }])
  })
  it('is cut to one session', () => {
    const both = told([piece('a', 0, 1000), piece('a', 9_000_000, 1000, { session: 'two' })], { happened: [{ at: 10, kind: 'x' }, { at: 9_000_100, kind: 'y' }] })
    expect(sessionsOf(both)).toEqual(['two', 'one'])
    expect(ofSession(both, 'two').happened.map((one) => one.kind)).toEqual(['y'])
  })
  it('goes on to the end of a session in which nobody was recorded any more, and says why', () => {
    const ends = (...happened: Told['happened']) => ofSession(told([piece('a', 1000, 20_000), piece('a', 900_000, 10, { session: 'two' })], { happened }), 'one')
    const paused = ends({ at: 21_500, kind: 'recording.stopped', reason: 'rest' }, { at: 80_000, kind: 'recording.stopped', reason: 'ended' }, { at: 80_000, kind: 'session.ended' })
    expect([span(paused).to, holesOf(paused)]).toEqual([80_000, [{ from: 21_000, to: 80_000, why: 'paused', pause: 'rest', words: undefined, told: [21_500, 80_000] }]])
    const left = ends({ at: 70_000, kind: 'recording.stopped', reason: 'archive' }, { at: 70_000, kind: 'stage.moved', to: 'archive' }, { at: 90_000, kind: 'session.ended' })
    expect(holesOf(left)).toEqual([{ from: 21_000, to: 70_000, why: 'nobody', told: [21_000, 70_000] }])
    for (const whole of [ends({ at: 23_000, kind: 'session.ended' }), ends({ at: 30_000, kind: 'session.opened' }, { at: 950_000, kind: 'session.ended' }), ends()]) {
      expect([span(whole).to, holesOf(whole)]).toEqual([21_000, []])
    }
  })
  it('tells of a gap the length that record and film tell: from the second that has begun to the second that has begun', () => {
    const happened = [{ at: 20_900, kind: 'recording.stopped', reason: 'rest' }, { at: 54_100, kind: 'recording.started', since: 20_900 }]
    const [hole] = holesOf(told([piece('a', 0, 21_100), piece('a', 54_600, 9000)], { happened }))
    expect([hole!.told, between(...hole!.told)]).toEqual([[20_900, 54_100], '00:34'])
    expect([between(1000, 1999), between(1999, 2000), between(0, 61_001)]).toEqual(['00:00', '00:01', '01:01'])
  })
  it('tells a pause once, by its gap', () => {
    const happened = [{ at: 20_500, kind: 'recording.stopped', reason: 'rest' }, { at: 41_000, kind: 'recording.started', since: 20_500 }, { at: 70_000, kind: 'recording.stopped', reason: 'archive' }]
    const one = told([piece('a', 0, 20_000), piece('a', 41_000, 29_000)], { happened })
    expect(happened.map((event) => toldBy(event, holesOf(one)))).toEqual([true, false, false])
  })
  it('knows who spoke last', () => {
    const one = told([piece('a', 0, 9000)], { speakers: [{ seat: 'a', from: 100, to: 200 }, { seat: 'b', from: 300, to: 400 }] })
    expect([50, 150, 250, 350, 900].map((at) => speakerAt(one, at))).toEqual(['', 'a', 'a', 'b', 'b'])
    expect([0, 5, 7].map((at) => latest([{ at: 5 }, { at: 6 }], at))).toEqual([-1, 0, 1])
  })
})

describe('words', () => {
  it('go on after a name', () => expect(['Answered the code', 'signed', '“Hello”', 'A talk', '签了名'].map(within)).toEqual(['answered the code', 'signed', '“Hello”', 'a talk', '签了名']))
  it('tell a change by its middle', () => {
    expect(change('付 2,000 元。', '付 1,800 元。')).toEqual({ before: '付 ', removed: '2,000', added: '1,800', after: ' 元。' })
    expect(change('', '新')).toEqual({ before: '', removed: '', added: '新', after: '' })
    expect(change('同', '同')).toEqual({ before: '同', removed: '', added: '', after: '' })
  })
  it('tell a time', () => expect([0, 62_000, 4_000_000].map(time)).toEqual(['00:00', '01:02', '1:06:40']))
})
