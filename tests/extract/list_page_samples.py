# ruff: noqa: E501  the markup of one item stands on one line
"""Pages that list articles, as sites of many kinds build them, and which of their links lead to articles.

`PAGES` maps a name to the address and the HTML of a page. A link to an article has the attribute `data-a`; one that
may as well be taken as not (an older article in a text) has `data-x`. The markup follows what is usual for each kind.
"""

from collections.abc import Callable

ZH = (
    "渡轮停航三日后复航 岛上居民排队返家", "市政府公布新一轮老旧小区改造名单", "台风“海葵”登陆 多地停课", "关于2026年元旦放假安排的通知",
    "专家：小麦产量或创十年新高", "地铁四号线延伸段年底开通试运行", "法院宣判", "我市召开安全生产工作会议", "博物馆夜场开放首周接待观众过万",
    "气象部门发布寒潮蓝色预警信号", "两名登山者获救", "教育局回应校服价格争议：将公开招标", "图书馆推出盲文阅读角", "全国乒乓球锦标赛落幕",
    "渔民讲述风暴中的七小时", "老街面馆里的三代人", "新能源汽车下乡活动启动", "住房公积金贷款额度上调", "医院急诊分诊新规今起施行", "古桥修缮完工",
)  # fmt: skip
EN = (
    "Ferry service resumes after three-day storm closure", "City council approves new housing plan for the waterfront",
    "Why the old library still matters", "Wheat harvest may be the largest in ten years, growers say", "Court delays ruling",
    "Two climbers rescued from north face", "How a noodle shop survived three generations", "School uniforms: what parents pay",
    "Museum extends night hours through March", "Budget talks stall again", "Inside the race to map the seabed",
    "Storm warning issued for coast", "A fisherman's seven hours adrift", "Metro line four opens its extension in December",
    "Opinion: The bridge we did not build", "Heat pumps explained", "The quiet return of the night train", "Vote count begins",
)  # fmt: skip
DE = (
    "Fähre fährt nach drei Tagen wieder", "Stadtrat beschließt Wohnungsbau am Hafen", "Zwei Bergsteiger gerettet",
    "Warum die alte Bibliothek noch zählt", "Sturmwarnung für die Küste", "Haushalt: Gespräche stocken erneut", "Urteil vertagt",
)  # fmt: skip
FR = (
    "Le ferry reprend la mer après trois jours de tempête", "Le conseil vote le plan logement du port", "Deux alpinistes secourus",
    "Pourquoi la vieille bibliothèque compte encore", "Budget : les discussions patinent", "Alerte tempête sur la côte",
)  # fmt: skip
RU = (
    "Паромное сообщение возобновлено после шторма", "Горсовет утвердил план застройки набережной", "Двух альпинистов спасли",
    "Почему старая библиотека всё ещё важна", "Штормовое предупреждение для побережья", "Суд отложил решение",
)  # fmt: skip
JA = (
    "フェリー、3日ぶりに運航再開",
    "市議会が湾岸の住宅計画を可決",
    "登山者2人を救助",
    "古い図書館が今も大切な理由",
    "沿岸に暴風警報",
    "判決は延期",
)
KO = (
    "여객선 사흘 만에 운항 재개",
    "시의회, 항만 주택 계획 의결",
    "등산객 두 명 구조",
    "오래된 도서관이 여전히 중요한 이유",
    "해안에 폭풍 경보",
    "선고 연기",
)
AR = (
    "استئناف رحلات العبارة بعد عاصفة استمرت ثلاثة أيام",
    "المجلس البلدي يقر خطة الإسكان",
    "إنقاذ متسلقين اثنين",
    "لماذا لا تزال المكتبة القديمة مهمة",
)
ES = (
    "El ferri vuelve a navegar tras tres días",
    "El pleno aprueba el plan de vivienda del puerto",
    "Rescatados dos montañeros",
    "Alerta por temporal en la costa",
)


def slug(text: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in text.lower()).split())


def each(texts: tuple[str, ...], item: Callable[[int, str], str], start: int = 0, count: int | None = None) -> str:
    """One item a text, numbered from 0."""
    return "\n".join(
        item(number, text) for number, text in list(enumerate(texts))[start : None if count is None else start + count]
    )


def page(body: str, title: str = "首页", lang: str = "zh-CN") -> str:
    return f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'


GOV_NAV = (
    '<div class="header"><a href="/"><img src="logo.png" alt="某某市人民政府门户网站"></a><ul class="nav"><li><a href="/">首页</a></li>'
    '<li><a href="/zwgk/">政务公开</a></li><li><a href="/zwfw/">政务服务</a></li><li><a href="/hdjl/">互动交流平台</a></li>'
    '<li><a href="/sjkf/index.html">数据开放平台与统计公报</a></li></ul></div>'
    '<div class="weizhi">当前位置：<a href="/">首页</a> &gt; <a href="/xwzx/">新闻中心</a> &gt; <a href="/xwzx/bmdt/">部门动态信息</a></div>'
)
GOV_FOOT = (
    '<div class="links"><select><option>国务院部门网站</option></select><a href="http://www.gov.cn/">中国政府网</a></div>'
    '<div class="footer"><a href="/gywm/">关于我们</a><a href="/wzdt/index.html">网站地图</a><a href="/lxwm.html">联系我们</a>'
    '<a href="https://beian.example.gov/state/outPortal/loginPortal.action">京ICP备05083640号</a><p>主办单位：某某市人民政府办公室</p></div>'
)
WP_NAV = (
    '<header id="masthead" class="site-header"><p class="site-title"><a href="/" rel="home">The Harbour Log</a></p>'
    '<nav id="site-navigation" class="main-navigation"><ul><li class="menu-item"><a href="/about/">About this site</a></li>'
    '<li class="menu-item"><a href="/category/long-reads/">Long reads from our archive</a></li>'
    '<li><a href="/newsletter-signup-for-members/">Newsletter sign-up for members</a></li></ul></nav></header>'
)
WP_SIDE = (
    '<aside class="widget-area"><section class="widget widget_search"><form></form></section>'
    '<section class="widget widget_recent_comments"><ul><li>Ann on <a data-x href="/2026/11/court-delays-ruling/#comment-9">Court delays ruling</a></li></ul></section>'
    '<section class="widget widget_archive"><ul><li><a href="/2026/11/">November 2026</a></li><li><a href="/2026/10/">October 2026</a></li></ul></section>'
    '<section class="widget widget_categories"><ul><li><a href="/category/politics/local-government/">Local government</a></li>'
    '<li><a href="/category/weather/">Weather and tides</a></li></ul></section>'
    '<section class="widget widget_tag_cloud"><a class="tag-cloud-link" href="/tag/ferry-services/">ferry services</a></section>'
    '<section class="widget widget_meta"><ul><li><a href="/wp-login.php">Log in</a></li><li><a href="/feed/">Entries feed</a></li></ul></section></aside>'
    '<footer class="site-footer"><a href="https://wordpress.org/">Proudly powered by WordPress</a></footer>'
)


