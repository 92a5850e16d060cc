// 中文。People's own words; a wait says what it waits for, an error says what to do.
import { account } from './zh-account'
import { administration } from './zh-administration'
import { app } from './zh-app'
import { agreement } from './zh-agreement'
import { errors } from './zh-errors'
import { filing } from './zh-filing'
import { escalation } from './zh-escalation'
import { answering } from './zh-answering'
import { code } from './zh-code'
import { declining } from './zh-declining'
import { joint } from './zh-joint'
import { experts } from './zh-experts'
import { matter } from './zh-matter'
import { notices } from './zh-notices'
import { oral } from './zh-oral'
import { own } from './zh-own'
import { paper } from './zh-paper'
import { past } from './zh-past'
import { performance } from './zh-performance'
import { playback } from './zh-playback'
import { rating } from './zh-rating'
import { record } from './zh-record'
import { rights } from './zh-rights'
import { risk } from './zh-risk'
import { statement } from './zh-statement'
import { resident } from './zh-resident'
import { room } from './zh-room'
import { enter, schedule } from './zh-schedule'
import { desk } from './zh-desk'
import { closedDoor, intake, mine, progress, report } from './zh-pages'
import { titles } from './zh-titles'
import { verify } from './zh-verify'
import { waiting } from './zh-waiting'
import { wall } from './zh-wall'
import { words } from './zh-words'

export default {
  app,
  account,
  administration,
  home: {
    title: '有纠纷，坐下来谈',
    text: '人民调解不收费。说清事情，我们请调解员帮您谈。',
    report: '我要反映',
    code: '查进度',
    codeHint: '输入受理时给您的编号',
    mine: '我反映过的事',
    reportedOn: '{day}反映的事',
    codeWrong: '编号不对，应是 HY 加 8 位字母和数字',
    verify: '证据核验',
    others: '其他入口',
    look: '查看',
    enter: '凭入场码进入',
    staff: '工作人员登录',
  },
  signIn: { title: '工作人员登录', text: '综治中心、调解员、网格员在这里登录。', login: '账号', password: '密码', enter: '登录', checking: '正在核对', guest: '反映纠纷不用登录：', by: '用{name}登录', byAnother: '换一个{name}账号登录', byHint: '会打开{name}的页面，登录以后自动回到这里。公用的电脑用完，在那边也要退出。', otherWay: '换个办法登录', byPassword: '用这里的账号和密码登录', leaving: '正在打开{name}' },
  link: {
    opening: '正在打开链接，请稍候',
    failed: '链接打不开',
    usedTitle: '这个链接已在另一台设备打开',
    usedText: '要在这台设备上继续吗？继续后，另一台设备会退出，座位不变。',
    takeOver: '在这台设备上继续',
  },
  missing: { title: '没有这个页面', text: '地址可能抄错了，或者页面已经不在了。', home: '回首页' },
  player: { play: '播放', pause: '暂停', place: '播放到哪里', of: '{at}，共 {lasts}', full: '全屏' },
  agreement,
  titles,
  matter,
  notices,
  oral,
  own,
  paper,
  past,
  report,
  intake,
  progress,
  mine,
  closedDoor,
  desk,
  filing,
  escalation,
  answering,
  code,
  declining,
  joint,
  performance,
  playback,
  rating,
  record,
  resident,
  rights,
  risk,
  statement,
  waiting,
  wall,
  verify,
  words,
  room,
  schedule,
  enter,
  errors,
  experts,
}
