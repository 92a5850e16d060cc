// What a person set for the eyes and ears: large type, motion, read-aloud.
import { reactive, watchEffect } from 'vue'

const KEY = 'heyi.elder'
export const comfort = reactive({ elder: localStorage.getItem(KEY) === '1' })

watchEffect(() => {
  document.documentElement.toggleAttribute('data-elder', comfort.elder)
  localStorage.setItem(KEY, comfort.elder ? '1' : '0')
})

/** Read a text aloud in Chinese or English; a second call stops the first. */
export function readAloud(text: string, language: string): boolean {
  if (!('speechSynthesis' in window)) return false
  speechSynthesis.cancel()
  const utterance = new SpeechSynthesisUtterance(text)
  utterance.lang = language === 'en' ? 'en-GB' : 'zh-CN'
  utterance.rate = 0.9
  speechSynthesis.speak(utterance)
  return true
}
