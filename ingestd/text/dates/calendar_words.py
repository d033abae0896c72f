"""Names of months and weekdays, parts of the day, and filler words of dates, in some thirty languages."""

import unicodedata

# Twelve months of each language; the names of one month are joined by "|", in lower case, without accents and dots.
_MONTHS = {
    "en": "jan|january feb|february|febuary mar|march apr|april may jun|june jul|july aug|august sep|sept|september"
    " oct|october nov|november dec|december",
    "fr": "janv|janvier fev|fevr|fevrier mars avr|avril mai juin juil|juillet aout septembre octobre novembre decembre",
    "de": "janner|jaenner|januar feber|februar marz|maerz|mrz april mai juni juli august september okt|oktober november"
    " dez|dezember",
    "it": "gen|genn|gennaio febb|febbraio marzo aprile mag|magg|maggio giu|giugno lug|luglio ago|agosto"
    " set|sett|settembre ott|ottobre novembre dic|dicembre",
    "es": "ene|enero febrero marzo abr|abril mayo junio julio ago|agosto set|setiembre|septiembre octubre noviembre"
    " dic|diciembre",
    "pt": "janeiro fev|fevereiro marco abr|abril maio junho julho ago|agosto set|setembro out|outubro novembro"
    " dez|dezembro",
    "nl": "januari februari mrt|maart april mei juni juli augustus september okt|oktober november december",
    "ca": "gen|gener febr|febrer marc abr|abril maig juny jul|juliol ag|agost set|setembre oct|octubre nov|novembre"
    " des|desembre",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "nb": "januar februar mars april mai juni juli august september oktober november des|desember",
    "fi": "tammi|tammikuu|tammikuuta helmi|helmikuu|helmikuuta maalis|maaliskuu|maaliskuuta huhti|huhtikuu|huhtikuuta"
    " touko|toukokuu|toukokuuta kesa|kesakuu|kesakuuta heina|heinakuu|heinakuuta elo|elokuu|elokuuta"
    " syys|syyskuu|syyskuuta loka|lokakuu|lokakuuta marras|marraskuu|marraskuuta joulu|joulukuu|joulukuuta",
    "pl": "sty|styczen|stycznia lut|luty|lutego marzec|marca kwi|kwiecien|kwietnia maj|maja cze|czerwiec|czerwca"
    " lip|lipiec|lipca sie|sierpien|sierpnia wrz|wrzesien|wrzesnia paz|pazdziernik|pazdziernika"
    " lis|listopad|listopada gru|grudzien|grudnia",
    "cs": "led|leden|ledna uno|unor|unora bre|brezen|brezna dub|duben|dubna kve|kveten|kvetna cer|cerven|cervna"
    " cvc|cervenec|cervence srp|srpen|srpna zar|zari rij|rijen|rijna listopad|listopadu pro|prosinec|prosince",
    "hu": "januar febr|februar marc|marcius apr|aprilis maj|majus junius julius augusztus szept|szeptember"
    " okt|oktober november december",
    "ro": "ian|ianuarie februarie martie aprilie mai iun|iunie iul|iulie august septembrie octombrie noiembrie|noi"
    " decembrie",
    "tr": "oca|ocak sub|subat mart nis|nisan mayis haz|haziran tem|temmuz agu|agustos eyl|eylul eki|ekim"
    " kas|kasim ara|aralik",
    "ru": "янв|январь|января фев|февр|февраль|февраля мар|март|марта апр|апрель|апреля май|мая июн|июнь|июня"
    " июл|июль|июля авг|август|августа сен|сент|сентябрь|сентября окт|октябрь|октября ноя|нояб|ноябрь|ноября"
    " дек|декабрь|декабря",
    "uk": "січ|січень|січня лют|лютий|лютого бер|березень|березня кві|квіт|квітень|квітня тра|трав|травень|травня"
    " чер|черв|червень|червня лип|липень|липня сер|серп|серпень|серпня вер|вересень|вересня жов|жовт|жовтень|жовтня"
    " лис|листопад|листопада гру|груд|грудень|грудня",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "el": "ιαν|ιανουαριος|ιανουαριου φεβ|φεβρουαριος|φεβρουαριου μαρ|μαρτιος|μαρτιου απρ|απριλιος|απριλιου"
    " μαι|μαιος|μαιου ιουν|ιουνιος|ιουνιου ιουλ|ιουλιος|ιουλιου αυγ|αυγουστος|αυγουστου σεπ|σεπτεμβριος|σεπτεμβριου"
    " οκτ|οκτωβριος|οκτωβριου νοε|νοεμβριος|νοεμβριου δεκ|δεκεμβριος|δεκεμβριου",
    "id": "januari februari maret april mei juni juli agt|agu|agustus september oktober november des|desember",
    "ar": "يناير فبراير مارس ابريل|أبريل مايو يونيو يوليو اغسطس|أغسطس سبتمبر اكتوبر|أكتوبر نوفمبر ديسمبر",
    "he": "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "th": "ม.ค.|มกราคม ก.พ.|กุมภาพันธ์ มี.ค.|มีนาคม เม.ย.|เมษายน พ.ค.|พฤษภาคม มิ.ย.|มิถุนายน ก.ค.|กรกฎาคม ส.ค.|สิงหาคม"
    " ก.ย.|กันยายน ต.ค.|ตุลาคม พ.ย.|พฤศจิกายน ธ.ค.|ธันวาคม",
    "hi": "जनवरी फरवरी|फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर",
}

