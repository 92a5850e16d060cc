// The resident's own session, beside whatever session the tab has: a phone may be a guest's, a seat's and a resident's at once.
import { download, get, post, remove, type Granted } from '@/api'
import type { RecordingsDoc, Step } from '@/live/docs'

/** The cookie's handle, as the server names it. */
export const ME = 'me'

export interface About {
  open: boolean
  demonstration: boolean
  privacy: { version: string; date: string; phone: string }
  /** In this browser. */
  signed_in: boolean
}
export interface Person {
  id: string
  phone: string
  name: string
  consent: string
  consent_at: string
}
export interface Matter {
  id: string
  party: string
  code: string
  kind: string
  stage: string
  /** What came of a livelihood matter. */
  outcome?: string | null
  history: Step[]
  reported: boolean
  title: string | null
  mediator: string | null
  reported_at: string
  to_do: string[]
  enter: boolean
  photos: number
  /** Requests about personal data that the centre has answered. */
  answered: number
  recordings: RecordingsDoc | null
}
export interface AskedCode {
  again: string
  until: string
  /** In the demonstration alone. */
  shown?: string
}

/** `wait`: after so long without an answer the line counts as cut, ms. */
export const about = (wait?: number): Promise<About> => get<About>('/api/residents', ME, { wait })
export const askCode = (phone: string): Promise<AskedCode> => post<AskedCode>('/api/residents/code', { phone }, ME)
export const enter = (phone: string, code: string, agreed: string): Promise<Granted> => post<Granted>('/api/residents/sign-in', { phone, code, agreed }, ME)
export const person = (wait?: number): Promise<Person> => get<Person>('/api/residents/me', ME, { wait })
export const matters = async (): Promise<Matter[]> => (await get<{ matters: Matter[] }>('/api/residents/matters', ME)).matters
export const openMatter = (one: Matter): Promise<Granted> => post<Granted>(`/api/residents/matters/${one.id}/${one.party}/open`, {}, ME)
export const enterMatter = (one: Matter): Promise<{ where: string }> => post<{ where: string }>(`/api/residents/matters/${one.id}/${one.party}/enter`, {}, ME)
export const claim = (code: string, phone: string, answer: string): Promise<unknown> => post('/api/residents/claims', { case: code, phone, code: answer }, ME)
export const rename = (name: string): Promise<unknown> => post('/api/residents/me/name', { name }, ME)
/** To the account's own number. */
export const askOwnCode = (): Promise<AskedCode> => post<AskedCode>('/api/residents/me/code', {}, ME)
/** `present`: what went to the number there is. */
export const changeNumber = (phone: string, code: string, present: string): Promise<{ phone: string }> => post<{ phone: string }>('/api/residents/me/number', { phone, code, present }, ME)
export const deleteAccount = (why: 'deleted' | 'withdrawn', code: string): Promise<unknown> => remove('/api/residents/me', ME, { why, code })
export const exported = (code: string): Promise<Blob> => download('/api/residents/export', { code }, ME)
export const signOut = (): Promise<unknown> => post(`/api/sign-out?as=${ME}`, {}, ME)

/** In the room's business a party acts in the room; the rest is on the page of the own report, where there is one. */
export const inRoom = (one: Matter, doing: string): boolean => ['sign', 'confirm', 'enter'].includes(doing) || !one.reported

/** Several of the room's are one way: the first says what is to be done there. */
export function doings(one: Matter): string[] {
  let room = false
  return one.to_do.filter((doing) => {
    const inside = ['sign', 'confirm', 'enter'].includes(doing)
    const told = inside && room
    room ||= inside
    return !told
  })
}
