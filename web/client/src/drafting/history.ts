// The draft's versions and their differences, as agreements/history.py tells them.

export interface Version {
  number: number
  seq: number
  at: string
  until: string
  author: string
}

export interface Piece {
  op: 'same' | 'added' | 'removed'
  text: string
  author: string
}

export interface ClauseChange {
  id: string
  heading: string
  state: 'same' | 'added' | 'removed' | 'changed'
  pieces: Piece[]
}

/** Those that changed, or with `whole` all that say something now or did before. */
export const shownClauses = (clauses: readonly ClauseChange[], whole: boolean): ClauseChange[] =>
  clauses.filter((clause) => (whole || clause.state !== 'same') && clause.pieces.some((piece) => piece.text.trim()))

/** Told apart by lightness as well: not everybody sees colours. */
const COLOURS = ['#8a8f8a', '#1f4e5f', '#b4651d', '#6d4a7e', '#2c664b', '#3f5b8c', '#8a4513']

export const colourOf = (authors: readonly string[], author: string): string => COLOURS[Math.max(0, authors.indexOf(author)) % COLOURS.length]!
