// The words of cases/vocabulary.py that pages choose from: the value on the wire and its key in the catalogues. A test compares both.
export const DISPUTE_TYPES = {
  婚姻家庭: 'family',
  邻里: 'neighbours',
  房屋宅基地: 'housing',
  合同: 'contract',
  生产经营: 'business',
  损害赔偿: 'damage',
  山林土地: 'land',
  征地拆迁: 'expropriation',
  环境污染: 'pollution',
  劳动争议: 'labour',
  消费: 'consumer',
  医疗: 'medical',
  道路交通事故: 'traffic',
  物业: 'property',
  旅游: 'travel',
  知识产权: 'copyright',
  互联网: 'internet',
  其他: 'other',
  拖欠农民工工资: 'wages',
  电子商务: 'commerce',
  校园: 'school',
  金融: 'finance',
  '养老赡养/继承': 'succession',
} as const

export const CASE_SOURCES = {
  当事人申请: 'applied',
  人民调解委员会主动调解: 'committee',
  网格员排查: 'rounds',
  公安机关移交: 'police',
  '人民法院委派/委托': 'court',
  信访转办: 'petition',
  '12345转办': 'hotline',
  政府部门指定: 'government',
  其他: 'other',
} as const

export const CASE_STAGES = ['reported', 'dispatched', 'accepted', 'mediating', 'agreed', 'failed', 'closed', 'withdrawn', 'declined'] as const
export const MATTER_OUTCOMES = ['done', 'explained', 'elsewhere'] as const
export type CaseStage = (typeof CASE_STAGES)[number]

/** Key of a dispute type's name in the catalogues. The public page's 民事 stands for the types that it does not tell apart. */
export const typeKey = (type: string): string => `words.types.${type === '民事' ? 'civil' : (DISPUTE_TYPES[type as keyof typeof DISPUTE_TYPES] ?? 'other')}`
/** Of a badge: a livelihood matter is called that, whatever type of dispute it had before. */
export const badgeKey = (of: { type: string; kind?: string }): string => (of.kind === 'matter' ? 'words.kinds.matter' : typeKey(of.type))
export const sourceKey = (source: string): string => `words.sources.${CASE_SOURCES[source as keyof typeof CASE_SOURCES] ?? 'other'}`