def wordpress_item(n: int, t: str) -> str:
    url = f"/2026/11/{slug(t)}/"
    return (
        f'<article id="post-{n}" class="post-{n} post type-post status-publish format-standard hentry category-news">'
        f'<a class="post-thumbnail" href="{url}"><img src="/i{n}.jpg" alt=""></a><header class="entry-header">'
        f'<h2 class="entry-title"><a data-a href="{url}" rel="bookmark">{t}</a></h2><div class="entry-meta"><span class="posted-on">'
        f'<a href="{url}" rel="bookmark"><time class="entry-date" datetime="2026-11-{n + 1:02}T08:00:00+00:00">November {n + 1}, 2026</time></a></span>'
        f'<span class="byline"> by <span class="author vcard"><a class="url fn n" href="/author/ann-miller/">Ann Miller</a></span></span></div></header>'
        f'<div class="entry-summary"><p>Some words on it. <a class="more-link" href="{url}">Continue reading</a></p></div>'
        f'<footer class="entry-footer"><span class="cat-links"><a href="/category/news/" rel="category tag">News from the harbour</a></span>'
        f'<span class="tags-links"><a href="/tag/harbour-walks/" rel="tag">harbour walks and talks</a></span>'
        f'<span class="comments-link"><a href="{url}#respond">Leave a comment</a></span></footer></article>'
    )


def portal_item(word: str, start: int) -> Callable[[int, str], str]:
    return lambda n, t: (
        f'<li><a data-a target="_blank" href="/{word}/2026-11-27/doc-inahx{start}yk{n}987654.shtml">{t}</a></li>'
    )


def front_page_item(word: str) -> Callable[[int, str], str]:
    return lambda n, t: (
        f'<div class="fc-item"><div class="fc-item__content"><h3 class="fc-item__title"><a data-a href="/{word}/2026/nov/{n + 1:02}/{slug(t)}"><span class="kicker">Live</span> {t}</a></h3><span class="byline"><a href="/profile/ann-miller">Ann Miller</a></span></div></div>'
    )


PAGES: dict[str, tuple[str, str]] = {}


def add(name: str, url: str, body: str, title: str = "首页", lang: str = "zh-CN") -> None:
    PAGES[name] = (url, page(body, title, lang))


add(
    "gov list",
    "https://www.mou.gov.example/xwzx/bmdt/",
    GOV_NAV
    + '<div class="left"><ul><li><a href="/xwzx/jrtt/">今日头条新闻</a></li><li><a href="/xwzx/bmdt/">部门动态</a></li></ul></div>'
    '<div class="right"><ul class="list">'
    + each(
        ZH,
        lambda n, t: (
            f'<li><a data-a href="./202611/t202611{n + 1:02}_51234{n:02}.html" target="_blank">{t}</a><span>2026-11-{n + 1:02}</span></li>'
        ),
    )
    + '</ul><div class="page"><a href="index.html">首页</a><a href="index_1.html">下一页</a><a href="index_9.html">尾页</a></div></div>'
    + GOV_FOOT,
    "部门动态_某某市人民政府",
)

add(
    "gov table",
    "https://zwgk.mou.gov.example/col/col1229/index.html",
    GOV_NAV
    + '<table class="tb">'
    + each(
        ZH,
        lambda n, t: (
            f'<tr><td class="bh">{n + 1}</td><td><a data-a href="/art/2026/11/{n + 1}/art_1229_{40000 + n}.html" title="{t}（全文）">{t[:9]}...</a></td><td align="center">某政发〔2026〕{n}号</td><td>2026-11-{n + 1:02}</td></tr>'
        ),
    )
    + '</table><div class="pagination"><a href="/col/col1229/index.html?pageNum=2">2</a></div>'
    + GOV_FOOT,
    "政策文件",
)

add(
    "gov dl",
    "http://wjw.mou.gov.example/tzgg/",
    GOV_NAV
    + '<div class="zfxxgk_zdgkc"><dl>'
    + each(
        ZH,
        lambda n, t: (
            f'<dt><a data-a href="/tzgg/202611/{"0123456789abcdef"[n % 16]}3f9c0d2e8b74a6{n:02}5d7.shtml">{t}</a></dt><dd>2026-11-{n + 1:02}</dd>'
        ),
        count=12,
    )
    + "</dl></div>"
    + GOV_FOOT,
    "通知公告",
)

add(
    "university notices",
    "https://www.univ.example/index/tzgg.htm",
    '<div class="head"><ul class="menu"><li><a href="../xxgk.htm">学校概况</a><ul><li><a href="../xxgk/xxjj.htm">学校简介</a></li>'
    '<li><a href="../xxgk/lsyg.htm">历史沿革与大事记</a></li></ul></li><li><a href="../jgsz.htm">机构设置</a></li></ul></div><ul class="notice">'
    + each(
        ZH,
        lambda n, t: (
            f'<li id="line_u8_{n}"><i>11-{n + 1:02}</i><a data-a href="../info/1012/{3456 + n}.htm" title="{t}">{t[:12]}{"..." if len(t) > 12 else ""}</a></li>'
        ),
    )
    + '</ul><div class="pb_sys_common"><span class="p_no"><a href="tzgg/23.htm">2</a></span><a href="tzgg/1.htm">尾页</a></div><div class="foot"><a href="../lxwm.htm">联系我们</a></div>',
    "通知公告-某某大学",
)

add(
    "zh portal front page",
    "https://www.chenbao.example/",
    '<div class="topbar"><a href="/user/login">登录</a><a href="https://mail.chenbao.example/">邮箱</a></div><div class="nav">'
    + "".join(
        f'<a href="/{word}/">{name}</a>'
        for word, name in (
            ("world", "国际"),
            ("china", "国内"),
            ("finance", "财经"),
            ("sports", "体育"),
            ("culture", "文化"),
        )
    )
    + '</div><div class="focus"><h2><a data-a href="/china/2026-11-27/doc-inahxyzk9876543.shtml">'
    + ZH[0]
    + "</a></h2></div>"
    + "".join(
        f'<div class="mod"><h3 class="mod-title"><a href="/{word}/">{name}新闻</a><a class="more" href="/{word}/">更多&gt;&gt;</a></h3><ul class="news-list">'
        + each(
            ZH,
            portal_item(word, start),
            start,
            6,
        )
        + "</ul></div>"
        for word, name, start in (("world", "国际", 1), ("finance", "财经", 7), ("sports", "体育", 13))
    )
    + '<div class="friendlinks">友情链接 <a href="https://www.a.example/">某某新闻网站</a></div><div class="footer"><a href="/about/">关于晨报</a> <a href="/about/job.html">招聘信息</a></div>',
    "晨报网_新闻门户",
)

