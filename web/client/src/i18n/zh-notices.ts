// 通知：铃铛、列表、短信和邮件发到哪里
export const notices = {
  title: '通知',
  unread: '通知，{count} 条没有看',
  ofThem: '条没有看',
  empty: '还没有通知',
  fresh: '新',
  older: '更早的',
  close: '好了',
  kinds: {
    order_offered: '{number} 交给您办理，请答复是否接单',
    order_unanswered: '{number} 交办后没有人按时答复，请另行安排',
    order_due: '{number} 的答复期限还剩一个工作日',
    case_due: '{number} 的调解期限还剩一个工作日',
    case_overdue: '{number} 已超过调解期限',
    session_begins: '{number} 的调解室已经打开',
    obligation_due: '{number} 有一项约定三天内到期',
    obligation_overdue: '{number} 有一项约定已经过期',
  },
  contact: {
    title: '通知发到哪里',
    text: '除了在这个页面上，有要您办的事还可以发短信或邮件告诉您。里面没有姓名和案情。不填就不发。',
    phone: '手机号',
    email: '邮箱',
    language: '用哪种语言',
    save: '保存',
    saved: '保存好了',
  },
}
