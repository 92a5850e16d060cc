// Townships that somebody has written of, so that the right one is one tap away. A proposal: what is chosen stays until somebody taps.
import type { Township } from './townships'

const KIND = /(街道办事处|街道|镇|乡|办事处)$/

/** The words of `text` that name a township other than the chosen one, in the order in which they were written. */
export function placesIn(text: string, townships: Township[], chosen: string): { code: string; word: string }[] {
  const found = townships.flatMap((one) => {
    const stem = one.name.replace(KIND, '')
    const word = [one.name, ...(stem.length >= 2 ? [stem] : [])].find((name) => text.includes(name))
    return word ? [{ code: one.code, word, at: text.indexOf(word) }] : []
  })
  // 河东 is also in 大河东镇: what stands within a longer name that was found names nothing by itself.
  const own = found.filter((one) => !found.some((other) => other !== one && other.word.length > one.word.length && other.word.includes(one.word)))
  if (own.some((one) => one.code === chosen)) return []
  return own.sort((a, b) => a.at - b.at).map(({ code, word }) => ({ code, word }))
}
