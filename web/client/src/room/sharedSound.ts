// Whether the sound of what somebody shares is heard: pure. It goes with the voice, by one track, so that whatever silences the voice silences both.

/** `with`: heard as long as the microphone is on. `silent`: not heard, the microphone is off. `none`: there is no microphone, and so nothing by which it could go. */
export type SharedSound = '' | 'with' | 'silent' | 'none'

export function sharedSound(shared: boolean, microphone: boolean, muted: readonly string[]): SharedSound {
  if (!shared) return ''
  if (!microphone) return 'none'
  return muted.includes('audio') ? 'silent' : 'with'
}
