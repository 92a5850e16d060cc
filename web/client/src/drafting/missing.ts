// What an agreement still lacks, in words. The server writes a code, and after a slash the party that it is about.
type Translate = (key: string, values: Record<string, string>) => string

export function missingWords(t: Translate, label: string): string {
  const [code, who = ''] = label.split('/', 2) as [string, string?]
  return t(`agreement.missing.${code}`, { who })
}

/** What bars the next step, in words. What the draft lacks is one item at the end, however many gaps it has. */
export function gapWords(t: Translate, gaps: readonly [string, string][], nameOf: (seat: string) => string): string[] {
  const words = gaps.filter(([code]) => code !== 'draft').map(([code, what]) => t(`room.desk.missingCodes.${code}`, { who: nameOf(what) || what }))
  const draft = [...new Set(gaps.filter(([code]) => code === 'draft').map(([, label]) => missingWords(t, label)))]
  return draft.length ? [...words, t('room.desk.missingCodes.draft', { who: draft.join(t('app.comma', {})) })] : words
}
