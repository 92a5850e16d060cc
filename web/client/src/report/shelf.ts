// Where reports that wait lie: on the device, or, where a browser keeps nothing, with the page. What is another's is deleted here when its time is over, and not read.
import { dropKept, keysKept, loadKept, moveKept, saveKept } from '@/kept'
import type { Draft, Kept } from './draft'
import { lapsed, over, placeOf, placesOf, type Owner, type Waiting } from './queue'

/** What the browser would not keep: a private window, a full disk. It goes with the page. */
const unkept = new Map<string, Waiting>()
export const isUnkept = (one: Waiting): boolean => unkept.has(placeOf(one))

const names = async (): Promise<string[]> => [...(await keysKept()), ...unkept.keys()]

/** What an owner has waiting, in its order. */
export async function waitingOf(owner: Owner): Promise<Waiting[]> {
  const found = await Promise.all(placesOf(owner, await names()).map(async (place) => unkept.get(place) ?? (await loadKept<Waiting>(place))))
  return found.filter((one): one is Waiting => one !== undefined)
}

/** How many those are; nothing of them is read. */
export const countOf = async (owner: Owner): Promise<number> => placesOf(owner, await names()).length

/** In place of the draft that it was. */
export async function lay(one: Waiting, from: Kept): Promise<void> {
  const place = placeOf(one)
  if (await moveKept(from, place, one)) unkept.delete(place)
  else unkept.set(place, one)
}

export async function remove(one: Waiting): Promise<void> {
  unkept.delete(placeOf(one))
  await dropKept(placeOf(one))
}

/** Another window may have sent it, or taken it back, meanwhile. */
export const isThere = async (one: Waiting): Promise<boolean> => isUnkept(one) || (await keysKept()).includes(placeOf(one))

/** With what was said of it. */
export async function rewrite(one: Waiting): Promise<void> {
  if (!(await isThere(one))) return
  if (isUnkept(one)) unkept.set(placeOf(one), one)
  else await saveKept(placeOf(one), one)
}

/** To be written on again. */
export async function takeBack(one: Waiting, to: Kept, draft: Draft): Promise<void> {
  unkept.delete(placeOf(one))
  await moveKept(placeOf(one), to, draft)
}

/** All that an owner has here: what waits, and what is being written. */
export async function clear(owner: Owner): Promise<void> {
  for (const place of placesOf(owner, await names())) {
    unkept.delete(place)
    await dropKept(place)
  }
  if (owner !== 'report') await dropKept(owner)
}

/** Deletes what is over, whoever has the device in hand. How many of the owner's those were. */
export async function tidy(owner: Owner, now: number): Promise<number> {
  const kept = await keysKept()
  const gone = over(kept, owner, now)
  for (const place of gone) await dropKept(place)
  for (const name of kept) if (name.startsWith('intake/') && name !== owner) await tidyDraft(name, now)
  return placesOf(owner, gone).length
}

/** What another account has begun to write. One of an earlier version does not say since when it lies here: its time begins now. */
async function tidyDraft(name: string, now: number): Promise<void> {
  const draft = await loadKept<Draft>(name)
  if (!draft) return
  if (draft.at === undefined) await saveKept(name, { ...draft, at: now })
  else if (lapsed(draft.at, now)) await dropKept(name)
}
