import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { nameProblem } from './name'

it('says what the server would say of a name that is too long', () => {
  for (const good of ['', '王'.repeat(40), '𠮷'.repeat(40), ` ${'王'.repeat(40)} `]) expect(nameProblem(good, 'name')).toBeNull()
  expect(nameProblem('王'.repeat(41), 'other_name')).toMatchObject({ code: 'too_long', detail: { field: 'other_name', limit: 40 } })
})

it.each(['./ReportForm.vue', '../desk/PeopleCard.vue', '../desk/CorrectDialog.vue'])('a name is not cut off as it is written: %s', (file) => {
  const source = readFileSync(new URL(file, import.meta.url), 'utf-8')
  const names = source.match(/<input[^>]*v-model="(form|fields)\.(other_)?name"[^>]*>/g)
  expect(names?.length).toBeGreaterThan(0)
  for (const name of names!) expect(name).not.toContain('maxlength')
})
