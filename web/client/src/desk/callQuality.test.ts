import { describe, expect, it } from 'vitest'
import { quality, type CallRow } from './callQuality'

const ROW: CallRow = { session: 's', seat: 'a', name: '李某', seconds: 600, round_trip: 40, loss_up: 0, loss_down: 0.001, frozen: 2, concealed: 1, path: 'host', transport: 'udp' }

describe('a call in one word', () => {
  it.each([
    [{}, 'good'],
    [{ round_trip: null }, 'good'],
    [{ loss_down: 0.03 }, 'fair'],
    [{ frozen: 30 }, 'fair'],
    [{ round_trip: 400 }, 'fair'],
    [{ concealed: 90 }, 'poor'],
    [{ loss_up: 0.2 }, 'poor'],
    [{ seconds: 0, frozen: 5 }, 'good'],
  ] as const)('%o is %s', (changed, word) => expect(quality({ ...ROW, ...changed })).toBe(word))
})
