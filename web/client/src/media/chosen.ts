// Which of several devices a person wants to be used, remembered on this device. Empty: whatever the system takes.
import { reactive, watchEffect } from 'vue'

export type DeviceKind = 'audioinput' | 'videoinput' | 'audiooutput'
export const KINDS: DeviceKind[] = ['videoinput', 'audioinput', 'audiooutput']

export interface Device {
  id: string
  label: string
}

const KEY = 'heyi.devices'

/** What was stored; nothing of it is believed but texts under known names. */
export function read(text: string | null): Record<DeviceKind, string> {
  const found: Record<DeviceKind, string> = { audioinput: '', videoinput: '', audiooutput: '' }
  try {
    const stored: unknown = JSON.parse(text ?? '{}')
    for (const kind of KINDS) {
      const id = (stored as Record<string, unknown> | null)?.[kind]
      if (typeof id === 'string' && id.length <= 256) found[kind] = id
    }
  } catch {
    // Somebody else wrote there.
  }
  return found
}

export const chosen = reactive(read(localStorage.getItem(KEY)))
watchEffect(() => localStorage.setItem(KEY, JSON.stringify(chosen)))

/** Where the browser can send sound elsewhere than the system does. */
export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype

/** What there is to choose from. Names are empty until a device was opened once. */
export async function listDevices(): Promise<Record<DeviceKind, Device[]>> {
  const found: Record<DeviceKind, Device[]> = { audioinput: [], videoinput: [], audiooutput: [] }
  for (const device of await navigator.mediaDevices.enumerateDevices()) {
    // These two stand for others that are listed as well.
    if (device.deviceId && !['default', 'communications'].includes(device.deviceId)) found[device.kind].push({ id: device.deviceId, label: device.label })
  }
  return found
}
