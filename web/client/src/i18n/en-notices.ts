// Notices: the bell, the list, and where SMS and e-mail go.
export const notices = {
  title: 'Notices',
  unread: 'Notices, {count} unread',
  ofThem: 'unread',
  empty: 'No notices yet',
  fresh: 'New',
  older: 'Older ones',
  close: 'Done',
  kinds: {
    order_offered: '{number} was given to you; please say whether you take it',
    order_unanswered: 'Nobody answered in time for {number}; please give it to somebody else',
    order_due: 'One working day is left to answer {number}',
    case_due: 'One working day is left of the term of {number}',
    case_overdue: 'The term of {number} is over',
    session_begins: 'The room of {number} is open',
    obligation_due: 'Something agreed in {number} is due within three days',
    obligation_overdue: 'Something agreed in {number} is past its day',
  },
  contact: {
    title: 'Where notices go',
    text: 'Beside this page you can be told by SMS or e-mail when something waits for you. They have no names and no facts. Leave empty for none.',
    phone: 'Mobile number',
    email: 'Mail address',
    language: 'In which language',
    save: 'Save',
    saved: 'Saved',
  },
}
