// 自己的账号：密码、在哪里登录着。
export const account = {
  title: '我的账号',
  password: { title: '密码', text: '登录用的账号是 {login}。' },
  signIns: {
    title: '在哪里登录着',
    text: '有不认识的，请让它退出，再改密码。',
    here: '就是这里',
    times: '{since}登录，{seen}用过',
    address: '网络地址 {address}',
    unknown: '不认得的浏览器',
    end: '让它退出',
    endNamed: '让它退出：{name}',
    endTitle: '让 {name} 退出？',
    endText: '那边开着的页面马上关掉，没有保存的内容会丢。',
    linksToo: '以前给您的登录链接也会失效。',
    ended: '{name} 已退出',
    endOthers: '让其他 {count} 处都退出',
    othersTitle: '让其他地方都退出？',
    othersEnded: '其他地方都退出了',
    only: '只在这里登录着。',
  },
}
