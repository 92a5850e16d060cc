// The permissions table as it is read: a line for each action and whoever may do it, found by words and by who asks.
export interface Rights {
  actions: { action: string; allowed: Record<string, string[]> }[]
  duties: Record<string, string[]>
  pool: Record<string, string[]>
  walls: Record<string, string[]>
}

export interface Line {
  action: string
  who: { standing: string; stages: string[] }[]
}

/** Lines whose words have `text` in them, and of each what concerns `standing`; all of it where that is empty. */
export function lines(rights: Rights, standing: string, text: string, wordsOf: (action: string) => string): Line[] {
  const sought = text.trim().toLowerCase()
  return rights.actions
    .filter(({ action }) => !sought || wordsOf(action).toLowerCase().includes(sought))
    .map(({ action, allowed }) => ({ action, who: Object.entries(allowed).filter(([who]) => !standing || who === standing).map(([who, stages]) => ({ standing: who, stages })) }))
    .filter(({ who }) => who.length)
}
