import { expect, test } from 'vitest'
import { kindsOf } from './downlink'

test('the offer tells what each section carries', () => {
  const section = (mid: string, msid: string): string => `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:${mid}\r\n${msid}`
  const sdp = ['v=0\r\na=group:BUNDLE 0 1 2 3', section('0', 'a=msid:s1 s1:audio\r\n'), section('1', 'a=msid:s1 s1:camera\r\n'), section('2', 'a=msid:m m:screen\r\n'), section('3', 'a=inactive\r\n')].join('\r\n')
  expect([...kindsOf(sdp.replace(/\r\n\r\n/g, '\r\n'))]).toEqual([
    ['0', 'audio'],
    ['1', 'camera'],
    ['2', 'screen'],
  ])
})
