"""Why a mail could not be delivered: status codes and the words of mail servers, in one vocabulary.

In: what a server said (diagnostic, text), and its status code. Out: one of the reasons below, and whether it is for
good. Must never run a pattern over more than the cap.

The vocabulary: mailbox full, message too large, virus, spam, mailbox disabled, host unknown, mailbox unknown,
authentication (SPF, DKIM, DMARC or reverse DNS of the sender), relay denied, expired, policy, loop, temporary, unknown.
"""

from __future__ import annotations

import re

from parsing.machines.vocabulary import Vocabulary

_TEXT = 6_000
_ENHANCED = re.compile(r"(?<![\d.])([245])\.([0-7])\.(\d{1,3})(?![\d.]*\d)")
_CODE = re.compile(r"(?<![\d.:/-])([45])([0-7])\d(?=[ \-:]|$)")

_WORDS: tuple[tuple[str, str], ...] = (
    ("mailbox full", r"""
        quota  mailbox (?:is )?full  over ?quota  insufficient (?:disk|storage|system storage)  mailbox is over
        storage (?:limit|exceeded)  mailfolder is full  exceeded (?:its )?storage  account is full  full mailbox
        disk (?:full|space)  inbox is full  out of (?:disk )?(?:storage )?space  too many messages
        box space not enough
        postfach.{0,30}voll  speicherplatz  speicherkontingent  bo[iî]te.{0,40}(?:pleine|saturée)
        espace (?:disque|de stockage)
        buzón.{0,30}llen[oa]  está llen[oa]  cuota  casella.{0,40}piena  è piena  caixa.{0,40}(?:cheia|lotada)
        está chei[ao]
        postvak.{0,30}vol\b  quotum  przepełnion  skrzynka.{0,30}pełna  brevlåda.{0,30}full  postboks.{0,30}full
        postilaatikko.{0,30}täynnä  schránka.{0,30}plná  postafiók.{0,30}(?:megtelt|tele)  căsuța.{0,40}plină  kotası
        переполнен  квот  πλήρες|γεμάτ  容量.{0,12}(?:超|一杯|いっぱい|オーバー)  ボックスがいっぱい  満杯  已满  已滿
        空间不足  超出.{0,6}(?:配额|容量)  가득  용량.{0,6}초과
    """),
    ("message too large", r"""
        too (?:big|large)  size (?:limit|exceed)  exceeds? (?:the )?(?:maximum|size|fixed|limit)  message length
        larger than  maximum (?:allowed )?message size  max message size  file size  zu groß  größenbeschränkung
        trop (?:volumineux|gros|grand|lourd)  demasiado grande  supera el tamaño  troppo grande  muito grande
        te groot
        zbyt duż[ay]  za duż[ay]  för stor  for stort?  liian suuri  příliš velk  túl nagy  prea mare  çok büyük
        слишком (?:велик|больш)  サイズ.{0,10}(?:超|制限|大き)  大きすぎ  (?:邮件|郵件).{0,6}(?:过大|過大|太大)
        너무 큽
    """),
    ("virus", r"""
        virus  malware  infected  trojan  virenverseucht  вирус  ウイルス  病毒
    """),
    ("authentication", r"""
        \bspf\b  \bdkim\b  \bdmarc\b  sender policy framework  reverse dns  \bptr\b  rdns
        unauthenticated (?:email|mail|sender)
        fails? authentication  sender authentication
    """),
    ("spam", r"""
        spam  blacklist  black ?list  blocklist  block ?list  blocked using  \brbl\b  dnsbl  reputation  junk
        bulk mail
        unsolicited  (?<!not )listed (?:at|in|by)  bayes  sorbs
        barracuda  content rejected  banned sending ip  迷惑メール
        垃圾
    """),
    ("mailbox disabled", r"""
        disabled  suspended  inactive  deactivated
        no longer (?:active|available|valid|accepts|employed|on|in|at|with)  not active  expired account
        account (?:has been )?(?:closed|locked|terminated|expired)
        mailbox (?:is )?(?:locked|unavailable.{0,20}disabled)
        has moved  discontinued  abandoned  dormant  deaktiviert  gesperrt  désactivé  suspendu  desactivad
        deshabilitad
        disattivat  desativad  gedeactiveerd  uitgeschakeld  zablokowan  wyłączon  inaktiverad  deaktiveret
        deaktivert
        заблокирован  отключен  無効  停止(?:され|して)  已停用  被禁用  已禁用
    """),
    # RFC 3463 section 3.2, X.1.7 and X.1.8: it is the sender's own address that they did not take.
    ("policy", r"""
        domain of sender  sender(?:'s)? (?:address |e-?mail )?domain.{0,80}(?:not|n't)\b
        sender address.{0,80}(?:not exist|not found|n't exist|not resolve)  mail from domain must exist
        sender (?:address )?(?:verif\w{1,10} )?fail  (?:bad|invalid) sender
    """),
    ("host unknown", r"""
        host (?:or domain )?(?:name )?(?:is )?(?:unknown|not found|lookup)  (?:unknown|no such|bad) (?:host|domain)
        domain (?:name )?(?:not found|does not exist|doesn'?t exist|unknown|is not)
        domain .{0,80}(?:couldn'?t be found|wasn'?t found)
        name (?:service error|server: host not found|server lookup)  domain couldn'?t  couldn'?t find any host
        unroutable  unrouteable (?:mail )?domain  illegal host  not found by dns  no mx  nxdomain  null mx
        dns (?:error|lookup|query)  hostnotfound  mx (?:record|lookup)
        dom(?:ä|ae)ne?.{0,60}(?:nicht gefunden|existiert nicht|unbekannt)
        domaine.{0,60}(?:introuvable|inexistant|n['’]existe|inconnu|n['’]a pas été trouvé)
        dominio.{0,60}(?:no existe|no se|non esiste|inesistente|sconosciuto)
        domínio.{0,60}(?:não|inexistente)  domein.{0,60}(?:bestaat niet|niet gevonden|onbekend)
        domena.{0,60}nie istnieje
        домен.{0,60}не (?:существует|найден)  ドメイン.{0,30}(?:存在し|見つか)  域名.{0,12}不存在
    """),
    ("mailbox unknown", r"""
        user (?:is )?(?:unknown|not found|doesn'?t exist|does not exist)
        unknown (?:user|recipient|address|mailbox|local|account|or illegal alias)
        no such (?:user|recipient|mailbox|address|person|account|local)
        mailbox (?:not found|unavailable|does not exist|unknown|not available|not exist|name not allowed)
        mailbox .{0,60}doesn
        recipient (?:unknown|not found|address rejected: (?:user|unknown|no such|undeliver)|rejected|does not exist)
        recipient (?:no longer|is not|not exist|invalid|not recognized|name is not)
        invalid (?:recipient|mailbox|address|user|final|local)
        address (?:unknown|not found|does not exist|rejected: user|error)  doesn'?t have (?:a|an|any)\b
        does not (?:have (?:a|an|any)|exist)  doesn'?t exist
        not (?:a (?:valid|known|registered)|listed in|our (?:customer|user)|found in|exist|known)
        no (?:mailbox|account|valid recipient|user)  couldn['’]?t be found  could ?n[o'’]t (?:be )?f(?:ound|ind)
        wasn['’]t found
        isn['’]?t (?:a|an|in)  bad destination mailbox  unrouteable address  undeliverable address  recipnotfound
        account .{0,60}(?:not exist|unavailable)  user not  adresse.{0,20}inconnue  unbekannt  existiert nicht
        nicht gefunden  inconnue?\b  n['’]existe pas  introuvable  pas (?:été )?trouvée?
        adresse.{0,40}(?:invalide|erronée)
        no existe  desconocid  no se (?:encontró|ha encontrado|encuentra|pudo encontrar)  non esiste  inesistente
        sconosciut
        non (?:è stat[oa] )?trovat  não existe  inexistente  desconhecid  não (?:foi )?encontrad  bestaat niet
        onbekend
        niet gevonden  kan niet worden gevonden  nie istnieje  nieznan  nie znaleziono  finns inte  okänd
        hittades inte
        findes ikke  finnes ikke  ukendt  ukjent  ikke fundet  ikke funnet  ei löydy  ei löytynyt  ei ole olemassa
        tuntematon  neexistuje  neznám  nebyl[ao]? nalezen  nem létezik  ismeretlen  nem található  nu există
        necunoscut  bulunamadı  mevcut değil  bilinmeyen  не существует  неизвестн  не найден  нет такого  не існує
        невідом  не знайден  δεν υπάρχει  άγνωστ  δεν βρέθηκε  存在し(?:ない|ませ)  見つかりませ  宛先不明  宛先が不明
        ユーザー?不明
        不存在  无此用户  無此  找不到  查无此人  未知用户  존재하지 않  알 수 없는  찾을 수 없
    """),
    ("relay denied", r"""
        relay(?:ing)? (?:access )?(?:denied|not (?:allowed|permitted)|prohibited)  relaying  unable to relay
        not permitted to relay  cannot relay  rcpthosts  we do not relay  no relay
        does not accept (?:mail|messages) for
    """),
    ("expired", r"""
        message (?:has )?expired  delivery time expired  time limit (?:has )?expired  retry time(?:out)?
        in the queue too long
        has been in the queue  could not be delivered (?:within|for)  been undeliverable  too long in queue
        queue too long
        message timed out  queue lifetime  maximum time
    """),
    ("loop", r"""
        too many hops  mail (?:forwarding )?loop  hop count  loops? back  loop detected  routing loop
    """),
    ("policy", r"""
        policy  not (?:authorized|authorised|allowed|permitted|accepted)  access denied  denied  refused to accept
        rejected (?:by|for|due|as)  restricted  prohibited  administrative  forbidden  authentication required
        security  blocked  banned  permission  bounce(?:d)? by  not accept  sender (?:rejected|address|denied|verif)
        reject
        richtlinie  abgelehnt  abgewiesen  stratégie  refusée?  rejetée?  rechazad  rifiutat  rejeitad  geweigerd
        odrzucon
        avvisad  avvist  afvist  hylätty  odmítnut  visszautasít  respins  reddedil  отклон|отказ  拒否  拒绝  拒絕
        거부
    """),
    ("temporary", r"""
        try again  temporar  timed? ?out  connection (?:refused|reset|lost|closed|dropped)  deferred  greylist
        grey-?list  resources  no route to host  throttl  rate limit  too many (?:connections|concurrent|recipients)
        busy
        server (?:is )?(?:down|not responding|unavailable)  unreachable  not reachable  delayed  retry  retried
        lost connection  network  could not connect  wasn't able to establish  vorübergehend  temporaire  provvisori
        tijdelijk  tymczasow  tillfällig  midlertidig  tilapäi  dočasn  átmeneti  geçici  временн  тимчасов  一時的
        暂时
        일시적
    """),
)  # fmt: skip
_VOCABULARIES = tuple((reason, Vocabulary(block)) for reason, block in _WORDS)

