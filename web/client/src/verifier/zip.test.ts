// @vitest-environment node
import { expect, it } from 'vitest'
import { Source } from './source'
import { readZip, safeName } from './zip'

it.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a\\b', 'c:a', 'a\0', 'e\u0301', 'a.', ' a', '\u202ea', 'a\u3000b', '字'.repeat(70)])('refuses the name %j', (name) => {
  expect(safeName(name)).toBe(false)
})

it.each(['payloads/000001.json', '说明.txt', 'a b', '\u{20bb7}.txt'])('takes the name %j', (name) => {
  expect(safeName(name)).toBe(true)
})

it('reads an empty archive, and none with a byte more', async () => {
  const end = Uint8Array.of(0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0))
  expect(await readZip(new Source(new Blob([end])))).toEqual([])
  await expect(readZip(new Source(new Blob([end, 'x'])))).rejects.toThrow('zip_end')
  await expect(readZip(new Source(new Blob(['PK'])))).rejects.toThrow('zip_size')
})