add(
    "zh cards without headings",
    "https://www.wanbao.example/realtime/china",
    '<header><a class="logo" href="/">晚报</a><div class="menu-list"><a href="/news/china">中国新闻</a><a href="/news/world">国际新闻</a></div></header><div class="list-block">'
    + each(
        ZH,
        lambda n, t: (
            f'<div class="card-listing"><a href="/realtime/china/story20261127-{1500000 + n}"><img src="a{n}.jpg" alt="{t}"></a><div class="content"><a data-a href="/realtime/china/story20261127-{1500000 + n}"><div class="f18 title">{t}</div></a>'
            f'<span class="timestamp">{n + 1}小时前</span><a class="tagname" href="/keywords/ferry">渡轮航线</a></div></div>'
        ),
    )
    + '</div><div class="load-more"><a href="/realtime/china?page=2">查看更多</a></div>',
    "中国即时新闻 | 晚报",
)

add(
    "zh blog hexo",
    "https://shui.example/archives/",
    '<header id="header"><a class="brand" href="/">水边</a><nav class="menu"><a href="/">首页</a><a href="/archives">归档</a><a href="/tags">标签</a></nav></header><div class="archive"><h2>2026</h2>'
    + each(
        ZH,
        lambda n, t: (
            f'<article class="archive-item"><time datetime="2026-11-{n + 1:02}T00:00:00.000Z">11-{n + 1:02}</time><a data-a class="archive-item-link" href="/2026/11/{n + 1:02}/{slug(t)}/">{t}</a></article>'
        ),
        count=10,
    )
    + '</div><nav class="paginator"><a href="/archives/page/2/">下一页</a></nav><footer><a href="https://hexo.io">Hexo</a></footer>',
    "归档 | 水边",
)

add(
    "bbs discuz",
    "https://bbs.chuan.example/forum-2-1.html",
    '<div id="nv"><ul><li><a href="forum.php">论坛首页</a></li><li><a href="misc.php?mod=ranklist">排行榜</a></li></ul></div><div id="pt"><a href="forum.php">论坛</a> › <a href="forum-2-1.html">渡轮与航运</a></div><table summary="forum_2">'
    + each(
        ZH,
        lambda n, t: (
            f'<tbody id="normalthread_{n}"><tr><td class="icn"><a href="thread-{8000 + n}-1-1.html" title="新窗口打开"><img src="folder.gif"></a></td><th class="common"><em>[<a href="forum.php?mod=forumdisplay&amp;fid=2&amp;typeid=7">讨论</a>]</em> '
            f'<a data-a href="thread-{8000 + n}-1-1.html" class="s xst">{t}</a></th><td class="by"><cite><a href="space-uid-{77 + n}.html">船夫老李{n}</a></cite><em><span>2026-11-{n + 1}</span></em></td><td class="num"><a class="xi2" href="thread-{8000 + n}-1-1.html">{n * 3}</a></td>'
            f'<td class="by"><cite><a href="space-username-wang.html">王</a></cite><em><a href="forum.php?mod=redirect&amp;tid={8000 + n}&amp;goto=lastpost#lastpost">2026-11-27 10:0{n % 10}</a></em></td></tr></tbody>'
        ),
        count=14,
    )
    + '</table><div class="pg"><a href="forum-2-2.html">2</a><a class="nxt" href="forum-2-2.html">下一页</a></div>',
    "渡轮与航运 - 川流论坛",
)

add(
    "zh old table layout",
    "http://www.xian.example/news/more.asp",
    '<table><tr><td bgcolor="#cc0000"><a href="/"><font color=white>首页</font></a> | <a href="/news/more.asp"><font color=white>县内新闻</font></a> | <a href="/ly/"><font color=white>旅游指南</font></a></td></tr></table><table><tr><td>'
    + each(
        ZH,
        lambda n, t: (
            f'<font color="#666">·</font> <a data-a href="shownews.asp?id={1200 + n}" target=_blank>{t}</a> <font color=gray>(2026-11-{n + 1:02})</font><br>'
        ),
    )
    + '</td></tr><tr><td>共 20 条 <a href="more.asp?page=2">下一页</a> <a href="more.asp?page=40">尾页</a></td></tr></table>',
    "县内新闻",
)

add(
    "zh paragraphs",
    "https://mag.example/issue/202611.html",
    "<h1>二〇二六年十一月号目录</h1>"
    + each(ZH, lambda n, t: f'<p><a data-a href="202611/{n + 1:02}.html">{t}</a>　作者{n}</p>', count=12)
    + '<p><a href="../index.html">返回首页</a> <a href="202610.html">上一期</a></p>',
    "目录",
)

add(
    "zh short titles",
    "https://poem.example/list.html",
    '<ul class="poems">'
    + each(
        ("江雪", "春晓", "静夜思", "登鹳雀楼", "鹿柴", "相思", "竹里馆", "送别", "杂诗", "渭城曲"),
        lambda n, t: (
            f'<li><h3><a data-a href="/p/{n + 100231}.html">{t}</a></h3><span class="date">2026-11-{n + 1:02}</span></li>'
        ),
    )
    + '</ul><div class="pager"><a href="list_2.html">2</a></div>',
    "诗",
)

add(
    "wordpress archive",
    "https://harbour.example/",
    WP_NAV
    + '<main id="main">'
    + each(EN, wordpress_item, count=10)
    + '<nav class="navigation pagination"><div class="nav-links"><a class="page-numbers" href="/page/2/">2</a><a class="next page-numbers" href="/page/2/">Next page of posts</a></div></nav></main>'
    + WP_SIDE,
    "The Harbour Log",
    "en-GB",
)

add(
    "wordpress plain addresses",
    "https://plain.example/",
    '<div id="menu"><ul><li class="page_item"><a href="?page_id=2">About the author of this blog</a></li></ul></div><div id="content">'
    + each(
        EN,
        lambda n, t: (
            f'<div class="post" id="post-{n}"><h2><a data-a href="https://plain.example/?p={100 + n}" rel="bookmark" title="Permanent Link to {t}">{t}</a></h2><small>November 3rd, 2026</small><div class="entry"><p>Text text text.</p></div>'
            f'<p class="postmetadata">Posted in <a href="?cat=3" rel="category">Uncategorized</a> | <a href="https://plain.example/?p={100 + n}#comments">3 Comments »</a></p></div>'
        ),
        count=8,
    )
    + '<div class="navigation"><a href="?paged=2">« Older Entries</a></div></div><div id="sidebar"><ul><li><a href="?m=202611">November 2026</a></li><li><a href="?cat=3">Uncategorized posts</a></li></ul></div>',
    "Plain",
    "en",
)

add(
    "wordpress short slugs",
    "https://notes.example/blog/",
    WP_NAV
    + '<div class="posts">'
    + each(
        EN,
        lambda n, t: (
            f'<div class="post-preview"><a data-a href="/blog/{slug(t).split("-")[0]}-{slug(t).split("-")[1]}/"><h2 class="post-title">{t}</h2><h3 class="post-subtitle">A line about it</h3></a><p class="post-meta">Posted by <a href="/about/">Ann</a> on November {n + 1}, 2026</p></div>'
        ),
        count=8,
    )
    + '</div><ul class="pager"><li class="next"><a href="/blog/page2/">Older Posts &rarr;</a></li></ul><footer><ul class="list-inline"><li><a href="/privacy-policy">Privacy policy and terms</a></li></ul></footer>',
    "Notes",
    "en",
)

