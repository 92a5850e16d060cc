// 到处都用的词。
export const app = {
  name: '和议',
  comfort: '阅读方式',
  readAloud: '朗读',
  largeType: '大字',
  standardType: '标准字',
  otherLanguage: 'EN',
  again: '再试一次',
  cancel: '取消',
  confirm: '确定',
  close: '关闭',
  loading: '正在打开，请稍候',
  waitingToSend: '网络断了，正在重连；{n} 条内容会自动补发',
  reconnecting: '连接断了，正在重连',
  online: '已连接',
  comma: '、',
}
