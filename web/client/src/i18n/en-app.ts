// Words that stand everywhere.
export const app = {
  name: 'Heyi',
  comfort: 'Reading',
  readAloud: 'Read',
  largeType: 'Large',
  standardType: 'Standard',
  otherLanguage: '中文',
  again: 'Try again',
  cancel: 'Cancel',
  confirm: 'OK',
  close: 'Close',
  loading: 'Opening, one moment',
  waitingToSend: 'The line is cut, reconnecting; {n} waiting will be sent by itself',
  reconnecting: 'Connection lost, reconnecting',
  online: 'Connected',
  comma: ', ',
}
