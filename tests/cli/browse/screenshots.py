"""Pictures of the pages for docs/browse.md: `python -m tests.cli.browse.screenshots` makes them in docs/images.

They show an archive of invented sources, stored as the daemon stores it. Chromium and pngquant must be installed.
"""

import asyncio
import random
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

from ingestd.model.feed import Category
from ingestd.model.source import Source
from ingestd.store import revisions, sources
from ingestd.store.database import Database
from ingestd.text.times import utc_now
from tests.cli.browse.live import served
from tests.store import make
from tests.support.chromium import open_tab

FOLDER = Path(__file__).resolve().parents[3] / "docs/images"
MAX_BYTES = 150_000
NOW = (utc_now() - timedelta(days=1)).replace(hour=23, minute=50)
#: Name, posts a day, tags.
SOURCES = (
    ("苇港日报", 5.0, ("港口", "民生")),
    ("Tidewater Almanac", 2.5, ("weather", "nature")),
    ("青渡晚报", 4.0, ("社会", "文化")),
    ("Harbour Ledger", 3.0, ("business", "shipping")),
    ("Вестник Гавани", 1.5, ("порт", "город")),
    ("Reed Bay Blog", 0.4, ("personal",)),
)
SUBJECTS = {
    "zh": ("跨湾渡轮", "候鸟", "老码头", "蚕豆", "灯塔", "集市", "图书馆", "潮汐表", "渔港", "海堤"),
    "en": (
        "The ferry",
        "Migrating geese",
        "The old quay",
        "Broad beans",
        "The lighthouse",
        "The market",
        "The tide table",
    ),
    "ru": ("Паром", "Маяк", "Старый причал", "Рынок", "Библиотека"),
}
EVENTS = {
    "zh": (
        "四月起执行新时刻表",
        "比去年早十天抵达",
        "修缮一年后重新开放",
        "上市提前三周",
        "换上新灯",
        "因大雾改期",
        "公布气候适应方案",
    ),
    "en": (
        "runs to a new timetable",
        "arrives ten days early",
        "opens again after repairs",
        "is moved because of fog",
        "draws a record crowd",
        "prepares for a climate summit",
    ),
    "ru": ("переходит на новое расписание", "открыт после ремонта", "перенесён из-за тумана"),
}
SENTENCES = {
    "zh": "港务处表示，{0}{1}，早晚高峰各增两班，末班推迟到晚间十一点。居民可在码头和网上查询，老人和学生票价不变。",
    "en": "The harbour office says that {0} {1}, from the first of the month on. Two more boats go in the evening,"
    " and the last one leaves at eleven. Fares for pupils stay as they are.",
    "ru": "Управление порта сообщает: {0} {1}. Утром и вечером добавлены два рейса, последний отходит в одиннадцать.",
}
LANGUAGES = ("zh", "en", "zh", "en", "ru", "en")


def fill(database: Database) -> None:
    """Five months of posts; a source that fails, one that is silent, an edit, a reprint."""
    chance = random.Random(7)
    database.write(
        sources.sync, [Source(name, f"https://feeds.example/{n}.xml") for n, (name, *_) in enumerate(SOURCES)], NOW
    )
    number = 0
    for source_id, ((name, rate, tags), language) in enumerate(zip(SOURCES, LANGUAGES, strict=True), 1):
        batch = []
        for ago in range(20 if source_id == 6 else 0, 150):
            day = NOW - timedelta(days=ago)
            weight = rate * (0.4 if day.weekday() > 4 else 1.1)
            for _ in range(int(weight) + (chance.random() < weight % 1)):
                number += 1
                batch.append(_post(chance, number, source_id, name, tags, language, day))
        for start in range(0, len(batch), 100):
            make.store(database, *batch[start : start + 100], source_id=source_id)
    _finish(database, number)


