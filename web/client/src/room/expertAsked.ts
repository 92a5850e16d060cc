import type { RoomDoc } from '@/live/docs'

/** Whether a party still has to say if an expert may come in. A refusal is an answer too, and is not asked for twice. */
export function expertAsked(doc: RoomDoc | null): boolean {
  const own = doc?.own
  return own?.role === 'party' && own.expert_consent_asked === true && own.consents.expert === undefined && doc!.stage !== 'archive'
}
