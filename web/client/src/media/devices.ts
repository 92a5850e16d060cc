// Camera and microphone: asked for in the click that needs them, with every way of failing named.
import { chosen } from './chosen'

export type DeviceFailure = 'insecure' | 'denied' | 'missing' | 'busy' | 'unknown'

/** `lacking`: why there is sound alone, where a camera was asked for; else empty. */
export interface Devices {
  stream: MediaStream
  camera: boolean
  lacking: DeviceFailure | ''
}

export type Device = 'microphone' | 'camera'

export class DeviceError extends Error {
  constructor(readonly reason: DeviceFailure) {
    super(reason)
  }
}

const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
const VIDEO: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 }, facingMode: 'user' }

function reasonOf(error: unknown): DeviceFailure {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'unknown'
}

/** With the device that was chosen; where it is not there any more, with what the system takes. Throws `DeviceError`. */
async function take(microphone: boolean, camera: boolean): Promise<MediaStream> {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new DeviceError('insecure')
  const own = (base: MediaTrackConstraints, id: string): MediaTrackConstraints => (id ? { ...base, facingMode: undefined, deviceId: { exact: id } } : base)
  const ask = (audio: string, video: string): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio: microphone && own(AUDIO, audio), video: camera && own(VIDEO, video) })
  try {
    return await ask(chosen.audioinput, chosen.videoinput).catch((error: unknown) => {
      if (reasonOf(error) !== 'missing' || !(chosen.audioinput || chosen.videoinput)) throw error
      return ask('', '')
    })
  } catch (error) {
    throw new DeviceError(reasonOf(error))
  }
}

/** Open the devices. Without a camera (or when it fails) sound alone is enough; without a microphone it throws. */
export async function openDevices(camera: boolean): Promise<Devices> {
  let lacking: DeviceFailure | '' = ''
  if (camera) {
    try {
      return { stream: await take(true, true), camera: true, lacking }
    } catch (error) {
      lacking = failureOf(error)
    }
  }
  return { stream: await take(true, false), camera: false, lacking }
}

/** Whatever opens, at worst nothing: whoever has neither still sees and hears the others. `failure`: why there is no microphone; else empty. */
export async function openWhatever(camera: boolean): Promise<Devices & { failure: DeviceFailure | '' }> {
  try {
    return { ...(await openDevices(camera)), failure: '' }
  } catch (error) {
    const failure = failureOf(error)
    let lacking: DeviceFailure | '' = camera ? failure : ''
    // Nobody is asked once more who has just said no.
    if (camera && (failure !== 'denied' || (await allowed('camera')))) {
      try {
        return { stream: await take(false, true), camera: true, lacking: '', failure }
      } catch (another) {
        lacking = failureOf(another)
      }
    }
    return { stream: new MediaStream(), camera: false, lacking, failure }
  }
}

/** One of them alone: the other goes on. */
export async function openOne(device: Device): Promise<MediaStreamTrack> {
  return (await take(device === 'microphone', device === 'camera')).getTracks()[0]!
}

export const failureOf = (error: unknown): DeviceFailure => (error instanceof DeviceError ? error.reason : 'unknown')

/** Whether it opens without a question of the browser's. */
export async function allowed(device: Device): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: device as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}

/** Loudness of a stream, 0 to 1, told about twenty times a second until the returned function is called. */
export function meter(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Uint8Array(analyser.fftSize)
  const timer = window.setInterval(() => {
    analyser.getByteTimeDomainData(samples)
    let sum = 0
    for (const sample of samples) sum += ((sample - 128) / 128) ** 2
    tell(Math.min(1, Math.sqrt(sum / samples.length) * 4))
  }, 50)
  return () => {
    clearInterval(timer)
    void context.close()
  }
}

/** A short sound to check the loudspeaker with; also what unlocks sound on an iPhone, since it runs in a click. */
export function chime(): void {
  const context = new AudioContext()
  const tone = context.createOscillator()
  const volume = context.createGain()
  tone.frequency.value = 660
  volume.gain.setValueAtTime(0.0001, context.currentTime)
  volume.gain.exponentialRampToValueAtTime(0.2, context.currentTime + 0.05)
  volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.6)
  tone.connect(volume).connect(context.destination)
  tone.start()
  tone.stop(context.currentTime + 0.65)
  tone.onended = () => void context.close()
}
