// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDevices, openWhatever } from './devices'
import { withDevices, type FakeDevices } from './devices.fake'

let devices: FakeDevices
const kinds = (stream: MediaStream): string[] => stream.getTracks().map(({ kind }) => kind)

beforeEach(() => (devices = withDevices()))
afterEach(() => vi.unstubAllGlobals())

describe('devices', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['NotReadableError', 'busy'],
    ['NotFoundError', 'missing'],
  ])('are sound alone where the camera answers %s', async (name, reason) => {
    devices.video = name
    const opened = await openDevices(true)
    expect(kinds(opened.stream)).toEqual(['audio'])
    expect(opened).toMatchObject({ camera: false, lacking: reason })
    expect(await openWhatever(true)).toMatchObject({ camera: false, lacking: reason, failure: '' })
  })

  it('miss no camera that nobody asked for', async () => {
    devices.video = 'NotReadableError'
    expect(await openDevices(false)).toMatchObject({ camera: false, lacking: '' })
  })

  it('do not open for a talk without a microphone, which is named', async () => {
    devices.audio = 'NotAllowedError'
    await expect(openDevices(true)).rejects.toMatchObject({ reason: 'denied' })
  })
})

describe('whatever opens', () => {
  it('is the picture alone where there is no microphone', async () => {
    devices.audio = 'NotFoundError'
    const opened = await openWhatever(true)
    expect(kinds(opened.stream)).toEqual(['video'])
    expect(opened).toMatchObject({ camera: true, lacking: '', failure: 'missing' })
  })

  it('asks nobody a third time, but takes a camera that is allowed', async () => {
    devices.audio = 'NotAllowedError'
    expect(kinds((await openWhatever(true)).stream)).toEqual([])
    expect(devices.asked).toEqual(['audio video', 'audio'])
    devices.granted = ['camera']
    expect(kinds((await openWhatever(true)).stream)).toEqual(['video'])
  })

  it('is nothing, with a reason for each, where nothing does', async () => {
    devices.audio = 'NotFoundError'
    devices.video = 'NotReadableError'
    const opened = await openWhatever(true)
    expect(kinds(opened.stream)).toEqual([])
    expect(opened).toMatchObject({ camera: false, lacking: 'busy', failure: 'missing' })
    vi.stubGlobal('isSecureContext', false)
    expect(await openWhatever(false)).toMatchObject({ camera: false, lacking: '', failure: 'insecure' })
  })
})
