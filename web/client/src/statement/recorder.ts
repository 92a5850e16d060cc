// What a browser records a statement as, and for how long.
/** Seconds, as people are told; the server allows ten more for the button. */
export const MOST = 300
export const SIZE_LIMIT = 64 << 20
export const BITS = { videoBitsPerSecond: 600_000, audioBitsPerSecond: 32_000 }
export const FRAME: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 24 } }

const VIDEO = ['video/mp4;codecs=avc1.42E01E,mp4a.40.2', 'video/mp4;codecs=avc1.42E01E,opus', 'video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4']
const VOICE = ['audio/mp4;codecs=mp4a.40.2', 'audio/webm;codecs=opus', 'audio/webm', 'audio/mp4']

/** MP4 where it is offered, which every phone plays; undefined where nothing is. */
export const typeFor = (camera: boolean, offers: (type: string) => boolean): string | undefined => (camera ? VIDEO : VOICE).find(offers)

/** 4:05 */
export const spoken = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

/** Kept on the device until the server has it. `upload`: what was begun of it there; `seconds`: of what was recorded here. */
export interface Taken {
  blob: Blob
  voice: boolean
  seconds: number | null
  upload: string
}

export const takenKey = (caseId: string, party: string): string => `statement/${caseId}/${party}`
