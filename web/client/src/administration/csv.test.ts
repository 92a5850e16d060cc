import { expect, it } from 'vitest'
import { csv } from './csv'

it('is a table as RFC 4180 has it, with its mark', () => {
  expect(csv([['编号', '时间'], ['1', '说“好”, "是"\n又说']])).toBe('\uFEFF编号,时间\r\n1,"说“好”, ""是""\n又说"\r\n')
  expect(csv([['', '']])).toBe('\uFEFF,\r\n')
})

it('lets no name become a formula', () => {
  expect(csv([['=1+1', '+86', '-', '@x', '王=某', '"=1,2', '＝1']])).toBe(`\uFEFF'=1+1,'+86,'-,'@x,王=某,"""=1,2",'＝1\r\n`)
})
