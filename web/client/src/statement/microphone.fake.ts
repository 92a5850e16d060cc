// For tests: a microphone that is always there, and a browser that records from it.
import { vi } from 'vitest'

class Recorder {
  static isTypeSupported = (): boolean => true
  state = 'inactive'
  ondataavailable?: (event: { data: Blob }) => void
  onstop?: () => void
  start(): void {
    this.state = 'recording'
  }
  /** What it holds comes in a task of its own, as in browsers. */
  stop(): void {
    this.state = 'inactive'
    setTimeout(() => {
      this.ondataavailable?.({ data: new Blob(['told']) })
      this.onstop?.()
    })
  }
}

/** `open`: what comes of asking for it. */
export function withMicrophone(open: () => Promise<unknown>): void {
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('MediaRecorder', Recorder)
  vi.stubGlobal('AudioContext', function () {
    return { createAnalyser: () => ({ getByteTimeDomainData: () => undefined }), createMediaStreamSource: () => ({ connect: () => undefined }), close: async () => undefined }
  })
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: open } })
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:told', revokeObjectURL: () => undefined })
}

export const stream = (): object => ({ getTracks: () => [Object.assign(new EventTarget(), { stop: () => undefined })], getVideoTracks: () => [] })
