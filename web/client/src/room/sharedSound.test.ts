import { expect, it } from 'vitest'
import en from '@/i18n/en'
import zh from '@/i18n/zh'
import { sharedSound } from './sharedSound'

it('tells whoever shares sound whether the others hear it', () => {
  expect(sharedSound(false, true, ['audio'])).toBe('')
  expect(sharedSound(true, true, ['camera'])).toBe('with')
  expect(sharedSound(true, true, ['audio'])).toBe('silent')
  expect(sharedSound(true, false, ['audio'])).toBe('none')
  for (const words of [en, zh]) expect(Object.keys(words.room.sharedSound)).toEqual(['with', 'silent', 'none'])
})
