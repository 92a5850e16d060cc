// Camera and microphone that went away come back by themselves: a telephone call took them, a headset was pulled out, another was plugged in.
// A camera that is switched on and is not there is opened: it was off until now, or another program had it. Others are taken in the middle of the talk when they are chosen.
import { computed, onScopeDispose, reactive, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { Call } from '@/media/call'
import { allowed, failureOf, openOne, type Device, type DeviceFailure } from '@/media/devices'

/** Milliseconds until what did not open is tried again: nothing tells that another program has let go of it. */
const AGAIN = 10_000
const DEVICES: Device[] = ['microphone', 'camera']

const live = (track: MediaStreamTrack): boolean => track.readyState === 'live'
const tracksOf = (stream: MediaStream, device: Device): MediaStreamTrack[] => (device === 'camera' ? stream.getVideoTracks() : stream.getAudioTracks())
const stop = (tracks: MediaStreamTrack[]): void => tracks.forEach((track) => track.stop())

export interface Kept {
  /** Why there is no camera, as it was found at the last try; empty where none was asked for. */
  lacking: ComputedRef<DeviceFailure | ''>
  /** These from now on. `lacking`: why no camera is among them; `asked`: whether one was wanted, else none opens until somebody switches it on. */
  use: (opened: MediaStream, lacking?: DeviceFailure | '', asked?: boolean) => void
  /** Open one as it is chosen now. */
  reopen: (device: Device) => Promise<void>
  /** By a person's hand: what was not allowed is asked for as well. */
  again: () => Promise<void>
  /** Nothing opens any more, also what is being asked for. */
  close: () => void
}

/** `inside`: whether the person has come in and not left; `camera`: whether it is switched on there. */
export function keepDevices(stream: ShallowRef<MediaStream | null>, call: ShallowRef<Call | null>, inside: ComputedRef<boolean>, camera: ComputedRef<boolean>): Kept {
  const failed = reactive<Record<Device, DeviceFailure | ''>>({ microphone: '', camera: '' })
  /** One opening at a time: two of one device would be in each other's way. */
  let turn: Promise<void> = Promise.resolve()
  let gone = false
  /** Who came in with the voice alone: what the server still says of the camera is of before. */
  let spurned = false
  let looking = false

  function lacks(device: Device): boolean {
    const tracks = stream.value ? tracksOf(stream.value, device) : []
    // Who came without a microphone came to write; one that was there is wanted back.
    return (device === 'camera' ? camera.value && !spurned : inside.value && tracks.length > 0) && !tracks.some(live)
  }

  function show(now: MediaStream): void {
    stream.value = now
    // Where the line is cut meanwhile the call comes back to it by itself.
    void call.value?.replace(now).catch(() => undefined)
  }

  function put(device: Device, tracks: MediaStreamTrack[]): void {
    const former = tracksOf(stream.value!, device)
    stop(former)
    // Not for a moment is anything sent of what is switched off.
    for (const track of tracks) track.enabled = device === 'camera' ? camera.value : (former[0]?.enabled ?? true)
    show(new MediaStream([...stream.value!.getTracks().filter((track) => !former.includes(track)), ...tracks]))
  }

  async function open(device: Device, wanted: () => boolean): Promise<void> {
    try {
      const track = await openOne(device).catch((error: unknown) => {
        // Many a phone opens one camera at a time: the other is given up first.
        if (device !== 'camera' || failureOf(error) !== 'busy' || !stream.value?.getVideoTracks().some(live)) throw error
        put(device, [])
        return openOne(device)
      })
      if (gone || !stream.value || !wanted()) return track.stop()
      failed[device] = ''
      put(device, [track])
    } catch (error) {
      failed[device] = failureOf(error)
    }
  }

  async function openLacking(asked: boolean): Promise<void> {
    for (const device of DEVICES) {
      if (gone || !stream.value || !lacks(device)) continue
      // No question comes up by itself that was answered with no.
      if (!asked && failed[device] === 'denied' && !(await allowed(device))) continue
      await open(device, () => lacks(device))
    }
  }

  const inTurn = (work: () => Promise<void>): Promise<void> => (turn = turn.then(work))
  const again = (): Promise<void> => {
    spurned = false
    return inTurn(() => openLacking(true))
  }
  const look = (): void => {
    // A question of the browser's may stand for an hour: one look waits behind it, not hundreds.
    if (looking || document.visibilityState !== 'visible' || !DEVICES.some(lacks)) return
    looking = true
    void inTurn(() => openLacking(false)).finally(() => (looking = false))
  }

  function ended(event: Event): void {
    // Its last picture is none.
    if (stream.value?.getVideoTracks().some((track) => track === event.target)) put('camera', [])
    look()
  }

  watch(stream, (now) => now?.getTracks().forEach((track) => track.addEventListener('ended', ended)))
  watch(camera, (on) => {
    if (on) void again()
    else failed.camera = ''
  })
  const timer = window.setInterval(look, AGAIN)
  document.addEventListener('visibilitychange', look)
  navigator.mediaDevices?.addEventListener('devicechange', look)
  function close(): void {
    gone = true
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
    navigator.mediaDevices?.removeEventListener('devicechange', look)
  }
  onScopeDispose(close)

  return {
    lacking: computed(() => failed.camera),
    use: (opened, lacking = '', asked = true) => {
      // Allowed after the page was left.
      if (gone) return stop(opened.getTracks())
      spurned = !asked
      stop(stream.value?.getTracks().filter((track) => !opened.getTracks().includes(track)) ?? [])
      failed.camera = lacking
      show(opened)
    },
    reopen: (device) => inTurn(() => (stream.value ? open(device, () => true) : Promise.resolve())),
    again,
    close,
  }
}
