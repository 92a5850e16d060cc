// Camera and microphone of one recording: opened, recording, stopped, closed. Whatever ends it, what was recorded until then is kept: a call that comes in, another
// program that is looked at, after which there would be no picture, or a way to another page.
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { DeviceError, meter, openDevices, type DeviceFailure } from '@/media/devices'
import { keepAwake } from './awake'
import { BITS, FRAME, MOST, SIZE_LIMIT, typeFor } from './recorder'

export type Trouble = DeviceFailure | 'unable'

/** `most`: seconds, `limit`: bytes, at which it ends by itself. Where the page is left meanwhile, `done` comes after the component is gone. */
export function useRecorder(done: (blob: Blob, voice: boolean, seconds: number) => void, most = MOST, limit = SIZE_LIMIT) {
  const phase = ref<'closed' | 'opening' | 'open' | 'recording'>('closed')
  const stream = shallowRef<MediaStream | null>(null)
  const camera = ref(false)
  const trouble = ref<Trouble | ''>('')
  const seconds = ref(0)
  /** The page was left, which ended it. */
  const left = ref(false)
  /** How loud it is, 0 to 1. */
  const level = ref(0)
  let stopMeter = (): void => undefined
  let sleep = (): void => undefined
  let recorder: MediaRecorder | undefined
  let timer = 0
  let asked = 0

  async function open(withCamera: boolean): Promise<void> {
    trouble.value = ''
    left.value = false
    if (typeof MediaRecorder === 'undefined' || !typeFor(withCamera, (type) => MediaRecorder.isTypeSupported(type))) {
      trouble.value = 'unable'
      return
    }
    phase.value = 'opening'
    const mine = ++asked
    try {
      const devices = await openDevices(withCamera)
      if (mine === asked) for (const track of devices.stream.getVideoTracks()) await track.applyConstraints(FRAME).catch(() => undefined)
      // Closed while either was waited for: nobody else would put them off.
      if (mine !== asked) return devices.stream.getTracks().forEach((track) => track.stop())
      stream.value = devices.stream
      stopMeter = meter(devices.stream, (loud) => (level.value = loud))
      camera.value = devices.camera
      trouble.value = withCamera && !devices.camera ? 'missing' : ''
      phase.value = 'open'
    } catch (error) {
      if (mine !== asked) return
      close()
      trouble.value = error instanceof DeviceError ? error.reason : 'unknown'
    }
  }

  function start(): void {
    const from = stream.value
    const type = from && typeFor(camera.value, (one) => MediaRecorder.isTypeSupported(one))
    if (!from || !type) return
    try {
      record(from, type)
    } catch (error) {
      close()
      trouble.value = error instanceof DOMException && error.name === 'NotSupportedError' ? 'unable' : 'unknown'
    }
  }

  function record(from: MediaStream, type: string): void {
    const parts: Blob[] = []
    let size = 0
    const began = performance.now()
    const mine = new MediaRecorder(from, { mimeType: type, ...BITS })
    mine.ondataavailable = (event) => {
      if (event.data.size) parts.push(event.data)
      size += event.data.size
      if (size > limit * 0.95) stop()
    }
    mine.onstop = () => {
      const lasted = (performance.now() - began) / 1000
      const voice = !camera.value
      close()
      if (parts.length) done(new Blob(parts, { type: mine.mimeType || type }), voice, lasted)
    }
    for (const track of from.getTracks()) track.addEventListener('ended', stop)
    seconds.value = 0
    timer = window.setInterval(() => {
      seconds.value = Math.min(most, (performance.now() - began) / 1000)
      if (seconds.value >= most) stop()
    }, 250)
    sleep = keepAwake()
    recorder = mine
    mine.start(1000)
    phase.value = 'recording'
    window.addEventListener('beforeunload', stay)
  }

  function stop(): void {
    if (recorder && recorder.state !== 'inactive') recorder.stop()
  }

  function close(): void {
    asked++
    window.removeEventListener('beforeunload', stay)
    clearInterval(timer)
    stopMeter()
    sleep()
    stopMeter = sleep = () => undefined
    level.value = 0
    recorder = undefined
    stream.value?.getTracks().forEach((track) => track.stop())
    stream.value = null
    phase.value = 'closed'
  }

  /** What is being recorded could not be kept any more when the browser itself goes. */
  function stay(event: BeforeUnloadEvent): void {
    event.preventDefault()
  }

  const look = (): void => {
    if (!document.hidden || phase.value !== 'recording') return
    left.value = true
    stop()
  }
  document.addEventListener('visibilitychange', look)

  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', look)
    stop()
    close()
  })

  return { phase, stream, camera, trouble, seconds, left, level, open, start, stop, close }
}