def _post(chance, number, source_id, name, tags, language, day):
    subject, event = chance.choice(SUBJECTS[language]), chance.choice(EVENTS[language])
    text = [SENTENCES[language].format(subject, event) for _ in range(chance.randint(3, 6))]
    image = '<figure><img src="https://img.example/quay.jpg" alt="The quay at low tide"></figure>'
    content = "".join(f"<p>{line}</p>" for line in text[:1]) + image + "".join(f"<p>{line}</p>" for line in text[1:])
    category = chance.choice(("Local", "Economy", "Culture", "Opinion"))
    like = make.post(
        number,
        from_url=f"https://news.example/{day:%Y/%m}/{number}.html",
        title=f"{subject}{'' if language == 'zh' else ' '}{event}",
        date=min(day.replace(hour=chance.randint(5, 22), minute=chance.randint(0, 59)), NOW),
        author=name,
        tags=(name, chance.choice(tags)),
        categories=(name,),
        feed_categories=(Category(category),),
        content=content,
        text="\n".join(text),
        language=language,
        source_id=source_id,
        fetched_at=NOW,
    )
    return make.new(number, ("link", like.from_url), like=like, seen_at=NOW)


def paragraphs(text: str) -> str:
    """The text as HTML."""
    return "".join(f"<p>{line}</p>" for line in text.split("\n"))


def _finish(database: Database, number: int) -> None:
    text = "港务处表示，跨湾渡轮四月起执行新时刻表，早晚高峰各增{}班。\n末班推迟到晚间十{}点，票价不变。"
    before, after = text.format("一", ""), text.format("两", "一")
    values = {
        "title": "跨湾渡轮下月起加班",
        "content": f"<p>{before}</p>",
        "text": before,
        "author": "沈北雁",
        "tags": ("港口",),
    }
    like = make.post(number + 1, date=NOW - timedelta(minutes=50), language="zh", **values)
    stored = make.store(database, make.new(number + 1, like=like, seen_at=NOW)).stored[0][0]
    edit = make.update(
        stored,
        "after",
        title="跨湾渡轮四月起加班",
        text=after,
        content=paragraphs(after),
        at=NOW - timedelta(minutes=10),
    )
    database.write(revisions.update_post, edit)
    good = "last_outcome = 'ok', last_polled_at = :at, last_ok_at = :at, last_new_at = :at, next_poll_at = :next"
    when = {"at": f"{NOW:%Y-%m-%dT%H:%M:00.000Z}", "next": f"{NOW + timedelta(minutes=25):%Y-%m-%dT%H:%M:00.000Z}"}
    make.run(database, f"UPDATE sources SET {good}", **when)
    failing = {"at": f"{NOW - timedelta(days=3):%Y-%m-%dT%H:%M:00.000Z}"}
    make.run(
        database,
        "UPDATE sources SET last_outcome = 'not-found', failures = 41, failing_since = :at, last_ok_at = :at,"
        " last_error = 'HTTP 404' WHERE id = 5",
        **failing,
    )


#: Name of the picture, path, width and height of the window.
PICTURES = (
    ("overview", "/", 1080, 900),
    ("search", "/search?q=渡轮+OR+ferry", 1080, 820),
    ("fault", "/search?q=(渡轮 OR ferry source:苇港日报", 1080, 560),
    ("post", "/post/{article}", 1080, 900),
    ("changes", "/post/{edited}/changes", 1080, 330),
    ("sources", "/sources", 1080, 560),
    ("days", "/days?span=90d", 1080, 470),
    ("tables", "/ingestd/latest", 1080, 820),
    ("phone", "/search?q=渡轮+OR+ferry", 390, 760),
    ("phone-sources", "/sources", 390, 760),
)


def smaller(picture: bytes) -> bytes:
    """The PNG with a palette of 128 colours."""
    done = subprocess.run(["pngquant", "--speed", "1", "128", "-"], input=picture, capture_output=True, check=True)
    return done.stdout


async def take(folder: Path) -> None:
    """Make every picture."""
    path = folder / "ingestd.db"
    with Database(f"sqlite:///{path}") as database:
        database.upgrade(now=NOW)
        fill(database)
        edited = make.value(database, "SELECT max(id) FROM posts")
        article = make.value(database, "SELECT id FROM posts WHERE language = 'en' ORDER BY date DESC LIMIT 1")
    FOLDER.mkdir(exist_ok=True)
    with served(path) as url:
        async with open_tab(folder) as tab:
            for name, page, width, height in PICTURES:
                await tab.resize(width, height, phone=width < 500)
                await tab.open(url + page.format(edited=edited, article=article))
                picture = smaller(await tab.screenshot())
                (FOLDER / f"browse-{name}.png").write_bytes(picture)
                assert len(picture) <= MAX_BYTES, (name, len(picture))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(take(Path(name)))
