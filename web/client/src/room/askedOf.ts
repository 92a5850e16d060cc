// What a party is asked in the middle of the talk.
import type { RoomDoc } from '@/live/docs'

/** Whether a party still has to say if an expert may come in. A refusal is an answer too, and is not asked for twice. */
export function expertAsked(doc: RoomDoc | null): boolean {
  const own = doc?.own
  return own?.role === 'party' && own.expert_consent_asked === true && own.consents.expert === undefined && doc!.stage !== 'archive'
}

/** Whether a party in a private talk still has to say if it is recorded by itself: asked where the session is recorded, and once. */
export function caucusAsked(doc: RoomDoc | null): boolean {
  const own = doc?.own
  return own?.role === 'party' && Boolean(doc!.caucus?.open) && doc!.pause === 'caucus' && own.consents.caucus_recording === undefined
}