add(
    "en newspaper front page",
    "https://www.courier.example/",
    '<header><a href="/subscribe" class="cta">Subscribe for $1 a week today</a><nav><ul><li><a href="/news">News</a></li><li><a href="/opinion">Opinion</a></li><li><a href="/sport/football">Football</a></li><li><a href="/crosswords">Crosswords and puzzles</a></li></ul></nav></header>'
    '<main><section class="hero"><a href="/news/2026/nov/27/ferry-service-resumes"><img alt="A ferry leaves the pier" src="x.jpg"></a><h1><a data-a href="/news/2026/nov/27/ferry-service-resumes">'
    + EN[0]
    + '</a></h1><ul class="sublinks"><li><a data-a href="/news/2026/nov/27/islanders-queue-for-first-boat">Islanders queue for first boat home</a></li></ul></section>'
    + "".join(
        f'<section><h2 class="section-heading"><a href="/{word}">{name}</a></h2>'
        + each(
            EN,
            front_page_item(word),
            start,
            5,
        )
        + f'<a class="more" href="/{word}/all">More from {name}</a></section>'
        for word, name, start in (
            ("world", "World news", 1),
            ("commentisfree", "Opinion and letters", 6),
            ("environment", "Environment", 11),
        )
    )
    + '<aside class="most-read"><h2>Most viewed</h2><ol>'
    + each(EN, lambda n, t: f'<li><a data-a href="/life/2026/nov/20/{slug(t)}">{t}</a></li>', 16, 2)
    + '</ol></aside></main><footer><ul><li><a href="/help/terms-of-service">Terms and conditions</a></li><li><a href="/info/complaints-and-corrections">Complaints and corrections</a></li><li><a href="https://jobs.courier.example/">Search for jobs near you</a></li></ul></footer>',
    "The Courier | News, sport and opinion",
    "en",
)

add(
    "whole-card links",
    "https://daily.example/tech",
    '<div class="site-nav"><a href="/tech">Technology</a><a href="/science">Science</a></div><div class="grid">'
    + each(
        EN,
        lambda n, t: (
            f'<a data-a class="Card_card__x{n}" href="/tech/{slug(t)}-{20000 + n}"><img src="p.jpg" alt=""><div class="Card_body__q1"><span class="Card_tag__z">Tech</span><h3>{t}</h3><p>Two lines that tell a bit of what the story is about, and more.</p><time datetime="2026-11-{n + 1:02}T09:30:00Z">{n + 1} Nov</time></div></a>'
        ),
        count=12,
    )
    + '</div><button>Load more</button><div class="footer-links"><a href="/about-us">About us and our journalism</a></div>',
    "Technology - The Daily",
    "en",
)

add(
    "jekyll minima",
    "https://ann.example/",
    '<header class="site-header"><a class="site-title" rel="author" href="/">Ann writes things down</a><nav class="site-nav"><a class="page-link" href="/about/">About</a></nav></header><main class="page-content"><h2 class="post-list-heading">Posts</h2><ul class="post-list">'
    + each(
        EN,
        lambda n, t: (
            f'<li><span class="post-meta">Nov {n + 1}, 2026</span><h3><a data-a class="post-link" href="/misc/2026/11/{n + 1:02}/{slug(t)}.html">{t}</a></h3></li>'
        ),
        count=9,
    )
    + '</ul><p class="rss-subscribe">subscribe <a href="/feed.xml">via RSS</a></p></main><footer class="site-footer"><a href="https://github.com/ann">ann</a></footer>',
    "Ann",
    "en",
)

add(
    "hugo short slugs",
    "https://rust.example/posts/",
    '<nav><ul><li><a href="/posts/">Posts</a></li><li><a href="/tags/">Tags</a></li></ul></nav><main>'
    + each(
        (
            "Borrowing",
            "Lifetimes, again",
            "On traits and objects",
            "Async without tears",
            "Pinning",
            "A small allocator",
            "Error handling in practice",
        ),
        lambda n, t: (
            f'<article class="post-entry"><header><h2>{t}</h2></header><p>Short summary of the post that follows.</p><footer class="entry-footer"><span title="2026-11-0{n + 1} 00:00:00 +0000 UTC">November {n + 1}, 2026</span></footer><a data-a class="entry-link" aria-label="post link to {t}" href="/posts/{slug(t).split("-")[0]}/"></a></article>'
        ),
    )
    + '</main><footer class="page-footer"><nav class="pagination"><a class="next" href="/posts/page/2/">Next »</a></nav></footer>',
    "Posts",
    "en",
)

add(
    "blogger",
    "https://birds.blogspot.example/",
    '<div class="tabs"><ul><li><a href="/p/about-birds-here.html">About birds here</a></li></ul></div><div class="blog-posts hfeed">'
    + each(
        EN,
        lambda n, t: (
            f'<div class="date-outer"><h2 class="date-header"><span>Friday, November {n + 1}, 2026</span></h2><div class="post hentry"><h3 class="post-title entry-title"><a data-a href="https://birds.blogspot.example/2026/11/{slug(t)[:36]}.html">{t}</a></h3><div class="post-body">Words.</div><div class="post-footer">Posted by <a class="g-profile" href="https://www.blogger.example/profile/0123456789" rel="author">Ann</a> at <a class="timestamp-link" rel="bookmark" href="https://birds.blogspot.example/2026/11/{slug(t)[:36]}.html"><abbr class="published" title="2026-11-{n + 1:02}T10:00:00-08:00">10:00 AM</abbr></a> <span class="post-labels">Labels: <a href="https://birds.blogspot.example/search/label/Ferry%20rides" rel="tag">Ferry rides</a></span></div></div></div>'
        ),
        count=7,
    )
    + '</div><div id="blog-pager"><a class="blog-pager-older-link" href="https://birds.blogspot.example/search?updated-max=2026-10-30&amp;max-results=7">Older Posts</a></div><div class="widget BlogArchive"><ul><li><a href="https://birds.blogspot.example/2026/10/">October</a></li></ul></div>',
    "Birds",
    "en",
)

add(
    "medium-like",
    "https://stories.example/latest",
    '<div class="n"><a href="/">Home</a><a href="/m/signin?redirect=%2F">Sign in</a></div>'
    + each(
        EN,
        lambda n, t: (
            f'<div class="ab q"><div class="ac"><a href="/@annmiller{n}?source=x">Ann Miller {n}</a> in <a href="/the-harbour-review">The Harbour Review</a></div><a data-a class="ag ah" href="/@annmiller{n}/{slug(t)}-{"%012x" % (7919 * (n + 3) ** 5 + 0x3F2A1B0C9D8E)}?source=x"><div><h2 class="be">{t}</h2></div><div><h3 class="bf">Subtitle of the story in grey</h3></div></a><span>Nov {n + 1}</span><a href="/tag/shipping">Shipping</a></div>'
        ),
        count=10,
    ),
    "Latest stories",
    "en",
)

