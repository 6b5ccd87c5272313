"""What stands for a name and tells one person from no other: newborns, pseudonyms, codes, unknown, samples."""

import re

from rules.glyphs import HAN, LOST, latin_words, one_width, plain, simple

LONGEST = 40
"""Nothing that stands for a name needs more signs."""

_MASK = "〇"
_MASKS = re.compile("[○◯〇*●◎⊙⬤△▲▽◇◆☆★※×✕✖╳ㄨ]")
_SISTERS = str.maketrans("姊暱姪", "姐昵侄")
"""Variants that stand in no table from traditional to simplified glyphs."""

_UNKNOWN = (
    "无|没有?名字|未知|未[详明悉]|未知悉|未取得|未提供|未提及|未填写?|未告知|未具名|不具名|未透露|不[详明知清便]"
    "|不清楚|不知道|不知名|不知姓名|不记得|记不[得清]|忘记?了?|不认识|不便(?:透露|提供|告知)|不愿.*|不肯.*|拒[答绝说].*"
    "|查无(?:此?人|资料|姓名|结果)?|无法.*|无(?:资料|姓名|身[分份]|名字)|资料不[全明足]|尚?待[查补填确询厘].*|(?:容?后|待)补.*|补陈"
    "|[暂从]缺|缺漏?|阙漏?|[漏没]填|暂无|尚无"
    "|(?:尚未|还没|还未|未|待)(?:命名|取名|起名|(?:申?报)?户口|登记|出生)|无名(?:氏|尸|[男女]?[子尸婴童]?)|名无し|佚名"
    "|匿名|保密.{0,2}|受?保护(?:对象|个案|人)|隐匿|遮蔽|隐去|不予?公开|[同如]上|如前|同(?:本人|案主|.{0,2}人)|本人|自己|略|空白?"
    "|详[见如附]*.{0,6}[件录历告表册述后上下]|[见如]后|[见如][附病笔报].{1,4}|请填写?.*|测试.*|范例.*|范本.*|样本.*"
    "|姓名|名字|真实姓名|王[小大晓]明|张三|李四|王五|赵六"
)
_BIRTH = (
    "新生(?:婴?儿|[男女]?婴|[男女])|初生婴?儿|早产[婴胎]?儿|弃婴|[男女]?婴[儿孩]?|胎儿|[男女]宝宝?|宝宝"
    "|贝比|双胞?胎|[男女]?(?:bb|baby)"
)
_CHILD = (
    "[长次三四五幼么]?[子女男孙]|子女|[大二三小]儿子?|[大二三小]女儿?|[男女小]?孩子?|[男女]童|儿子|女儿|宝贝"
    "|遗腹子|(?:双胞胎)?[大小][宝双]"
)
_NOUN = (
    f"{_BIRTH}|路人|民众|群众|家属|亲友|友人|朋友|[男女]友|同居人|室友|房[东客]|邻居|师|老师|班?导师?|主任|组长|督导"
    "|教练|校长|[里村邻]长|医[师生]|护理师|护士|社工师?|保[母姆]|警[员察官]|员警|司机|律师|教授|[男女]?学生"
    "|[男女]?同学|学员|[国高][小中职]生|小[男女]生|小朋友|院[民生]|住民|病[患人]|患者|[男女]?个案|案主"
    "|当事人|关系人|[被受]害[人者男女童]|[被受]害[男女幼少][童女年子孩]|犯?嫌犯?|嫌疑人|行为人"
    "|加害[人者]|相对人|施暴[人者]|通报人|申请人|报案人|目击者|证人|游民|街友|流浪[汉者]|遗体|移工"
    "|看护工?|帮佣|女佣|[菲印泰越]佣|外劳|[菲泰]劳|[外陆]配|新住民|外籍(?:人士|配偶|移工|劳工|看护工?|新娘|人)|外国人|人士"
    "|陌生人?|[男女]子|[男女]性|[男女]士|[男女]人|[男女]童|[男女幼小]孩|孩童|幼[童儿生子]|儿童"
    "|青?少[年女男]|妇[人女]|老妇人?|老翁|老人家?|长[者辈]|翁|妪|爸爸?|妈妈?|[父母]亲?|[继养生岳][父母]|爷爷|奶奶"
    "|外[公婆]|阿[公嬷妈爸伯姨婆]|公公|婆婆|伯伯?|叔叔|阿姨|姑[姑丈]|姨[丈婆]|舅[舅妈]|哥哥|弟弟|姐姐|妹妹|小[弟妹]|[老太]太"
    "|先生|小姐|女士|太太|夫人|大[哥姐]|配偶|丈夫|妻子|前[夫妻任]|老[公婆]|儿子|女儿|[长次][子女男]"
)
_CASE = (
    "案[主父母夫妻子女儿兄弟姐妹男孙家长次三四五幼大小二前外曾祖公婆嬷爷奶爸妈姑姨舅叔伯婶嫂媳婿侄甥丈继养生亲表堂同居人友邻]"
    "{1,6}"
)
"""Who somebody is to the subject of a case: no surname is 案."""
_SEVERAL = "兄弟|兄妹|姐妹|姐弟|手足|夫妻|夫妇|母子|母女|父子|父女|祖孙|全家"
_ONE_SIGN = "[男女童婴妇翁嫌生父母员嬷]"
_SURNAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏戴范方宋鄧杜傅侯曹薛"
    "卓馬董溫唐藍石蔣古紀姚連馮歐程湯田康姜汪白鄒尤巫涂龔嚴韓黎阮袁"
)
"""The commonest of Taiwan, not all. Not 孫 and 丁: 孫女 and 丁男 are labels."""
_MODIFIER = (
    "某|该|[一两二三四五数][名位个]|名|某名|不[明详知]|未知|无名|不知名|身[分份]不[明详]|姓名不[详明]|外籍|本国籍|未成年|成年"
    "|受[虐害]|年[幼迈]|幼|小|老|大|失智|昏迷|疑似|化名|陌生|[^\\W\\d_]{1,3}籍|[约年]\\d{1,2}岁|\\d{1,2}岁"
)
_LABEL = "(?:[a-z]{1,2}\\d{0,4}|\\d{1,6}|[甲乙丙丁戊己庚辛壬癸某一二三四五六七八九十])"
_WHICH = f"(?:{_LABEL}|一名|之?老?[大小一二三]|[哥弟姐妹兄男女])?"
"""Which of several newborns."""
_CHINESE = re.compile(
    "(?:姓名?|姓氏|氏名|名字|身[分份]|真实|年[籍龄]|资料|个[人资])*(?:均|皆|尚|仍|暂|目前)?"
    f"(?:{_UNKNOWN})(?:之?人士?|者|[男女]子?)?"
    f"|.|{_CASE}|同?第?{_LABEL}[号位]?|[兄弟姐妹儿子孙媳][子女妇]?|外孙[子女]?|[女孙]婿|荣民|伯公|叔公|一群.*"
    f"|{_LABEL}?(?:{_MODIFIER}){{0,3}}(?:{_NOUN}|{_ONE_SIGN}|荣民){_LABEL}?"  # 甲男, 不明女子, 學生A
    f"|(?:某|路人|无名)[^\\W\\d_]{{0,2}}|.{{1,2}}(?<!查)某.{{0,2}}|[大二三小]宝|老[大二三]|{_LABEL}[君氏]?"
    f"|.{{1,2}}姓.*|.(?:{_ONE_SIGN}|氏)|.{{1,2}}(?:{_MODIFIER})?(?:{_NOUN}){_LABEL}?"  # 陳姓男子, 陳童, 陳小妹
    f"|.+(?:[之的]|及其)(?:{_CHILD}|{_NOUN}|[父母夫妻兄弟姐妹孙]){_WHICH}"  # 林小美之女
    f"|.{{2,}}(?:{_BIRTH}|[长次三四五幼][子女男]){_WHICH}|(?:{_BIRTH}){_WHICH}|.*(?:{_SEVERAL})(?:[一二两三四五]人|们)?|.{{2,}}一家"
    "|(?:bb|baby)(?:of)?.{1,4}|[小阿老].|(?:代号|编号|案号|化名|假名|匿名|昵称|绰号|外号|网名|自称).*"
    "|(?:line|fb|脸书)(?:昵称|名称)?.+|.*(?:化名|假名|代[号称]|非[本真]名)|.{1,2}[xo0]{1,3}.?|.[a-z]\\d{0,2}"
)
_OF_TWO_SIGNS = re.compile(f"[{simple(_SURNAMES)}](?:{_ONE_SIGN})")
_OF_A_CHILD = re.compile(
    f".+(?:[之的]|及其)(?:{_CHILD}|{_BIRTH}){_WHICH}|.*(?:{_BIRTH}){_WHICH}"
    f"|.{{2,}}[长次三四五幼][子女男]{_LABEL}?|(?:bb|baby)(?:of)?.{{1,4}}"
)
_KIN = (
    "mom|mum|dad|husband|wife|boyfriend|girlfriend|grand ?(?:ma|pa|mother|father)|(?:step ?)?(?:mother|father)"
    "|aunt|uncle|sister|brother|parents?|neighbou?r|guardian"
)
_THING = (
    "male|female|man|woman|boy|girl|child|kid|infant|newborn|baby|student|pupil|patient|victim|case"
    f"|client|person|resident|minor|{_KIN}"
    "|somebody|someone|stranger|passer ?by|offender|suspect|perpetrator|abuser|teacher|foreigner"
    "|migrant|worker|care ?(?:giver|taker)|helper|maid"
)
_WHOSE = (
    "unknown|young|old|adult|minor|elderly|the|a|my|his|her|social|foreign|migrant|domestic|indonesian|vietnamese"
    "|filipin[oa]|thai|chinese|taiwanese"
)
_SEX = "boy|girl|male|female|son|daughter|child|twin|infant|baby|one|two|[a-z]|\\d{1,2}|i{1,3}"
_LATIN_CHILD = re.compile(
    f"(?:new ?born|neonate|infant|nb|bb[bg]?|baby|twin)(?: (?:{_SEX}))*(?: of .+)?"
    f"|(?:(?:{_SEX}|new ?born) )*(?:{_SEX}) of .+"
    f"|(?:baby|infant|new ?born|bb[bg]?|nb)(?: (?:{_SEX}))* \\S+|.+ (?:baby|bb|newborn|infant)(?: (?:boy|girl|\\S))?"
    "|bayi(?: .+)?|by ny .+|anak (?!agung\\b)(?:dari )?.+|be (?:trai|gai|so sinh)(?: .+)?|(?:em|chau) be|tre so sinh"
    "|con (?:cua|trai|gai|ba|chi)(?: cua)? .+"
)
_LATIN = re.compile(
    "(?:name )?(?:is )?(?:unknown|unk|unidentified|unnamed|unspecified|undisclosed|withheld|confidential|anonymous"
    "|not (?:known|given|stated|available|applicable|sure|provided|disclosed))(?: .+)?"
    "|un ?known|no ?(?:name|idea)(?: yet)?|nameless|none|nil|null|nan|n ?a|nn|t ?b ?[acd]|ditto|redacted"
    "|same(?: as above)?|anon|self|blank|empty|pending|refused?(?: to .+)?|declined?(?: to .+)?|do ?n(?:o|)t know"
    "|to be (?:confirmed|determined|advised|announced|provided|named|filled(?: in)?)"
    "|x+(?: x+)*|o+(?: o+)*|([a-z])\\1\\1+|abcd?e?f?|asdf.*|qwer.*"
    "|(?:john|jane|baby|joe) (?:doe|roe|bloggs)|test(?: .{0,12})?|sample(?: .{0,12})?"
    "|example(?: .{0,12})?|your name|(?:full )?name"
    f"|(?:(?:{_WHOSE}) )*(?:{_THING})(?: [a-z]| \\d{{1,4}})?"
    "|[a-z](?: [a-z])?|(?:mr|mrs|ms|miss|madam|dr|sir) \\S+"
    "|code .*|alias .*|.*\\d.*|khong (?:ro|biet|ten|co)(?: ten)?|chua (?:dat |co )?ten|vo danh|an danh"
    "|tidak (?:diketahui|ada|tahu)|(?:tanpa|belum ada|belum diberi) nama|anonim"
)
_OTHERS = re.compile("ไม่ทราบ(?:ชื่อ)?|ไม่มีชื่อ")
_SHORT_FOR = (
    (re.compile(r"^[bsdc] ?[/.] ?o\b\.? ?"), "baby of "), (re.compile(r"^b ?/ ?[bg]\b"), "baby"),
    (re.compile(r"^(.+)['’]s (baby|child|son|daughter|boy|girl)$"), r"\2 of \1"),
)  # fmt: skip
"""Whose child it is, as hospitals write it: B/O Lin. The stroke tells it from a name: Do Thi Lan, Bo Xu."""

