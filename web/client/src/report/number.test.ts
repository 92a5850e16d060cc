import { expect, it } from 'vitest'
import { lettersOf } from './number'

it.each(['HY-7K3M-92QF', ' hy7k3m92qf', '7K3M 92QF', 'ＨＹ－７Ｋ３Ｍ－９２ＱＦ', 'ｈｙ７ｋ３ｍ９２ｑｆ'])('reads %s', (text) => expect(lettersOf(text)).toBe('7K3M92QF'))
it('leaves out what is neither letter nor digit', () => expect(lettersOf('编号：HY-7K3M')).toBe('7K3M'))