add(
    "substack archive",
    "https://letters.example/archive",
    '<div class="topbar"><a href="/subscribe">Subscribe</a><a href="/about">About</a></div>'
    + each(
        EN,
        lambda n, t: (
            f'<div class="portable-archive-post"><a class="post-preview-image" href="https://letters.example/p/{slug(t)}"><img></a><div><a data-a data-testid="post-preview-title" class="pencraft" href="https://letters.example/p/{slug(t)}">{t}</a><a class="post-preview-description" href="https://letters.example/p/{slug(t)}">What I saw on the quay this week, and why it matters to you</a><time datetime="2026-11-{n + 1:02}T06:01:00.000Z">Nov {n + 1}</time> • <a href="https://substack.example/@ann">Ann</a><a class="post-ufi-comment-button" href="https://letters.example/p/{slug(t)}/comments">12</a></div></div>'
        ),
        count=12,
    ),
    "Archive",
    "en",
)

add(
    "ghost",
    "https://ghost.example/",
    '<header class="gh-head"><a class="gh-head-logo" href="/">Ghost</a><nav class="gh-head-menu"><ul class="nav"><li><a href="/author/ann/">Author</a></li></ul></nav></header><div class="post-feed">'
    + each(
        EN,
        lambda n, t: (
            f'<article class="post-card post tag-news"><a class="post-card-image-link" href="/{slug(t)}/"><img alt="{t}"></a><div class="post-card-content"><a data-a class="post-card-content-link" href="/{slug(t)}/"><div class="post-card-tags"><span>News</span></div><h2 class="post-card-title">{t}</h2><div class="post-card-excerpt">Excerpt of it.</div></a><footer class="post-card-meta"><time datetime="2026-11-{n + 1:02}">Nov {n + 1}</time><span>4 min read</span></footer></div></article>'
        ),
        count=9,
    )
    + '</div><footer class="site-footer"><nav><a href="#/portal/">Sign up</a></nav></footer>',
    "Ghost",
    "en",
)

add(
    "discourse",
    "https://talk.example/latest",
    '<ul class="nav-bar"><li><a href="/categories">Categories</a></li><li><a href="/top">Top</a></li></ul><table class="topic-list"><tbody>'
    + each(
        EN,
        lambda n, t: (
            f'<tr class="topic-list-item"><td class="main-link"><a data-a class="title raw-link" href="https://talk.example/t/{slug(t)}/{900 + n}">{t}</a><div class="link-bottom-line"><a class="badge-wrapper" href="/c/shipping/5"><span>Shipping and boats</span></a><div class="discourse-tags"><a href="/tag/ferry" class="discourse-tag">ferry</a></div></div></td><td class="posters"><a href="https://talk.example/u/ann"><img title="ann - Original Poster"></a></td><td class="replies">{n}</td><td>November {n + 1}, 2026</td></tr>'
        ),
        count=12,
    )
    + '</tbody></table><div role="navigation"><a rel="next" href="/latest?no_definitions=true&amp;page=1">next page →</a></div>',
    "Latest topics",
    "en",
)

add(
    "press releases",
    "https://corp.example/en/newsroom/press-releases",
    '<ul class="mainnav"><li><a href="/en/company/management-board">Management board</a></li><li><a href="/en/investors/annual-report-2025">Annual report 2025</a></li></ul><div class="pressList">'
    + each(
        EN,
        lambda n, t: (
            f'<div class="pressItem row"><div class="col date">2026-11-{n + 1:02}</div><div class="col"><a data-a href="/en/newsroom/press-releases/{slug(t)}">{t}</a></div><div class="col"><a href="/media/{n}/release.pdf">Download as PDF document</a></div></div>'
        ),
        count=10,
    )
    + '</div><footer><a href="/en/imprint">Imprint</a><a href="/en/data-protection-declaration">Data protection declaration</a></footer>',
    "Press releases",
    "en",
)

add(
    "gov uk",
    "https://www.gov.example/search/news-and-communications",
    '<nav class="gem-c-layout-super-navigation-header"><a href="/browse/benefits">Benefits and money</a></nav><div class="gem-c-breadcrumbs"><a href="/">Home</a></div><ul class="gem-c-document-list">'
    + each(
        EN,
        lambda n, t: (
            f'<li class="gem-c-document-list__item"><div class="gem-c-document-list__item-title"><a data-a class="govuk-link" href="/government/news/{slug(t)}">{t}</a></div><p>Summary.</p><ul class="gem-c-document-list__item-metadata"><li>From: Ministry</li><li>Updated: <time datetime="2026-11-{n + 1:02}">{n + 1} November 2026</time></li></ul></li>'
        ),
        count=12,
    )
    + '</ul><nav class="gem-c-pagination"><a href="/search/news-and-communications?page=2">Next page</a></nav><footer><a href="/help/cookies">Cookies</a><a href="/government/how-government-works">How government works</a></footer>',
    "News and communications",
    "en",
)

add(
    "tumblr",
    "https://quay.tumblr.example/",
    '<header><h1><a href="/">quay</a></h1><a href="/ask">Ask me anything</a></header>'
    + each(
        EN,
        lambda n, t: (
            f'<article class="post text"><div class="content"><h2><a data-a href="https://quay.tumblr.example/post/7012345678{n}/{slug(t)[:40]}">{t}</a></h2><p>Text</p></div><footer><a class="date" href="https://quay.tumblr.example/post/7012345678{n}/{slug(t)[:40]}">{n + 1}th Nov 2026</a><a href="/tagged/sea">#sea</a></footer></article>'
        ),
        count=6,
    )
    + '<a id="next" href="/page/2">Next</a>',
    "quay",
    "en",
)

add(
    "magazine contents",
    "https://review.example/issues/vol-12",
    '<nav class="nav"><a href="/issues">All issues</a></nav><h2>Contents</h2>'
    + each(
        EN,
        lambda n, t: (
            f'<div class="toc-row"><h4><a data-a href="/article/{4100 + n}">{t}</a></h4><p class="authors"><a href="/contributors/ann-miller">Ann Miller</a>, <a href="/contributors/li-wei">Li Wei</a></p></div>'
        ),
        count=10,
    )
    + '<div class="footer"><a href="/submit-your-work">Submit your work</a></div>',
    "Vol. 12",
    "en",
)

add(
    "bare list",
    "https://prof.example/writing.html",
    "<h1>Writing</h1><ul>"
    + each(EN, lambda n, t: f'<li><a data-a href="writing/{slug(t)}.html">{t}</a></li>')
    + '</ul><p><a href="index.html">home</a> <a href="cv.pdf">curriculum vitae</a> <a href="mailto:p@prof.example">mail</a></p>',
    "Writing",
    "en",
)

add(
    "full posts on the front page",
    "https://full.example/",
    WP_NAV
    + "<main>"
    + each(
        EN,
        lambda n, t: (
            f'<article class="hentry"><h1 class="entry-title"><a data-a href="/{2026}/{slug(t)}/">{t}</a></h1><div class="entry-content"><p>We wrote <a data-x href="/2024/an-older-story-of-the-sea/">an older story of the sea</a> and <a href="https://elsewhere.example/2026/11/a-report-of-others.html">a report of others</a>; see <a data-x href="/2019/the-map/">the map</a>.</p></div></article>'
        ),
        count=5,
    )
    + "</main>",
    "Full",
    "en",
)

