"""Words by which a dispute's type is recognised: for each type what people write of it, by the committee's own experience. Data."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """`specific`: whoever writes one means this type. `general`: it stands in disputes of every type (老人, 工地), and speaks for this one beside another word of it."""

    specific: str
    general: str


WORDS: dict[str, Words] = {
    "婚姻家庭": Words(
        "离婚 彩礼 婚约 退婚 抚养权 抚养费 探望孩子 家暴 分家 兄弟反目",
        "夫妻 丈夫 妻子 老公 老婆 婆婆 儿媳 公婆",
    ),
    "邻里": Words(
        "院墙 屋檐 滴水 采光 巷道 噪声 噪音 广场舞 狗叫 养鸡 晾衣 楼道堆放 相邻",
        "邻居 隔壁 楼上 楼下 漏水 通风 过道 宠物",
    ),
    "房屋宅基地": Words(
        "宅基地 宅基 翻建 房产 房屋买卖 房屋租赁 租房 房租 退租 二手房 违建 界址 房本",
        "建房 过户 押金",
    ),
    "合同": Words(
        "违约 定金 订金 欠款 借款 借条 欠条 货款 不还钱 承揽 工程款 预付款",
        "合同 协议 还款 担保",
    ),
    "生产经营": Words(
        "合伙 加盟 农资 拖欠货款 抢客",
        "经营 商铺 摊位 供货 养殖 大棚 种子 化肥 收购",
    ),
    "损害赔偿": Words(
        "打架 打伤 殴打 医药费 误工费 摔伤 咬伤 砸坏 撞坏 碰坏 高空坠物 砸伤",
        "受伤 赔偿 损坏 掉下来",
    ),
    "山林土地": Words(
        "承包地 耕地 土地流转 地界 地边 林地 林权 山林 浇地 灌溉 水渠 机井",
        "果树 占地 荒地",
    ),
    "征地拆迁": Words(
        "征地 拆迁 安置房 青苗费 回迁 搬迁费",
        "征收 补偿款 拆除",
    ),
    "环境污染": Words(
        "污染 污水 排污 废气 油烟 粉尘 垃圾堆 鱼塘死鱼",
        "异味 臭味 化工",
    ),
    "劳动争议": Words(
        "工伤 辞退 解雇 加班 社保 劳动合同 试用期 单位不给 拖欠工资 不发工资 工资迟发 经济补偿金",
        "上班 停工 工资",
    ),
    "拖欠农民工工资": Words(
        "农民工 包工头 拖欠工资 欠薪 讨薪 工钱",
        "工地 民工 工程队 班组",
    ),
    "消费": Words(
        "退货 假货 预付卡 健身卡 美容卡 过期食品 缺斤少两",
        "退款 质量问题 保修 商家 超市 办卡",
    ),
    "电子商务": Words(
        "网购 网店 淘宝 直播间 直播带货 平台店铺 拼多多",
        "快递 差评",
    ),
    "互联网": Words(
        "网暴 侵犯隐私 游戏充值",
        "网络 微信群 朋友圈 短视频 账号 打赏",
    ),
    "医疗": Words(
        "误诊 医疗事故 镶牙",
        "医院 诊所 手术 医生 住院 用药 病历",
    ),
    "道路交通事故": Words(
        "交通事故 车祸 撞车 追尾 肇事 剐蹭 刮蹭",
        "电动车 三轮车 交警 逆行",
    ),
    "物业": Words(
        "物业 物业费 业委会 消防通道 公共维修",
        "小区 电梯 停车位 停车 车位 供暖 暖气",
    ),
    "旅游": Words(
        "旅行社 导游 退团 跟团",
        "旅游 景区 民宿",
    ),
    "知识产权": Words(
        "商标 专利 著作权 版权 盗版 侵权图片 仿冒",
        "抄袭",
    ),
    "校园": Words(
        "校园 欺凌",
        "学校 老师 同学 学生 幼儿园 培训班 补课",
    ),
    "金融": Words(
        "贷款 信用卡 理赔 理财 征信 网贷",
        "银行 保险 利息 存款",
    ),
    "养老赡养/继承": Words(
        "赡养 赡养费 遗产 继承 遗嘱 不养老 轮流照顾 抚恤金 丧葬",
        "养老 老人 父母",
    ),
}
"""The words of a type, separated by spaces. 其他 has none: nothing is recognised as nothing."""