_BRACKETS = re.compile(r"[(（\[［【〔〈<{「『]([^()（）\[\]［］【】〔〕〈〉<>{}「」『』]{0,80})[)）\]］】〕〉>}」』]")
_MASKED = re.compile(rf"{HAN.pattern}{{1,2}}{LOST}{{1,2}}{HAN.pattern}?")
_PSEUDONYM = re.compile("化名|假名|代[号称]|匿名")
_NOTE = re.compile(
    "已?[歿殁亡故]|已婚|未婚|离婚|原住民|.族|.{0,2}籍|乳名.*|小名.*|原名.*|旧名.*|曾用名.*|本名.*|绰号.*|昵称.*|又名.*|\\d+岁?|f|m|"
    + _NOUN
    + "|"
    + _ONE_SIGN
)


def is_nobody(written: str) -> bool:
    """Whether a text in the field of a name names nobody, or too many: 新生兒, 甲男, 不詳, 陳○○, Baby of Lan."""
    signs, words = _read(without_notes(written))
    if not signs.strip(LOST) or _MASK in signs:
        return True
    if len(signs) > LONGEST:
        return False
    if HAN.search(signs):
        return bool(_CHINESE.fullmatch(signs))
    return bool(_OTHERS.fullmatch(signs)) or any(each.fullmatch(words) for each in (_LATIN, _LATIN_CHILD))


