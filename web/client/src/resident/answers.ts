// Which answers to requests about personal data were looked at on this device: the others are shown without being looked for.
const key = (caseId: string): string => `heyi.answers.${caseId}`

/** How many of them are new here. */
export const unseen = (caseId: string, answered: number): number => Math.max(0, answered - (Number(localStorage.getItem(key(caseId))) || 0))

export const sawAnswers = (caseId: string, answered: number): void => localStorage.setItem(key(caseId), String(answered))
