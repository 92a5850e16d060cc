import { expect, it } from 'vitest'
import { phoneProblem } from './phone'

it('says what the server would say of a telephone', () => {
  for (const good of ['', ' ', '138 0000-1234', '+86 13800001234', '１３８００００１２３４', '0318-8821234', '03188821234']) expect(phoneProblem(good, 'phone')).toBeNull()
  expect(phoneProblem('1380000', 'phone')).toMatchObject({ code: 'phone_length', detail: { field: 'phone', off: -4 } })
  expect(phoneProblem('138000012345', 'other_phone')).toMatchObject({ code: 'phone_length', detail: { field: 'other_phone', off: 1 } })
  for (const bad of ['hello', '8821234', '0318', '138x']) expect(phoneProblem(bad, 'phone')).toMatchObject({ code: 'phone_shape' })
})