add(
    "de zeitung",
    "https://www.zeitung.example/",
    '<header role="banner"><nav class="nav__ressorts"><a href="/politik/index">Politik</a><a href="/wirtschaft/index">Wirtschaft</a><a href="/zeit-magazin/leben/index">Leben und Gesellschaft</a></nav></header><main>'
    + each(
        DE,
        lambda n, t: (
            f'<article class="zon-teaser"><h3 class="zon-teaser__heading"><a data-a class="zon-teaser__link" href="https://www.zeitung.example/politik/2026-11/{slug(t)}"><span class="zon-teaser__kicker">Hafen<span class="visually-hidden">: </span></span><span class="zon-teaser__title">{t}</span></a></h3><p>Ein Satz dazu.</p><div class="zon-teaser__metadata"><a class="comments" href="https://www.zeitung.example/politik/2026-11/{slug(t)}#comments">12 Kommentare</a></div></article>'
        ),
    )
    + '</main><footer class="footer"><a href="/impressum/index">Impressum</a><a href="/hilfe/datenschutz">Datenschutzerklärung</a></footer>',
    "Zeitung",
    "de",
)

add(
    "fr liste",
    "https://www.journal.example/actualites/",
    '<div class="menu-principal"><a href="/politique/">Politique</a><a href="/culture-loisirs/">Culture et loisirs</a></div>'
    + each(
        FR,
        lambda n, t: (
            f'<div class="article-item"><figure><a href="/actualites/{slug(t)}_{60321 + n}.html"><img alt=""></a></figure><h2><a data-a href="/actualites/{slug(t)}_{60321 + n}.html">{t}</a></h2><p>Une phrase. <a href="/actualites/{slug(t)}_{60321 + n}.html">Lire la suite</a></p><span class="date">le {n + 1} novembre 2026</span></div>'
        ),
    )
    + '<div class="pagination"><a href="/actualites/?page=2">Page suivante</a></div><div class="bas-de-page footer"><a href="/mentions-legales/">Mentions légales</a></div>',
    "Actualités",
    "fr",
)

add(
    "ru cards",
    "https://lenta.example/rubrics/russia/",
    '<nav class="menu"><a class="menu__nav-link" href="/rubrics/world/">Мир и мировая политика</a></nav><ul class="rubric-page__list">'
    + each(
        RU,
        lambda n, t: (
            f'<li class="rubric-page__item"><a data-a class="card-full-news _rubric" href="/news/2026/11/27/{("parom", "gorsovet", "alpinisty", "biblioteka", "shtorm", "sud")[n]}/"><h3 class="card-full-news__title">{t}</h3><div class="card-full-news__info"><time class="card-full-news__date">0{n}:1{n}</time><span class="card-full-news__rubric">Общество</span></div></a></li>'
        ),
    )
    + '</ul><a class="loadmore" href="/rubrics/russia/2/">Показать ещё новости</a><footer class="footer"><a href="/info/editors">Редакция</a></footer>',
    "Россия",
    "ru",
)

add(
    "ja list",
    "https://news.jp.example/topics/domestic",
    '<header><nav><ul><li><a href="/topics/world">国際</a></li><li><a href="/ranking/access/news">アクセスランキング</a></li></ul></nav></header><ul class="newsFeed_list">'
    + each(
        JA,
        lambda n, t: (
            f'<li class="newsFeed_item"><a data-a class="newsFeed_item_link" href="https://news.jp.example/pickup/65{n}1234"><div class="newsFeed_item_body"><div class="newsFeed_item_title">{t}</div><div class="newsFeed_item_sub"><time class="newsFeed_item_date">11/27(金) 1{n}:00</time></div></div></a></li>'
        ),
    )
    + '</ul><div class="pagination"><ul><li><a href="/topics/domestic?page=2">次へ</a></li></ul></div>',
    "国内",
    "ja",
)

add(
    "ko list",
    "https://news.kr.example/main/list.nhn?mode=LSD&sid1=102",
    '<div class="lnb_menu"><ul><li><a href="/main/main.nhn?mode=LSD&amp;sid1=100">정치</a></li></ul></div><ul class="type06_headline">'
    + each(
        KO,
        lambda n, t: (
            f'<li><dl><dt class="photo"><a href="https://news.kr.example/main/read.nhn?oid=001&amp;aid=00123456{n}8"><img alt="{t}"></a></dt><dt><a data-a href="https://news.kr.example/main/read.nhn?oid=001&amp;aid=00123456{n}8">{t}</a></dt><dd><span class="lede">기사의 첫 문장이다.</span><span class="writing">연합</span><span class="date">{n}분전</span></dd></dl></li>'
        ),
    )
    + '</ul><div class="paging"><a href="?mode=LSD&amp;sid1=102&amp;page=2">2</a></div>',
    "사회",
    "ko",
)

add(
    "ar list",
    "https://akhbar.example/news/",
    '<nav><a href="/politics/">سياسة واقتصاد</a></nav><div class="list">'
    + each(
        AR,
        lambda n, t: (
            f'<div class="item"><h3><a data-a href="/news/2026/11/27/{"%D8%A7%D9%84%D8%B9%D8%A8%D8%A7%D8%B1%D8%A9"}-{n}">{t}</a></h3><span class="date">2026-11-27</span></div>'
        ),
    )
    + "</div>",
    "أخبار",
    "ar",
)

add(
    "es portada",
    "https://www.diario.example/",
    '<header><div class="menu-secciones"><ul class="menu"><li><a href="/economia/">Economía</a></li></ul></div></header><section>'
    + each(
        ES,
        lambda n, t: (
            f'<article class="c c-d"><header class="c_h"><h2 class="c_t"><a data-a href="/espana/2026-11-27/{slug(t)}.html">{t}</a></h2></header><div class="c_a"><a class="c_a_a" href="/autor/ana-molina/">Ana Molina</a></div><p>Una frase.</p></article>'
        ),
    )
    + '</section><footer class="pie footer"><a href="https://suscripciones.diario.example/">Suscríbete a la edición digital</a></footer>',
    "Diario",
    "es",
)


def add_page(name: str, url: str, body: str, lang: str = "en", title: str = "T") -> None:
    add(name, url, body, title, lang)