# RFC 3463 section 3: subject and detail. Where a server's words say more, the words count.
_DETAILS = {
    "1.0": "mailbox unknown", "1.1": "mailbox unknown", "1.2": "host unknown", "1.3": "mailbox unknown",
    "1.6": "mailbox unknown", "1.10": "host unknown", "2.0": "mailbox unknown", "2.1": "mailbox disabled",
    "2.2": "mailbox full", "2.3": "message too large", "3.1": "mailbox full", "3.4": "message too large",
    "4.1": "temporary", "4.2": "temporary", "4.3": "temporary", "4.4": "host unknown", "4.6": "loop", "4.7": "expired",
    "4.300": "expired", "4.310": "host unknown", "4.316": "expired", "5.3": "temporary", "1.20": "policy",
    "1.7": "policy", "1.8": "policy",
    "7.20": "authentication", "7.23": "authentication", "7.24": "authentication", "7.25": "authentication",
    "7.26": "authentication", "7.27": "authentication",
}  # fmt: skip
_OF_SENDER = frozenset({"1.7", "1.8"})
_VAGUE = frozenset({"policy", "temporary", "unknown"})


def enhanced(text: str) -> str:
    """The first RFC 3463 status code in a text; empty when there is none."""
    found = _ENHANCED.search(text[:_TEXT])
    return found.group(0) if found else ""


