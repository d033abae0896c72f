"""Text in Chinese and English for the simulated sites: sentences that look like news, from fixed word lists.

Everything is drawn from the `random.Random` that the caller seeds, so equal seeds give equal text on every machine.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from random import Random

#: How many different sentences a language has; paragraphs are drawn from them.
SENTENCES = 3000


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_EN_WHO = _listed(
    "The city council|A group of researchers|The central bank|Local residents|The transport ministry|Several families"
    "|The company's board|An independent committee|The regional government|Teachers in the north|The weather service"
    "|A team at the university|Farmers along the river|The court of appeal|Two former directors|The national museum"
    "|Engineers at the port|The new operator|Small shop owners|The health authority"
)
_EN_DID = _listed(
    "said on Tuesday that it would review|has agreed to postpone|is expected to publish|rejected a proposal to change"
    "|welcomed the decision to rebuild|has spent three years studying|warned that nobody had checked|plans to sell"
    "|will begin to test|asked the public to comment on|did not explain why it had stopped|has quietly replaced"
    "|called for a clear account of|signed an agreement about|opened an inquiry into|compared two ways to pay for"
)
_EN_WHAT = _listed(
    "the old railway bridge|a plan for cheaper housing|the rules for short-term loans|its forecast for the coming year"
    "|the water supply of the eastern districts|a long list of safety defects|the opening hours of public libraries"
    "|an archive of letters from the 1920s|the price of a monthly ticket|the design of the new hospital wing"
    "|exports of machine parts|the vaccine programme for older people|an experiment with battery-powered ferries"
    "|the results of last month's vote|a collection of maps & drawings|the agreement on fishing quotas"
)
_EN_TAIL = _listed(
    ", although the costs are not yet known|, according to a report seen by this paper|, and more will follow in spring"
    "| after a debate that lasted until midnight|; the opposition called it \u201ctoo little, too late\u201d"
    "| despite warnings from several experts|, which few had thought possible a year ago| in the first half of the year"
    "|, a spokeswoman confirmed by telephone| \u2014 the third such step since January|| as part of a wider reform"
)
_ZH_WHO = _listed(
    "市政府|多名研究人员|中央银行|当地居民|交通部门|几家科技公司|教育局|独立调查委员会|气象台|大学研究团队|沿江农户|上诉法院"
    "|两名前任董事|国家博物馆|港口工程师|新的运营商|小店业主|卫生部门|外交部发言人|记者协会"
)
_ZH_WHEN = _listed("星期二|本月初|上周末|去年底|今早|在记者会上|经过三年讨论后|受访时|春节过后|在最新报告中")
_ZH_DID = _listed(
    "表示将重新审查|同意推迟|预计公布|否决了修改|欢迎重建|完成了对|呼吁公众评论|计划出售|开始测试|没有说明为何停止|悄悄更换了"
    "|要求清楚交代|签署了有关|宣布调查|比较了两种支付|着手改善"
)
_ZH_WHAT = _listed(
    "旧铁路桥的方案|平价住房计划|短期贷款的规定|明年的经济预测|东部城区的供水|一份长长的安全缺陷清单|公共图书馆的开放时间"
    "|二十年代的书信档案|月票的价格|新医院大楼的设计|机械零件的出口|老年人疫苗接种计划|电池渡轮的试验|上个月的投票结果"
    "|地图与图纸的收藏|渔业配额协议"
)
_ZH_TAIL = _listed(
    "，但费用仍未可知|，本报取得的报告这样写道|，更多细节将在春季公布|，辩论一直持续到午夜|；反对党称这“来得太迟”|，尽管多名专家发出警告"
    "|，一年前很少有人想到会这样|，发言人在电话中证实|，这已是一月以来的第三次||，作为更大改革的一部分"
)
_EN_PEOPLE = _listed("Mary Whitlock|J. O'Connor|Peter Lindqvist|Amara Okafor|Staff writers|Hélène Duval")
_ZH_PEOPLE = _listed("李明|王晓红|陈志强|欧阳文|本报记者 林静|张伟")
_EN_TOPICS = _listed("Politics|Business|Science|Culture|Health|Transport|Opinion|World")
_ZH_TOPICS = _listed("政治|财经|科技|文化|健康|交通|评论|国际")


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its tag, its sentences, what stands between them, headlines, people and topics."""

    tag: str
    sentences: tuple[str, ...]
    space: str
    subjects: tuple[str, ...]
    actions: tuple[str, ...]
    people: tuple[str, ...]
    topics: tuple[str, ...]

    def headline(self, rng: Random, number: int) -> str:
        """A title that no other entry of the feed has: `number` stands in it."""
        subject, action = rng.choice(self.subjects), rng.choice(self.actions)
        return f"{subject}{self.space}{action} ({number})" if self.space else f"{subject}{action}（{number}）"

    def paragraph(self, rng: Random, sentences: int) -> str:
        """Plain text of so many sentences."""
        return self.space.join(rng.choices(self.sentences, k=sentences))


def _english() -> tuple[str, ...]:
    return tuple(f"{w} {d} {o}{t}." for w, d, o, t in product(_EN_WHO, _EN_DID, _EN_WHAT, _EN_TAIL))


def _chinese() -> tuple[str, ...]:
    return tuple(f"{w}{n}{d}{o}{t}。" for w, n, d, o, t in product(_ZH_WHO, _ZH_WHEN, _ZH_DID, _ZH_WHAT, _ZH_TAIL))


@cache
def language(tag: str) -> Language:
    """The language "zh-cn" or "en-gb"."""
    rng = Random(tag)
    if tag.startswith("zh"):
        deeds = tuple(f"{d}{o}" for d, o in product(_ZH_DID, _ZH_WHAT))
        pool = tuple(rng.sample(_chinese(), SENTENCES))
        return Language(tag, pool, "", _ZH_WHO, deeds, _ZH_PEOPLE, _ZH_TOPICS)
    deeds = tuple(f"{d} {o}" for d, o in product(_EN_DID, _EN_WHAT))
    pool = tuple(rng.sample(_english(), SENTENCES))
    return Language(tag, pool, " ", _EN_WHO, deeds, _EN_PEOPLE, _EN_TOPICS)


def marked_up(rng: Random, text: str, link: str) -> str:
    """A paragraph as an editor's HTML: escaped, with a link, and here and there emphasis or a line break."""
    words = text.replace("&", "&amp;").replace("<", "&lt;")
    third = len(words) // 3
    parts = [words[a:b] for a, b in pairwise((0, third, 2 * third, len(words)))]
    if any("&" in part for part in parts):  # a cut could fall into an entity
        return f"<p>{words}</p>"
    style = rng.randrange(4)
    if style == 0:
        return f'<p>{parts[0]}<a href="{link}">{parts[1]}</a>{parts[2]}</p>'
    if style == 1:
        return f"<p><strong>{parts[0]}</strong>{parts[1]}<br/>{parts[2]}</p>"
    if style == 2:
        return f'<p class="lead">{parts[0]}<em>{parts[1]}</em>{parts[2]}</p>'
    return f"<p>{words}</p>"
