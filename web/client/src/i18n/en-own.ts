// A party's own page, opened by its link before there is a room
export const own = {
  hello: 'Hello, {name}',
  others: 'Other side: {names}',
  noTimes: 'No time is arranged yet. Times that the mediator proposes appear here: please keep this link.',
  changing: 'Your case is being passed on.',
  off: 'The session of {when} is called off; you need not come.',
  next: 'The new mediator gets in touch with you. Keep this page, it goes on by itself.',
  enter: 'Go to the mediation room',
}