def status(text: str) -> str:
    """The status code, or the class of the SMTP reply (RFC 5321 section 4.2.1) as one: `550` gives `5.0.0`."""
    found = enhanced(text)
    if found:
        return found
    code = _CODE.search(text[:_TEXT])
    return f"{code.group(1)}.0.0" if code else ""


def words(text: str) -> str:
    """What the words say; `unknown` when they say nothing."""
    text = text[:_TEXT].lower()
    return next((reason for reason, words in _VOCABULARIES if words.search(text)), "unknown") if text else "unknown"


def reason(told: str, code: str) -> str:
    """What the words say; where they are vague or silent, what the status code says."""
    coded = _coded(code)
    if code.partition(".")[2] in _OF_SENDER and told in {"mailbox unknown", "host unknown"}:
        return coded
    if told in _VAGUE and coded not in _VAGUE:
        return coded
    if told == "mailbox unknown" and code.partition(".")[2] in {"1.2", "4.4"}:
        return coded  # a domain that "could not be found"
    return told if told != "unknown" else coded


def _coded(code: str) -> str:
    detail = code.partition(".")[2]
    if detail in _DETAILS:
        return _DETAILS[detail]
    if detail.startswith("7."):
        return "policy"
    return "temporary" if code.startswith("4") else "unknown"


def is_permanent(action: str, codes: tuple[str, ...], why: str, gives_up: bool) -> bool:
    """Whether another attempt is pointless: the class of the status (RFC 3463 section 2), then the words.

    Any code of class 5 counts: servers that give up write the code of their last failed attempt beside their own.
    """
    if action != "failed":
        return False
    classes = {code[0] for code in codes if code}
    if classes:
        return "5" in classes
    return gives_up or why not in {"temporary", "expired"}
