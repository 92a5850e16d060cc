// A livelihood matter is answered by whoever handles it, and is over with that
export const answering = {
  open: 'Answer and finish',
  title: 'Answer “{title}”?',
  text: 'With the answer the matter is finished, and it cannot be changed afterwards. Whoever reported reads it among their matters and can rate it, and gets a message where text messages are set up and a number is known.',
  outcome: 'What came of it',
  outcomes: { done: 'It is done', explained: 'It cannot be done; the reason is given', elsewhere: 'Another department has to do it' },
  words: { done: 'What was done', explained: 'Why it cannot be done', elsewhere: 'Which department, and how to reach it' },
  hint: 'Whoever reported will read this',
  yes: 'Answer and finish',
  no: 'Not yet',
  done: 'It is answered and finished. Whoever reported reads it among their matters; please call those without a number of a mobile telephone',
  doneEntered: 'It is answered and finished. Staff had entered it: please tell whoever reported',
  card: 'What came of it',
  by: 'Answered by {name}',
}
