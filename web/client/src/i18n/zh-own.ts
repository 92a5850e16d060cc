// 当事人页：开调解室以前，凭链接打开
export const own = {
  hello: '{name}，您好',
  others: '对方：{names}',
  noTimes: '还没有约时间。调解员提出时间后，会显示在这里，请留着这个链接。',
  enter: '进入调解室',
  changing: '正在换人办理。',
  off: '原来约的{when}取消了，不用去。',
  next: '新的调解员会联系您，这个页面留着就行，到时会自己更新。',
}
