// One's own account: the password, where it is signed in.
export const account = {
  title: 'My account',
  password: { title: 'Password', text: 'You sign in as {login}.' },
  signIns: {
    title: 'Where you are signed in',
    text: 'If there is one that you do not know, end it, then change the password.',
    here: 'This one',
    times: 'Since {since}, last used {seen}',
    address: 'Network address {address}',
    unknown: 'An unknown browser',
    end: 'End it',
    endNamed: 'End it: {name}',
    endTitle: 'End the sign-in with {name}?',
    endText: 'Pages that are open there close at once; what is not saved is lost. ',
    linksToo: 'Links by which you could come in end as well.',
    ended: 'The sign-in with {name} has ended',
    endOthers: 'End the {count} others',
    othersTitle: 'End all others?',
    othersEnded: 'All others have ended',
    only: 'You are signed in here only.',
  },
}