def is_a_child(written: str) -> bool:
    """Whether it says whose child or that it is a newborn: the number beside it may be the mother's (林小美之女)."""
    signs, words = _read(written)
    if len(signs) > LONGEST:
        return False
    return bool((_OF_A_CHILD if HAN.search(signs) else _LATIN_CHILD).fullmatch(signs if HAN.search(signs) else words))


def masked(written: str | None) -> str:
    """A name of which some glyphs are covered (陳○○, 陳OO), with LOST for those; empty for any other text.

    So is 林男, of which the surname alone is sure.
    """
    if is_of_two_signs(written):
        return one_width(written or "")[0] + LOST * 2
    text = re.sub("[xo]", LOST, _MASKS.sub(LOST, one_width(written or "")))
    return text if _MASKED.fullmatch(text) else ""


def is_of_two_signs(written: str | None) -> bool:
    """Whether it is a surname and a sign that stands for a sex, an age or a part: 林男 is somebody's name, or nobody's.

    Such a name tells no two people apart; what stands beside it may.
    """
    signs, _ = _read(without_notes(written or ""))
    return bool(_OF_TWO_SIGNS.fullmatch(signs))


def without_notes(written: str) -> str:
    """A name without what is said of it in brackets: 林小美(案母) is 林小美; glyphs, spellings and 化名 stay."""
    return _BRACKETS.sub(_kept, written) if len(written) <= LONGEST * 5 else written


def _kept(found: re.Match[str]) -> str:
    signs, _ = _read(found[1])
    is_note = _NOTE.fullmatch(signs) or (HAN.search(signs) and _CHINESE.fullmatch(signs))
    return "" if is_note and not _PSEUDONYM.search(signs) else f" {found[1]} "


def _read(written: str) -> tuple[str, str]:
    """In simplified glyphs without what is between them, masks left; and as words, for names in Latin letters."""
    if len(written) > LONGEST * 5:
        return (written, written)
    folded = one_width(written)
    masked = _MASKS.sub(_MASK, folded)
    said = masked
    for short, long in _SHORT_FOR:
        said = short.sub(long, said)
    return simple(plain(masked)).translate(_SISTERS), " ".join(latin_words(said))