_WEEKDAYS = (
    "mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat saturday sun sunday"
    " lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche"
    " mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag die mit don fre son"
    " lunedi martedi mercoledi giovedi venerdi sabato domenica gio sab dom"
    " lunes martes mie miercoles jue jueves vie viernes sabado domingo"
    " seg segunda ter terca qua quarta qui quinta sex sexta feira sabado"
    " ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag"
    " man mandag mandagen tir tirsdag ons onsdag tor tors torsdag fredag lor lordag sondag"
    " manen tisdag tis lordag sond lord sön mandag maanantai maanantaina tiistai tiistaina keskiviikko torstai"
    " perjantai lauantai sunnuntai ma ti ke to pe la su"
    " pon poniedzialek wt wto wtorek sr sro sroda czw czwartek pt pia piatek sob sobota nie niedz niedziela nd"
    " ned nedela nedjelja nedelja po pondeli ut utery st streda ct ctvrtek pa patek so ne nedele"
    " hetfo kedd szerda csutortok pentek szombat vasarnap luni marti miercuri joi vineri sambata duminica"
    " pzt pazartesi sal sali car carsamba per persembe cum cuma cmt cumartesi paz pazar"
    " пн пнд понедельник вт втр вторник ср срд среда чт чтв четверг пт птн пятница сб сбт суббота вс вск воскресенье"
    " понеділок вівторок середа четвер пʼятниця субота неділя нд"
    " понеделник сряда четвъртък петък събота неделя"
    " δευ δευτερα τρι τριτη τετ τεταρτη πεμ πεμπτη παρ παρασκευη σαβ σαββατο κυρ κυριακη"
    " dl dt dc dj dv ds dg dilluns dimarts dimecres dijous divendres dissabte diumenge"
    " sen senin sel selasa rab rabu kam kamis jum jumat sab sabtu min minggu"
    " יום ראשון שני שלישי רביעי חמישי שישי שבת"
    " الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
)
_FILLERS = (
    "at on of the de del di le la el les den der dem am um a om og och kl klo klokka clock o uhr ore alle ora alla as"
    " г года год в um d c e r y date published posted updated pubdate publié le u t"
    " st nd rd th er eme ieme n ª º ° time hrs hours godz roku dne v do vo"
)

# Part of the day → (hours added to 1–11, what 12 o'clock means).
PARTS_OF_DAY = {
    "am": (0, 0),
    "pm": (12, 12),
    "上午": (0, 12),
    "早上": (0, 12),
    "早晨": (0, 12),
    "清晨": (0, 12),
    "凌晨": (0, 0),
    "中午": (12, 12),
    "下午": (12, 12),
    "傍晚": (12, 12),
    "晚上": (12, 0),
    "午前": (0, 0),
    "午後": (12, 12),
    "午后": (12, 12),
    "오전": (0, 0),
    "오후": (12, 12),
}


def fold_word(word: str) -> str:
    """A word as the tables hold it: lower case, without accents."""
    lowered = word.casefold()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _months() -> dict[str, int]:
    table: dict[str, int] = {}
    for names in _MONTHS.values():
        for number, alternatives in enumerate(names.split(), start=1):
            for name in alternatives.split("|"):
                table.setdefault(fold_word(name.replace(".", "")), number)
    return table


#: The number of each month name in all languages. A name with another meaning in one is in `MONTHS_BY_LANGUAGE` too.
MONTHS = _months()
#: Month names that take precedence in one language: listopad is November in Polish and Czech, October in Croatian.
MONTHS_BY_LANGUAGE = {
    "hr": {
        fold_word(name): number
        for number, names in enumerate(
            [
                "sij|sijecanj|sijecnja",
                "velj|veljaca|veljace",
                "ozu|ozujak|ozujka",
                "tra|travanj|travnja",
                "svi|svibanj|svibnja",
                "lip|lipanj|lipnja",
                "srp|srpanj|srpnja",
                "kol|kolovoz|kolovoza",
                "ruj|rujan|rujna",
                "lis|listopad|listopada",
                "stu|studeni|studenoga",
                "pro|prosinac|prosinca",
            ],
            start=1,
        )
        for name in names.split("|")
    },
}
WEEKDAYS = frozenset(fold_word(word) for word in _WEEKDAYS.split())
FILLER_WORDS = frozenset(fold_word(word) for word in _FILLERS.split())
