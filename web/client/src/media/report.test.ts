import { describe, expect, it } from 'vitest'
import { between, totals, type Totals } from './report'

const EMPTY: Totals = { at: 0, roundTrip: -1, lostUp: 0, sentUp: 0, lostDown: 0, receivedDown: 0, jitter: 0, frozen: 0, concealed: 0, height: 0, path: '', transport: '' }

describe('totals', () => {
  it('are read from what browsers tell', () => {
    const found = totals(
      [
        { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.042, localCandidateId: 'c' },
        { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
        { type: 'local-candidate', id: 'c', candidateType: 'relay', protocol: 'udp' },
        { type: 'outbound-rtp', packetsSent: 100 },
        { type: 'remote-inbound-rtp', packetsLost: 3 },
        { type: 'inbound-rtp', kind: 'audio', packetsReceived: 50, packetsLost: 2, jitter: 0.012, concealedSamples: 9600, silentConcealedSamples: 4800 },
        { type: 'inbound-rtp', kind: 'video', packetsReceived: 70, packetsLost: 1, jitter: 0.004, totalFreezesDuration: 1.5, frameHeight: 360 },
      ],
      7,
    )
    expect(found).toEqual({ at: 7, roundTrip: 42, lostUp: 3, sentUp: 100, lostDown: 3, receivedDown: 120, jitter: 12, frozen: 1500, concealed: 100, height: 360, path: 'relay', transport: 'udp' })
  })

  it('of nothing are nothing', () => {
    expect(totals([], 0)).toEqual(EMPTY)
    expect(totals([{ type: 'inbound-rtp', packetsLost: 'x', jitter: NaN }], 0)).toEqual(EMPTY)
  })
})

describe('between two looks', () => {
  it('losses are parts and times are sums', () => {
    const report = between({ ...EMPTY, lostDown: 5, receivedDown: 100 }, { ...EMPTY, at: 30, lostUp: 10, sentUp: 1000, lostDown: 15, receivedDown: 190, frozen: 900.4, roundTrip: 30 }, 's')
    expect(report).toMatchObject({ seconds: 30, loss_up: 0.01, loss_down: 0.1, frozen: 900, round_trip: 30 })
  })

  it('a new connection tells nothing yet', () => {
    expect(between({ ...EMPTY, sentUp: 500 }, { ...EMPTY, at: 30, sentUp: 20 }, 's')).toBeNull()
    expect(between(EMPTY, EMPTY, 's')).toBeNull()
  })

  it('stays within what the server takes, whatever a browser counts', () => {
    const report = between(EMPTY, { ...EMPTY, at: 9999, lostUp: 7, sentUp: 1, lostDown: -3, receivedDown: 0, frozen: 1e9, concealed: -5, height: 9000, roundTrip: 1e6 }, 's')
    expect(report).toMatchObject({ seconds: 120, loss_up: 1, loss_down: 0, frozen: 120_000, concealed: 0, height: 4320, round_trip: 60_000 })
  })
})