add_page(
    "chorus",
    "https://v.example/policy",
    "<div class='l-header'><a href='/policy'>Policy</a><a href='/pages/support-now'>Give to us today</a></div><div class='c-compact-river'>"
    + "".join(
        f"<div class='c-compact-river__entry'><div class='c-entry-box--compact'><a class='c-entry-box--compact__image-wrapper' data-analytics-link='article' href='https://v.example/policy/{23000000 + i}/{s}'><img></a><div class='c-entry-box--compact__body'><h2 class='c-entry-box--compact__title'><a data-a href='https://v.example/policy/{23000000 + i}/{s}'>{t}</a></h2><div class='c-byline'>By <span><a href='https://v.example/authors/ann-m'>Ann M</a></span> <time class='c-byline__item'>Nov {i}</time></div></div></div></div>"
        for i, (s, t) in enumerate(
            [
                ("rent-caps", "What rent caps do"),
                ("court", "The court, explained"),
                ("tariffs-food-prices-2026", "Tariffs and food prices in 2026, in one chart"),
                ("vote", "How to vote"),
            ]
        )
    )
    + "</div><div class='c-pagination'><a href='/policy/archives/2'>More stories from before</a></div><div class='c-footer'><a href='/pages/ethics'>Ethics statement of ours</a></div>",
)
add_page(
    "drupal",
    "https://uni.example/news",
    "<div id='block-menu'><ul class='menu'><li><a href='/research/centres'>Research centres</a></li></ul></div><div class='view view-news'><div class='view-content'>"
    + "".join(
        f"<div class='views-row'><div class='views-field views-field-title'><span class='field-content'><a data-a href='/news/{s}'>{t}</a></span></div><div class='views-field views-field-created'><span class='field-content'>{i} November 2026</span></div><div class='views-field-field-tags'><a href='/taxonomy/term/{i}'>Chemistry dept</a></div></div>"
        for i, (s, t) in enumerate(
            [
                ("new-lab-opens", "New lab opens"),
                ("prize-for-physicist", "Prize for physicist"),
                ("students-build-boat", "Students build a solar boat and race it"),
                ("open-day", "Open day"),
            ]
        )
    )
    + "</div><nav class='pager'><a href='?page=1'>Next</a></nav></div><footer><a href='/accessibility-statement'>Accessibility statement</a></footer>",
)
add_page(
    "people",
    "http://politics.people.example/GB/1024/index.html",
    "<div class='nav clearfix'><a href='http://politics.people.example/'>时政</a><a href='/GB/1025/index.html'>国内要闻报道</a></div><div class='ej_list_box'><ul class='list_16 mt10'>"
    + "".join(
        f"<li><a data-a href='/n1/2026/1127/c1024-4037{i:04}.html' target='_blank'>{t}</a> <em>2026-11-27</em></li>"
        for i, t in enumerate(
            [
                "全国政协召开双周协商座谈会",
                "外交部回应记者提问",
                "最高检发布典型案例",
                "国务院常务会议部署工作",
                "人事任免",
            ]
        )
    )
    + "</ul></div><div class='page_n'><a href='index2.html'>下一页</a><a href='index3.html'>3</a></div>",
    "zh",
)
add_page(
    "hashed",
    "https://app.example/feed",
    "<header><a href='/login'>登录</a><a href='/explore'>发现更多精彩内容</a></header>"
    + "".join(
        f"<div class='_3xKq'><a class='_1aBc' href='/n/{h}'><div class='_cover'></div></a><a data-a class='_2dEf' href='/n/{h}'>{t}</a><a class='_4gHi' href='/u/{i}99'>小王的日常生活</a></div>"
        for i, (h, t) in enumerate(
            [
                ("k8Fj2LmQ9x", "第一次露营就遇到暴雨"),
                ("p3Rt7VwZ1y", "三天两夜的海岛行程"),
                ("a9Bc4DeF6g", "租房避坑"),
                ("q1Ws2Ed3Rf", "我把阳台改成了菜园"),
            ]
        )
    ),
    "zh",
)
add_page(
    "oldphp",
    "http://old.example/index.php",
    "<center><a href='index.php?cat=1'>Category one here</a> | <a href='guestbook.php'>Guestbook</a></center><table>"
    + "".join(
        f"<tr><td><b><a data-a href='article.php?id={100 + i}'>{t}</a></b><br>Some text <a href='article.php?id={100 + i}'>[more]</a> <a href='article.php?id={100 + i}#c'>3 comments</a></td></tr>"
        for i, t in enumerate(["On boats", "A long walk by the sea in winter", "Tea", "Notes on the index"])
    )
    + "</table><a href='index.php?page=2'>older entries</a>",
)
add_page(
    "ministry",
    "https://min.example/media/press",
    "<ul class='top'><li><a href='/the-ministry/the-minister'>The minister</a></li><li><a href='/topics/climate-change'>Climate change</a></li></ul><h3>November 2026</h3><ul class='press'>"
    + "".join(
        f"<li><span>{i + 1:02}.11.2026</span> <a data-a href='/media/press/2026/{s}'>{t}</a> <a href='/fileadmin/{i}.pdf'>(PDF, 120 KB)</a></li>"
        for i, (s, t) in enumerate(
            [
                ("joint-statement", "Joint statement on fisheries"),
                ("visit", "Minister visits port"),
                ("new-rules-for-ferries", "New rules for ferries"),
            ]
        )
    )
    + "</ul><a href='/media/press/archive-2025'>Archive of press releases 2025</a>",
)
add_page(
    "hatena",
    "https://b.hatena.example/archive",
    "<div id='globalheader'></div><div class='archive-entries'>"
    + "".join(
        f"<section class='archive-entry'><div class='archive-entry-header'><div class='date archive-date'><a href='/archive/2026/11/{i + 1:02}'><time datetime='2026-11-{i + 1:02}'>2026-11-{i + 1:02}</time></a></div><h1 class='entry-title'><a data-a class='entry-title-link' href='/entry/2026/11/{i + 1:02}/0{i}0000'>{t}</a></h1></div><div class='categories'><a class='archive-category-link' href='/archive/category/%E6%97%85'>旅</a></div></section>"
        for i, t in enumerate(["港の朝", "冬の海を歩く", "船を直す", "図書館にて"])
    )
    + "</div><aside class='hatena-module'><ul><li><a href='/entry/2026/11/01/000000'>港の朝</a></li></ul></aside>",
    "ja",
)
add_page(
    "ap",
    "https://ap.example/",
    "<nav><a href='/hub/election-2026'>Election 2026</a></nav><main>"
    + "".join(
        f"<div class='PagePromo'><h3 class='PagePromo-title'><a data-a class='Link' href='https://ap.example/article/{s}-{h}'><span class='PagePromoContentIcons-text'>{t}</span></a></h3></div>"
        for s, h, t in [
            ("ferry-storm", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "Ferry sails after storm"),
            ("wheat", "1a1b2c3d4e5f60718293a4b5c6d7e8f9", "Wheat harvest is large"),
            ("court", "2a1b2c3d4e5f60718293a4b5c6d7e8f9", "Court delays ruling again"),
        ]
    )
    + "<div class='hubs'><h2><a href='/hub/climate-and-environment'>Climate and environment</a></h2></div></main><footer><a href='https://careers.ap.example/'>Careers at our agency</a></footer>",
)

