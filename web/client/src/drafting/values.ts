// Values of fields as people read them; the server prints them the same way (agreements/layout.py).
import type { FieldType } from './schema'

const plainAmount = (text: string): string => text.normalize('NFKC').replace(/[,，\s元￥¥]/g, '')

/** 1234.5 → 1234.50; commas and a currency sign are forgiven. Empty where it is no amount. */
export function readAmount(text: string): string {
  const plain = plainAmount(text)
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(plain)) return ''
  const [whole, cents = ''] = plain.split('.')
  return `${String(Number(whole))}.${cents.padEnd(2, '0')}`
}

/** Why a text is no amount, as a key of `agreement`; empty where it is one. */
export function amountProblem(text: string): '' | 'amountWrong' | 'amountLarge' {
  if (readAmount(text)) return ''
  return /^\d{13,}(\.\d{1,2})?$/.test(plainAmount(text)) ? 'amountLarge' : 'amountWrong'
}

/** The county's day, which need not be the day where this device is. */
export const today = (ahead = 0): string => new Date(Date.now() + 8 * 3_600_000 + ahead * 86_400_000).toISOString().slice(0, 10)

/** The server takes none later (agreements/schema.py). */
export const LAST_DAY = '2999-12-31'

export function shown(type: FieldType, value: string, language: string): string {
  if (type === 'date' && /^\d{4}-\d\d-\d\d$/.test(value)) {
    const [year, month, day] = value.split('-').map(Number)
    return language === 'en' ? value : `${year}年${month}月${day}日`
  }
  if (type === 'amount' && value) {
    const [whole, cents] = value.split('.')
    return `${whole!.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}元`
  }
  return value
}

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CREDIT = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** Whether this looks like a resident id or a credit code and is neither; a passport's number is not judged (cases/identity.py asks again). */
export function wrongId(text: string): boolean {
  const id = text.trim().toUpperCase()
  if (id.length !== 18 || !/^\d{8}/.test(id)) return /^\d{16,}$/.test(id)
  return !residentId(id) && !creditCode(id)
}

function residentId(id: string): boolean {
  if (!/^\d{17}[\dX]$/.test(id)) return false
  const [year, month, day] = [id.slice(6, 10), id.slice(10, 12), id.slice(12, 14)].map(Number) as [number, number, number]
  const born = new Date(Date.UTC(year, month - 1, day))
  if (born.getUTCMonth() !== month - 1 || born.getUTCDate() !== day || id.slice(6, 14) > today().replaceAll('-', '')) return false
  const sum = ID_WEIGHTS.reduce((total, weight, place) => total + weight * Number(id[place]), 0)
  return '10X98765432'[sum % 11] === id[17]
}

function creditCode(id: string): boolean {
  let sum = 0
  for (let place = 0, weight = 1; place < 17; place++, weight = (weight * 3) % 31) {
    const value = CREDIT.indexOf(id[place]!)
    if (value < 0) return false
    sum += value * weight
  }
  return CREDIT[(31 - (sum % 31)) % 31] === id[17]
}
