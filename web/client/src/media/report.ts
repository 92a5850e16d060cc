// How a call goes, as the browser counts it: sums of two connections, and what of them is new since the last look.
import type { CallReport } from '@/live/messages'

/** Everything counts from the beginning of its connection but `roundTrip`, `jitter` (ms) and `height`, which are of this moment. */
export interface Totals {
  at: number
  roundTrip: number
  lostUp: number
  sentUp: number
  lostDown: number
  receivedDown: number
  jitter: number
  frozen: number
  concealed: number
  height: number
  path: CallReport['path']
  transport: CallReport['transport']
}

type Stat = Record<string, unknown> & { type: string }
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

/** Read the statistics of both connections; `at` in seconds. */
export function totals(reports: Iterable<Stat>, at: number): Totals {
  const all = [...reports]
  const sum = (type: string, field: string): number => all.filter((s) => s.type === type).reduce((total, s) => total + number(s[field]), 0)
  const most = (type: string, field: string): number => all.filter((s) => s.type === type).reduce((found, s) => Math.max(found, number(s[field])), 0)
  const pairs = all.filter((s) => s.type === 'candidate-pair' && s.nominated)
  const trips = pairs.map((s) => s.currentRoundTripTime).filter((trip) => typeof trip === 'number')
  const local = all.find((s) => s.type === 'local-candidate' && pairs.some((pair) => pair.localCandidateId === s.id))
  const sounds = all.filter((s) => s.type === 'inbound-rtp' && s.kind === 'audio')
  return {
    at,
    roundTrip: trips.length ? Math.round(Math.max(...trips.map(number)) * 1000) : -1,
    lostUp: sum('remote-inbound-rtp', 'packetsLost'),
    sentUp: sum('outbound-rtp', 'packetsSent'),
    lostDown: sum('inbound-rtp', 'packetsLost'),
    receivedDown: sum('inbound-rtp', 'packetsReceived'),
    jitter: Math.round(most('inbound-rtp', 'jitter') * 1000),
    frozen: sum('inbound-rtp', 'totalFreezesDuration') * 1000,
    // Samples are 48 to a millisecond, of each voice.
    concealed: sounds.reduce((total, s) => total + number(s.concealedSamples) - number(s.silentConcealedSamples), 0) / 48,
    height: most('inbound-rtp', 'frameHeight'),
    path: (['host', 'srflx', 'prflx', 'relay'] as const).find((path) => path === local?.candidateType) ?? '',
    transport: (['udp', 'tcp'] as const).find((kind) => kind === local?.protocol) ?? '',
  }
}

/** What happened between two looks; null where nothing can be said, as after a new connection, whose counts begin anew. */
export function between(before: Totals, now: Totals, session: string): CallReport | null {
  const seconds = now.at - before.at
  const grown = (field: 'lostUp' | 'sentUp' | 'lostDown' | 'receivedDown' | 'frozen' | 'concealed'): number => now[field] - before[field]
  if (seconds < 1 || grown('sentUp') < 0 || grown('receivedDown') < 0) return null
  const part = (lost: number, arrived: number): number => (lost > 0 && lost + arrived > 0 ? Math.min(1, lost / (lost + arrived)) : 0)
  const ms = (value: number): number => Math.min(120_000, Math.max(0, Math.round(value)))
  return {
    t: 'call_report',
    session,
    seconds: Math.min(120, seconds),
    round_trip: Math.min(60_000, now.roundTrip),
    loss_up: Math.min(1, grown('sentUp') > 0 ? Math.max(0, grown('lostUp')) / grown('sentUp') : 0),
    loss_down: part(grown('lostDown'), grown('receivedDown')),
    jitter: ms(now.jitter),
    frozen: ms(grown('frozen')),
    concealed: ms(grown('concealed')),
    height: Math.min(4320, now.height),
    path: now.path,
    transport: now.transport,
  }
}