add_page(
    "typecho",
    "https://t.example/",
    "<header><h1><a href='/'>某人的博客</a></h1><nav><a href='/start-page.html'>关于</a><a href='/links.html'>朋友们的网站</a></nav></header><div id='main'>"
    + "".join(
        f"<article class='post'><h2 class='post-title'><a data-a itemprop='url' href='/archives/{i + 40}/'>{t}</a></h2><ul class='post-meta'><li>作者: <a href='/author/1/'>admin</a></li><li>时间: <time datetime='2026-11-{i + 1:02}T10:00:00+08:00'>十一月 {i + 1}</time></li><li>分类: <a href='/category/default/'>默认分类</a></li><li><a href='/archives/{i + 40}/#comments'>2 条评论</a></li></ul><p class='more'><a href='/archives/{i + 40}/'>- 阅读剩余部分 -</a></p></article>"
        for i, t in enumerate(["搬家", "用旧手机做服务器", "读《船史》", "下雨天"])
    )
    + "</div><div id='secondary'><section class='widget'><h3>最新文章</h3><ul><li><a href='/archives/43/'>下雨天</a></li></ul></section><section class='widget'><h3>归档</h3><ul><li><a href='/2026/11/'>November 2026</a></li></ul></section></div>",
    "zh",
    "某人的博客",
)
add_page(
    "squarespace",
    "https://sq.example/journal",
    "<div class='header-nav'><a href='/shop-all'>Shop all items</a><a href='/journal'>Journal</a></div><div class='blog-item-wrapper'>"
    + "".join(
        f"<article class='blog-item'><a class='image-wrapper' href='/journal/{s}'><img alt='{t}'></a><div class='blog-item-text'><h1 class='blog-title'><a data-a href='/journal/{s}'>{t}</a></h1><p>Excerpt.</p><a class='blog-more-link' href='/journal/{s}'>Read More</a><div class='blog-meta'><a class='blog-author' href='/journal?author=5c1'>Ann</a><time datetime='2026-11-0{i + 1}'>11/0{i + 1}/26</time><a href='/journal/category/Recipes'>Recipes</a></div></div></article>"
        for i, (s, t) in enumerate(
            [("apple-cake", "Apple cake"), ("winter", "Winter"), ("on-baking-with-rye", "On baking with rye")]
        )
    )
    + "</div><footer><a href='/shipping-and-returns'>Shipping and returns</a></footer>",
)
add_page(
    "agency",
    "https://ag.example/all-news/",
    "<div class='menu'><ul><li><a href='/rubric/economy/'>Экономика и финансы</a></li></ul></div><div class='news-list'>"
    + "".join(
        f"<div class='news-list__item'><span class='news-list__time'>1{i}:2{i}</span><a data-a class='news-list__link' href='/{s}/{22000000 + i}'>{t}</a></div>"
        for i, (s, t) in enumerate(
            [
                ("obschestvo", "Паром вышел в рейс"),
                ("ekonomika", "Урожай пшеницы вырос"),
                ("obschestvo", "Суд отложил заседание по делу о набережной"),
                ("sport", "Матч перенесли"),
            ]
        )
    )
    + "</div><a class='more-button' href='/all-news/page/2/'>Показать ещё</a>",
    "ru",
)
add_page(
    "cn city news",
    "https://city.example/node_1001.htm",
    "<div class='top'><a href='node_1002.htm'>社会新闻频道</a><a href='node_1003.htm'>文体新闻频道</a></div><ul class='newslist'>"
    + "".join(
        f"<li><h4><a data-a href='content/2026-11/27/content_{1018000 + i}.htm'>{t}</a></h4><p>摘要文字……<a href='content/2026-11/27/content_{1018000 + i}.htm'>[详细]</a></p></li>"
        for i, t in enumerate(["雨后江面现双彩虹", "老人过马路志愿者搀扶", "高架桥夜间封闭施工公告"])
    )
    + "</ul><div class='pages'><a href='node_1001_2.htm'>2</a></div>",
    "zh",
)
add_page(
    "next spa",
    "https://nx.example/blog",
    "<nav><a href='/product/overview'>Product overview</a><a href='/pricing'>Pricing</a><a href='/customers/stories'>Customer stories</a></nav><div class='grid'>"
    + "".join(
        f"<div class='card'><a data-a href='/blog/{s}'><img alt=''><p class='tag'>Engineering</p><p class='h'>{t}</p><p class='d'>Nov {i + 1}, 2026</p></a></div>"
        for i, (s, t) in enumerate(
            [
                ("postgres-at-scale", "Postgres at scale"),
                ("why-we-left-the-cloud", "Why we left the cloud"),
                ("incident-2026-11-02", "Incident report: November 2"),
                ("v5", "Version 5"),
            ]
        )
    )
    + "</div><footer><a href='/legal/subprocessors-list'>List of subprocessors</a><a href='/security-and-compliance'>Security and compliance</a></footer>",
)
add_page(
    "broadcaster zh-tw",
    "https://tv.example/news/",
    "<ul class='navlist'><li><a href='/news/category/politics'>政治</a></li><li><a href='/live'>直播</a></li></ul><div class='newslist-container'>"
    + "".join(
        f"<a data-a class='list' href='/news/cnews/2611{i}7001{i}.aspx'><div class='listInfo'><h2><span>{t}</span></h2><div class='date'>2026/11/27 1{i}:00</div></div></a>"
        for i, t in enumerate(["立院三讀通過", "颱風動向最新", "花蓮規模4.8地震"])
    )
    + "</div><div class='viewBtn'><a href='/news/aall?p=2'>看更多內容</a></div>",
    "zh-TW",
)

#: Pages that list no article.
NONE: dict[str, tuple[str, str]] = {}


def add_none(name: str, url: str, body: str, title: str, lang: str = "en") -> None:
    NONE[name] = (url, page(body, title, lang))


add_none(
    "login",
    "https://harbour.example/",
    WP_NAV
    + '<form action="/login"><input name="u"><input type="password" name="p"><a href="/forgot-your-password">Forgot your password?</a></form>',
    "Members",
)
add_none(
    "not found",
    "https://harbour.example/",
    WP_NAV
    + "<main><h1>Page not found</h1><p>The page you are looking for does not exist.</p><h2>Recent posts</h2><ul>"
    + each(EN, lambda n, t: f'<li><a href="/2026/11/{slug(t)}/">{t}</a></li>', count=4)
    + "</ul></main>",
    "Page not found - The Harbour Log",
)
add_none(
    "maintenance",
    "https://www.mou.gov.example/xwzx/",
    "<h1>系统维护</h1><p>系统正在维护，请稍后再试。</p><a href='/'>返回首页</a>",
    "系统维护",
    "zh-CN",
)
add_none(
    "consent",
    "https://www.courier.example/",
    '<h1>Before you continue</h1><p>We use cookies to improve your experience.</p><a href="/help/privacy-policy-and-cookies">Read our privacy policy</a><button>Accept</button>',
    "Before you continue",
)
add_none(
    "built by scripts",
    "https://app.example/news",
    '<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript><script src="/m.js"></script>',
    "App",
)
add_none(
    "about",
    "https://corp.example/en/about",
    '<ul class="mainnav"><li><a href="/en/company/management-board">Management board</a></li><li><a href="/en/investors">Investors</a></li></ul><main><h1>About</h1><p>We build boats. Write to <a href="/en/contact">our office</a> or read <a href="/en/history">our history</a>.</p></main>',
    "About",
)
add_none("menu alone", "https://www.mou.gov.example/", GOV_NAV + GOV_FOOT, "某某市人民政府", "zh-CN")
