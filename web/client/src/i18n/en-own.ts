// A party's own page, opened by its link before there is a room
export const own = {
  hello: 'Hello, {name}',
  others: 'Other side: {names}',
  noTimes: 'No time is arranged yet. Times that the mediator proposes appear here: please keep this link.',
  enter: 'Go to the mediation room',
}
