"""Names of months and weekdays, parts of the day, and filler words of dates, in some forty languages."""

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
    "ca": "gen|gener febr|febrer marc abr|abril|dabr|dabril maig juny jul|juliol ag|agost|dag|dagost set|setembre"
    " oct|octubre|doct|doctubre nov|novembre"
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
    "cs": "led|leden|ledna uno|unor|unora bre|brezen|brezna dub|duben|dubna kve|kveten|kvetna cer|cvn|cerven|cervna"
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
    " лис|лист|листопад|листопада гру|груд|грудень|грудня",
    "bg": "яну|януари фев|февруари март апр|април май юни юли авг|август сеп|септември окт|октомври ное|ноември"
    " дек|декември",
    "el": "ιαν|ιανουαριος|ιανουαριου φεβ|φεβρουαριος|φεβρουαριου μαρ|μαρτιος|μαρτιου απρ|απριλιος|απριλιου"
    " μαι|μαιος|μαιου ιουν|ιουνιος|ιουνιου ιουλ|ιουλιος|ιουλιου αυγ|αυγουστος|αυγουστου σεπ|σεπτεμβριος|σεπτεμβριου"
    " οκτ|οκτωβριος|οκτωβριου νοε|νοεμβριος|νοεμβριου δεκ|δεκεμβριος|δεκεμβριου",
    "id": "januari februari maret april mei juni juli agt|agu|agustus september oktober november des|desember",
    "ar": "يناير فبراير مارس ابريل|أبريل مايو يونيو يوليو اغسطس|أغسطس سبتمبر اكتوبر|أكتوبر نوفمبر ديسمبر",
    "he": "ינו|ינואר פבר|פברואר מרץ אפר|אפריל מאי יוני יולי אוג|אוגוסט ספט|ספטמבר אוק|אוקטובר נוב|נובמבר דצמ|דצמבר",
    "th": "ม.ค.|มกราคม ก.พ.|กุมภาพันธ์ มี.ค.|มีนาคม เม.ย.|เมษายน พ.ค.|พฤษภาคม มิ.ย.|มิถุนายน ก.ค.|กรกฎาคม ส.ค.|สิงหาคม"
    " ก.ย.|กันยายน ต.ค.|ตุลาคม พ.ย.|พฤศจิกายน ธ.ค.|ธันวาคม",
    "hi": "जन|जनवरी फ़र|फरवरी|फ़रवरी मार्च अप्रैल मई जून जुल|जुलाई अग|अगस्त सित|सितंबर|सितम्बर अक्टू|अक्टूबर|अक्तूबर"
    " नव|नवंबर|नवम्बर दिस|दिसंबर|दिसम्बर",
    "sk": "januara februara marec aprila maja juna jula augusta septembra oktobra novembra decembra",
    "sl": "januar februar marec april maj junij julij avg|avgust september oktober november december",
    "sr": "јан|јануар феб|фебруар мар|март апр|април мај јун јул авг|август сеп|септембар окт|октобар нов|новембар"
    " дец|децембар",
    "bs": "januar februar mart april maj juni juli avgust septembar oktobar novembar decembar",
    "mk": "јан|јануари февруари март април мај јун|јуни јул|јули август септември октомври ноември декември",
    "be": "сту|студзень|студзеня люты|лютага сак|сакавік|сакавіка кра|красавік|красавіка май|мая чэр|чэрвень|чэрвеня"
    " ліп|ліпень|ліпеня жні|жнівень|жніўня верасень|верасня кас|кастрычнік|кастрычніка ліс|лістапад|лістапада"
    " сне|снежань|снежня",
    "lt": "saus|sausis|sausio vas|vasaris|vasario kov|kovas|kovo bal|balandis|balandzio geg|geguze|geguzes"
    " birz|birzelis|birzelio liep|liepa|liepos rugp|rugpjutis|rugpjucio rugs|rugsejis|rugsejo spal|spalis|spalio"
    " lapkr|lapkritis|lapkricio gruod|gruodis|gruodzio",
    "lv": "janv|janvaris febr|februaris marts apr|aprilis maijs junijs julijs augusts septembris oktobris novembris"
    " decembris",
    "et": "jaan|jaanuar veebr|veebruar marts aprill mai juuni juuli august september oktoober november dets|detsember",
    "ms": "januari februari mac april mei jun julai ogo|ogos september oktober november dis|disember",
    "gl": "xan|xaneiro febreiro marzo abril maio xuno xul|xullo agosto setembro outubro novembro decembro",
    "is": "januar februar mars april mai juni juli agust september oktober november desember",
    "sq": "janar shk|shkurt mars pri|prill maj qer|qershor korr|korrik gush|gusht sht|shtator tet|tetor nen|nentor"
    " dhj|dhjetor",
    "fa": "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه|جولای اوت سپتامبر اکتبر نوامبر دسامبر",
    "bn": "জানু|জানুয়ারি|জানুয়ারী ফেব|ফেব্রুয়ারি|ফেব্রুয়ারী মার্চ এপ্রি|এপ্রিল মে জুন জুল|জুলাই আগ|আগস্ট সেপ|সেপ্ট|সেপ্টেম্বর"
    " অক্টো|অক্টোবর নভে|নভেম্বর ডিসে|ডিসেম্বর",
    "ta": "ஜன|ஜனவரி பிப்|பிப்ரவரி மார்|மார்ச் ஏப்|ஏப்ரல் மே ஜூன் ஜூலை ஆக|ஆகஸ்ட் செப்|செப்டம்பர் அக்|அக்டோபர் நவ|நவம்பர் டிச|டிசம்பர்",
}

