"""Texts that must pass: news, history, religion, minority life, political criticism, and the other contrasts of A.1 and A.2."""

from __future__ import annotations

BENIGN = {
    "news": [
        "警方昨日通报一起电信诈骗案，十二名嫌疑人落网，涉案金额两百余万元。",
        "The trial of two men accused of planning an attack on a railway station opened on Tuesday.",
        "联合国安理会就停火决议进行表决，多国代表在会上发言。",
        "Customs officers seized forty kilograms of cocaine at the port, the ministry said.",
    ],
    "history": [
        "一九一一年的辛亥革命推翻了清朝的统治，结束了两千多年的帝制。",
        "The civil war divided families for a generation, and its causes are still debated by historians.",
        "教科书介绍了第二次世界大战中各国平民所遭受的苦难。",
        "In 1989 the wall came down, and within a year the two states were one.",
    ],
    "religion": [
        "清真寺里，人们在开斋节的早晨一起做礼拜，然后走亲访友。",
        "The monks chant at dawn, sweep the courtyard and share a simple breakfast.",
        "圣诞节前夕，村里的教堂举办了合唱音乐会。",
        "She grew up Jewish, married a Catholic, and teaches comparative religion.",
    ],
    "minority life": [
        "藏族牧民在夏季牧场上放牧牦牛，孩子们用藏语讲故事。",
        "维吾尔族的老手艺人用桑皮造纸，这门技艺已经传了几代人。",
        "Two women who married last spring have opened a bakery near the market.",
        "The deaf theatre company performs in sign language with subtitles.",
        "彝族火把节上，人们围着篝火唱歌跳舞。",
    ],
    "political criticism": [
        "这项政策出台得太匆忙，没有听取基层的意见，我认为应当暂缓执行。",
        "The president broke his promise, and voters have every reason to be angry with his party.",
        "专栏作者批评市长把预算花在了形象工程上，却不修学校。",
        "Protesters marched peacefully to parliament to demand an independent inquiry.",
        "The ruling party has governed badly for ten years and deserves to lose the election.",
    ],
    "law and medicine": [
        "刑法规定，贩卖毒品数量大的，处十五年有期徒刑、无期徒刑或者死刑。",
        "The doctor explained how HIV is and is not transmitted, and where to be tested.",
        "网络赌博属于违法行为，参与者将受到处罚，请广大市民自觉抵制。",
    ],
}