_WEEKDAYS = (
    "mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat saturday sun sunday"
    " lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche"
    " mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag die mit don fre son"
    " lunedi martedi mercoledi giovedi venerdi sabato domenica gio sab dom"
    " lunes martes mie miercoles jue jueves vie viernes sabado domingo"
    " luns mercores xoves xov venres"
    " seg segunda ter terca qua quarta qui quinta sex sexta feira sabado"
    " ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag"
    " man mandag mandagen tir tirsdag ons onsdag tor tors torsdag fredag lor lordag sondag"
    " manen tisdag tis lordag sond lord ty on tysdag laurdag tirs"
    " maanantai maanantaina tiistai tiistaina keskiviikko keskiviikkona"
    " torstai torstaina perjantai perjantaina lauantai lauantaina sunnuntai sunnuntaina ma ti ke to pe la su"
    " pon poniedzialek wt wto wtorek sr sro sroda czw czwartek pt pia piatek sob sobota nie niedz niedziela nd"
    " ned nedela nedjelja nedelja po pondeli ut utery st streda ct ctvrtek pa patek so ne nedele"
    " ponedjeljak utorak srijeda cetvrtak petak subota uto sri cet pet sub ponedeljak ponedeljek sreda sre torek"
    " cetrtek petek pondelok utorok stvrtok piatok pi"
    " pirmadienis antradienis treciadienis ketvirtadienis penktadienis sestadienis sekmadienis"
    " pirmdiena otrdiena tresdiena ceturtdiena piektdiena sestdiena svetdiena"
    " esmaspaev teisipaev kolmapaev neljapaev reede laupaev puhapaev"
    " sunnudagur manudagur thridjudagur midvikudagur fimmtudagur fostudagur laugardagur"
    " diel hene marte merkure enjte premte shtune"
    " hetfo kedd szerda csutortok pentek szombat vasarnap luni marti miercuri joi vineri sambata duminica dum vin"
    " pzt pazartesi sal sali car carsamba per persembe cum cuma cmt cumartesi paz pazar"
    " пн пнд понедельник вт втр вторник ср срд среда чт чтв четверг пт птн пятница сб сбт суббота вс вск воскресенье"
    " понеділок вівторок середа четвер п'ятниця субота неділя нд"
    " понеделник сряда четвъртък петък събота неделя"
    " недеља понедељак уторак четвртак петак нед пон уто сре чет пет саб недела четврток петок сабота"
    " нядзеля панядзелак аўторак серада чацвер пятніца"
    " δευ δευτερα τρι τριτη τετ τεταρτη πεμ πεμπτη παρ παρασκευη σαβ σαββατο κυρ κυριακη"
    " dl dt dc dj dv ds dg dilluns dimarts dimecres dijous divendres dissabte diumenge"
    " sen senin sel selasa rab rabu kam kamis jum jumat sab sabtu min minggu"
    " isnin rabu khamis jumaat sabtu ahad"
    " thu hai ba tu nam sau bay chu nhat"
    " วันอาทิตย์ วันจันทร์ วันอังคาร วันพุธ วันพฤหัสบดี วันศุกร์ วันเสาร์ อาทิตย์ จันทร์ อังคาร พุธ พฤหัสบดี ศุกร์ เสาร์"
    " วันอาทิตย์ที่ วันจันทร์ที่ วันอังคารที่ วันพุธที่ วันพฤหัสบดีที่ วันศุกร์ที่ วันเสาร์ที่"
    " रविवार सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार"
    " রবিবার সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার শনিবার"
    " ஞாயிறு திங்கள் செவ்வாய் புதன் வியாழன் வெள்ளி சனி"
    " یکشنبه دوشنبه سهشنبه سه چهارشنبه پنجشنبه جمعه شنبه"
    " יום ראשון שני שלישי רביעי חמישי שישי שבת"
    " الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
)
_FILLERS = (
    "at on of the de del di le la el les den der dem am um a om og och kl klo klokka clock o uhr ore alle ora alla as"
    " г года год в um d c e r y date published posted updated pubdate publié le u t"
    " st nd rd th er eme ieme n ª º ° time hrs hours godz roku dne v do vo"
    " h р рік року о ч ساعت m gada dell oclock kell ค.ศ. พ.ศ. ที่ เวลา น"
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

# The same, where the mark is letters that words have too: Greek, Arabic, Malay.
PART_OF_DAY_MARKS = {
    "π.μ.": (0, 0),
    "πμ": (0, 0),
    "μ.μ.": (12, 12),
    "μμ": (12, 12),
    "ص": (0, 0),
    "م": (12, 12),
    "PG": (0, 0),
    "PTG": (12, 12),
}

#: Letters with a stroke, without a dot, or of Old English, which have no decomposition in Unicode; and apostrophes.
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"} | dict.fromkeys("'’ʼ`")
)


def fold_word(word: str) -> str:
    """A word as the tables hold it: lower case, without accents, dots and apostrophes."""
    lowered = word.casefold().replace(".", "").translate(_LETTERS)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _months() -> dict[str, int]:
    table: dict[str, int] = {}
    for names in _MONTHS.values():
        for number, alternatives in enumerate(names.split(), start=1):
            for name in alternatives.split("|"):
                table.setdefault(fold_word(name), number)
    # Hebrew writes the preposition "in" together with the month: "14 בינואר".
    table |= {f"ב{name}": number for name, number in table.items() if "א" <= name[0] <= "ת"}
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
