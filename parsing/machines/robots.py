"""The words and headers by which machines are known. Data only.

Every pattern is run on a bounded, lower-case piece of a mail: without IGNORECASE the engine can skip by first letters,
which makes a judgement three times cheaper.
"""

from __future__ import annotations

import re

_OPAQUE = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]")


def any_of(block: str) -> re.Pattern[str]:
    """One pattern of a block of alternatives."""
    return re.compile("|".join(alternatives(block)))


def alternatives(block: str) -> tuple[str, ...]:
    """The alternatives of a block, which stand two spaces apart; a group may not be wrapped over two lines.

    Raises ValueError for an alternative that fell apart: together the halves are a valid pattern of another meaning.
    """
    found = tuple(re.split(r"\s{2,}", block.strip()))
    for alternative in found:
        bare = _OPAQUE.sub("", alternative)
        if bare.count("(") != bare.count(")") or "[" in bare or "]" in bare:
            raise ValueError(f"half an alternative: {alternative}")
    return found


def names(block: str) -> tuple[str, ...]:
    """The header names of a block."""
    return tuple(block.split())


DAEMON = any_of(r"""
    mailer[-_ ]?daemon  post[-_]?mast(?:er|re)  mail ?delivery (?:sub)?system
    ^(?:mail-?daemon|mailer|mdaemon|mailsweeper|mail-?delivery|smtp-?daemon|delivery|uucp|bounces?)@
    ^(?:microsoft ?exchange|mailscanner|mmdf|mail_?server|system ?administrator)@
    system ?administrator  mail administrator  microsoftexchange329e71ec88ae4615bbc36ab6ce41109e
    mail delivery service  non-?delivery  (?:^|\s)bounce(?:s|-[\w.=+-]{1,200})?@
    internet mail (?:delivery|service)  mail router  admin_?daemon
""")
DAEMON_NAME = any_of(r"""
    mailer[-_ ]?daemon  mail ?delivery (?:sub)?system  microsoftexchange329e71ec88ae4615bbc36ab6ce41109e
""")
NO_REPLY = any_of(r"""
    (?:^|[\s<._+-])(?:no|not|non|do[-_.]?not|donot)[-_. ]?(?:reply|respond|response|responder|rispondere)[\w.+-]{0,64}@
    (?:^|[\s<._+-])(?:ne|nicht|kein(?:e)?)[-_. ]?(?:antwort(?:en)?|repondre|pas-?repondre)[\w.+-]{0,64}@
    (?:^|\s)(?:noreply|nepasrepondre|daemon|nobody|root|cron|nagios|icinga|zabbix|monitoring|alertmanager|anacron|autoresponder|autoreply|auto-reply|auto-confirm)@
""")
BOUNCE_SUBJECT = any_of(r"""
    undeliver(?:able|ed)  undelivered mail returned  returned (?:mail|to sender|email)  return(?:ed)? to sender
    mail delivery fail  delivery (?:status )?notification  delivery (?:has )?fail(?:ure|ed)?
    delivery (?:report|problem|error|incomplete|attempts)  failure (?:notice|delivery)
    failed (?:delivery|mail|message)  mail (?:delivery )?(?:failure|error|problem|system error)  non[- ]?deliver
    non remis  could not be delivered  cannot be delivered
    (?:message|mail) (?:status|not delivered|undeliverable|delivery)  unzustellbar  nicht zugestellt
    konnte nicht zugestellt  unable to deliver  user unknown  mailbox (?:full|unavailable|quota)  over quota
    bounced? (?:mail|message)  mail system error  \bndn\b  \bnd[rn]:  warning: (?:message|could not send|mail)
    could not send message  delivery (?:is )?delay  delayed mail  still being retried
    rejected (?:mail|message|posting)  message (?:rejected|refused|bounced)  rejeté  échec  no entregad
    não (?:entregue|foi)  mancato recapito  mancata consegna  onbestelbaar  retour(?:ned)? ?mail  onbezorgbaar
    doručeni  nedoruč  niedorecz  zwrot  недостав  не доставлен  配信  送信できません  退信  无法投递  系统退信  反送
    error in (?:mail|delivery|processing)  problem delivering  delivering a message
    address (?:not found|unknown|change)  nonexistent  no such user  permanent (?:delivery )?(?:fail|error)
    delivery$  email (?:was )?not delivered  mail could not  unknown (?:user|recipient|address)
    message (?:could|was) not  invalid (?:recipient|address|mailbox)  disabled  notification d.(?:é|e)tat
    mensaje no  blocked message  spam ?(?:blocked|rejected)  mail rejected
    your (?:message|mail|email) (?:to|could|was|has)\b  \brejected\b  \bfailed\b  \bbounce
""")
BOUNCE_TEXT = any_of(r"""
    (?:could|can) ?n[o']t be delivered  was not delivered  (?:has |have )?not been delivered  unable to deliver
    undeliver(?:able|ed)  delivery (?:to|of|has|failed|attempt|fail|status)  permanent (?:fatal )?errors?
    fatal errors?  transient non-fatal  returned (?:to (?:the |its )?sender|message|mail|below|as)
    did not reach the following  following (?:address|recipient|destination|user|error|person)
    this is (?:the mail system|the qmail|a permanent|an automatically generated delivery|the postfix)
    this is the .{1,40} mail (?:system|program)
    session follows  (?:smtp|remote|mail|host) (?:error|server|said|host)  \b(?:smtp|diagnostic|status)[ -]?code
    \b[45]\.\d\.\d{1,2}\b  \b55\d[ -]  mailbox (?:is )?(?:full|unavailable|not found|unknown|disabled|does)
    user (?:is )?unknown  unknown (?:user|recipient|address|local|mailbox)
    no such (?:user|recipient|mailbox|address|account|person)  (?:host|domain) (?:unknown|not found)  over ?quota
    quota exceeded  recipient(?:'s)? (?:address|rejected|unknown|mailbox|not|name)  addressee  does not exist
    is no longer (?:available|in use|valid|active)  wurde nicht zugestellt  nicht zugestellt  zustell
    pas (?:pu être|été) (?:remis|délivré|distribué)  no se (?:pudo|ha podido) entregar
    non (?:è stato|è possibile)  不存在  配信(?:でき|不能)  届け  could not (?:be )?(?:send|sent|deliver|find)
    unroutable
    unrouteable  retry timeout
    (?:message|mail) (?:was|has been|is being) (?:rejected|returned|refused|bounced|blocked|delayed)
    your (?:message|mail|e-mail|email) (?:to|was|could|has|cannot|could not)
    -{3,} ?(?:failed|the following|original|transcript|returned|unsent|this is a copy)  reporting-mta:
    final-recipient:  action: failed  diagnostic-code  message id  not (?:listed|known)  rejected  failed
    wasn't delivered  couldn't be delivered  problem (?:delivering|with)  too (?:big|large)
""")
DELAY = any_of(r"""
    delay(?:ed)?\b  still (?:being )?(?:retried|trying|in (?:the )?queue)
    will (?:be retried|continue to (?:be )?(?:try|tri)|keep trying)  warning: (?:message|could not)  verzögert
    retardé  no action is required  you do not need to resend  this is a warning message only
    has not yet been delivered  not been delivered yet  could not send message for past
""")
FAILED = any_of(r"""
    permanent  fatal  giving up  action: failed  undeliver  returned  \b5\.\d\.\d{1,2}\b  \b55\d\b
""")

SERVER_TEXT = any_of(r"""
    (?:could|can) ?n[o']t be delivered  was not delivered  not been delivered  unable to deliver  undeliver(?:able|ed)
    delivery (?:to the following|has failed|failed|status)  permanent (?:fatal )?errors?  fatal errors
    transient non-fatal
    returned (?:to (?:the |its )?sender|message|mail)  did not reach the following  following (?:address|recipient)
    this is (?:the mail system|the qmail|a permanent|an automatically generated delivery|the postfix)
    session follows  (?:smtp|remote|mail|host) (?:error|server|said|host)  \b(?:smtp|diagnostic|status)[ -]?code
    \b[45]\.\d\.\d{1,2}\b  \b55\d[ -]  mailbox (?:is )?(?:full|unavailable|not found|unknown|disabled|does)
    user (?:is )?unknown  unknown (?:user|recipient|address|local|mailbox)  no such (?:user|recipient|mailbox|address)
    (?:host|domain) (?:unknown|not found)  over ?quota  quota exceeded  recipient(?:'s)? (?:address|rejected|unknown)
    addressee  does not exist  is no longer (?:available|in use|valid|active)  nicht zugestellt  zustell
    pas (?:pu être|été) (?:remis|délivré|distribué|livré)  n['’]a pas (?:pu|été)  no se (?:pudo|ha podido) entregar
    non (?:è stato|è possibile)  non (?:remis|recapitat)  niet (?:worden )?(?:bezorgd|afgeleverd)  não (?:foi|pôde)
    nie (?:została|można|mogła)  nebyl[ao]? doručen  kunne ikke  kunde inte  ei voitu toimittaa  не удалось доставить
    не доставлен  teslim edil  nem (?:sikerült|kézbesít)  不存在  配信(?:でき|不能)  届け  送信できま  退信
    无法(?:投递|送达)
    unroutable  unrouteable  retry timeout  reporting-mta:  final-recipient:  action: failed  diagnostic-code
    (?:message|mail) (?:was|has been) (?:rejected|returned|refused|bounced|blocked|delayed)  wasn't delivered
    -{3,} ?(?:failed|the following|transcript|returned|unsent|this is a copy)  couldn't be delivered
""")
COMPLAINS = any_of(r"""
    \bi (?:get|got|keep|receive|received|tried|try|sent|cannot|can['’]t|wrote|mail)\b
    \bwe (?:get|got|keep|receive|tried|cannot)\b  \b(?:we|i) have (?:an?|some|had)\b
    please (?:help|fix|look into|advise|investigate)
    (?:can|could) you  \bmy (?:colleague|mail|customer|client)  \bich (?:bekomme|erhalte|habe|kann)
    \bwir (?:bekommen|erhalten|haben)  je (?:reçois|n['’]arrive)  nous recevons  \brecibo  no puedo  \bricev[oi]
    ik krijg
    \brecebo  dostaję  jag får  jeg får  я получаю  мне приход  приходит ошибка
""")
CODE = any_of(r"""
    (?<![\d.])[45]\.[0-7]\.\d{1,3}(?![\d.]*\d)
    (?<![\d.:/-])(?:4[25]|5[57])\d[ -](?:#?[45]\.\d|[<(\[]|user|unknown|mail|no )
    (?<![\d.:/-])(?:4[25]|5[57])\d[ -](?:requested|recipient|address|message|relay|sorry|invalid|host|domain|access)
    (?<![\d.:/-])(?:4[25]|5[57])\d[ -](?:reject|sender|service|unable|quota|not )
""")
HANDED_ON = any_of(r"""
    mailer-daemon  postmaster@  mail system  mail delivery s  transcript of session  final-recipient
    original-recipient
    \b[45]\.[0-7]\.\d{1,3}\b  \b55\d[ -]  returned to sender  microsoft outlook <
""")

CHALLENGE_SUBJECT = any_of(r"""
    please confirm (?:your message|that you|your email|receipt)
    your (?:message|email|mail) requires (?:verification|confirmation)  (?:e-?mail|spam|sender|verification) challenge
    challenge.response
    (?:verify|verification|confirm).{0,40}(?:sender|your (?:e-?mail|message))  sender (?:address )?verification
    anti-?spam.{0,40}(?:confirm|verif)  confirm(?:ation)? (?:of|to deliver) your (?:message|mail)  spam ?arrest
    boxtrapper  awaiting (?:your )?(?:verification|confirmation)  message.{0,30}awaiting.{0,30}verif
    (?:bitte )?bestätigen sie (?:ihre|dass sie)  authentifi(?:ez|cation|er)\b  mailinblack  confirmez (?:votre|que)
    confirm[ea] (?:su|que|il (?:suo|tuo)|seu) \w  antispam.{0,40}(?:uol|confirm)  подтвердите  (?:proszę )?potwierdź
""")
CHALLENGE_TEXT = any_of(r"""
    (?:click|reply|follow).{0,200}(?:confirm|verify|deliver|whitelist|approved)
    prove (?:that )?you(?:'re| are)  approved senders?  spam ?arrest  whitelist  cliquez  klicken sie  haga clic
    clicca  clique (?:no|aqui|em)  перейдите  kliknij  капч  captcha  kein (?:roboter|spam)  pas un robot
""")
BROKEN = any_of(r"""
    broken  \bbug\b  nothing happens  error  fail(?:s|ed|ing)\b  problem  \bissue  stuck  never (?:get|arriv|work)
    kaputt  fehler  defekt  passiert nichts  erreur  panne  roto  falla  errore  guasto  stuk\b  kapot  fout  erro\b
    błąd  trasig  ødelagt  ошибк  сломал
""")
CHALLENGE_HEADERS = names("""
    x-boxtrapper x-tmda-fingerprint x-mailinblack x-spamarrest x-challenge-response x-asked-for-confirmation
""")

DELIVERED_SUBJECT = any_of(r"""
    (?:successful )?(?:mail )?delivery (?:report|notification|status)  successful  delivered\s?:  relayed\s?:
    zugestellt\s?:
    remis\s?:  entregado\s?:  consegnato\s?:  entregue\s?:  bezorgd\s?:  dostarczono\s?:  levererat\s?:  leveret\s?:
    levert\s?:  toimitettu\s?:  doručeno\s?:  доставлено\s?:  配信済み  已送达
""")
DELIVERED_TEXT = any_of(r"""
    (?:was|has been|is) successfully (?:delivered|relayed|sent)  delivery to these recipients or groups is complete
    successfully delivered to  (?:wurde|ist) (?:erfolgreich )?(?:an .{0,80})?zugestellt  your message was delivered
    a été (?:remis|distribué|livré) (?:aux|à|avec succès)  se ha entregado (?:el|a|correct)
    è stato consegnato (?:a|con)
    foi entregue (?:a|com)  is (?:afgeleverd|bezorgd)  został[ao]? dostarczon  配信されました  已送达
""")
READ_SUBJECT = any_of(r"""
    (?:read|not read|gelesen|ungelesen|nicht gelesen|lu|non lu|leído|no leído|letto|non letto|da leggere)\s?[:：]
    (?:gelezen|niet gelezen|lida|lido|não lida|läst|oläst|læst|ulæst|lest|ulest|luettu|lukematta)\s?[:：]
    (?:przeczytano|przeczytane|nieprzeczytane|přečteno|nepřečteno|prečítané|olvasva|elolvasva|citit|okundu)\s?[:：]
    (?:прочтено|прочитано|не прочтено|διαβάστηκε|開封済み|既読|未开封|已读|未读|已讀|읽음|읽지 않음)\s?[:：]
    return receipt  read receipt  lesebestätigung  empfangsbestätigung\s?[:(]  accusé de (?:lecture|réception)
    confirmación de lectura  conferma di lettura  leesbevestiging  confirmação de leitura  potwierdzenie przeczytania
    läskvitto  læsekvittering  lesekvittering  lukukuittaus  уведомление о прочтении  開封確認
""")
READ_TEXT = any_of(r"""
    (?:was|has been|were) (?:read|displayed|opened|deleted)(?: without being read)? (?:on|at|by)\b  return receipt
    (?:wurde|ist) .{0,80}(?:gelesen|gelöscht|angezeigt)
    a été (?:lu|affiché|supprimé)  (?:fue|ha sido) (?:leído|eliminado)  è stat[oa] (?:lett[oa]|eliminat[oa])
    (?:is|werd) .{0,60}(?:gelezen|verwijderd)  foi (?:lida|lido|exibida|excluída)
    (?:została|zostało) (?:przeczytan|wyświetl)
    lästes  har (?:lästs|öppnats)  blev læst  er (?:blevet )?læst  ble lest  on luettu  luettiin
    byl[ao]? (?:přečten|zobrazen)
    elolvas  a fost citit  okundu  прочитано  прочтено  было прочитано  開封  読まれ  已阅读  已阅  已讀取  읽었
""")
# What a receipt speaks of, and how a person goes on who had something else read.
READ_OBJECT = any_of(r"""
    nachricht  messag  e-?mail  \bmail  mensaje  messaggio  bericht  mensagem  wiadomość  meddeland  meddelelse
    melding  viesti  zpráv  správ  üzenet  mesaj  ileti  сообщени  письм  повідомл  μήνυμα  メッセージ  メール  邮件
    郵件  메시지  메일  return receipt
""")
READ_MORE = re.compile(r"[^.\n]{0,60}\b(?:and|und|et|y|e|en|i|och|og|ja|a|и) \w{4}")
RECALL_SUBJECT = any_of(r"""
    (?:message )?recall(?: (?:report|success|failure|failed))?\s?[:：]  message recall
    rückruf(?: fehlgeschlagen)?\s?[:：]
    rappel(?: (?:de|du|réussi|impossible|échoué).{0,30})?\s?[:：]  recuperar\s?[:：]  recuperaci[oó]n.{0,30}[:：]
    richiam[ao]\s?[:：]  intrekken\s?[:：]  ingetrokken\s?[:：]  rechamar\s?[:：]  retirar\s?[:：]  odwołaj\s?[:：]
    återkalla(?:s|nde)?\s?[:：]  tilbagekald(?:else)?\s?[:：]  tilbakekall(?:ing)?\s?[:：]  peruutus\s?[:：]
    отзыв\s?[:：]  メッセージの取り消し  撤回\s?[:：]  回收\s?[:：]
""")
# The sentence that Outlook writes, always of a third person and always about a message.
RECALL_TEXT = any_of(r"""
    (?<!\bi )would like to recall the message  message recall (?:report|succe|failure|status)
    recall .{0,30}message.{0,60}(?:succeeded|failed|successful)
    (?<!\bich )möchte die nachricht.{0,200}zurückrufen
    (?<!\bje )(?:souhaite|voudrait|souhaiterait) rappeler le message
    (?:desea|quiere|querría|desearía) recuperar el mensaje
    (?:vorrebbe|desidera) richiamare il messaggio
    (?<!\bik )(?:wil|wenst|zou) (?:het|dit) bericht.{0,160}(?:intrekken|in te trekken)
    (?<!\beu )(?:gostaria de|deseja|pretende) (?:rechamar|retirar|cancelar|recuperar|anular) a mensagem
    chce odwołać wiadomość  (?<!\bjag )vill återkalla meddelandet  (?<!\bjeg )vil gerne tilbagekalde meddelelsen
    (?<!\bjeg )ønsker å tilbakekalle meldingen  haluaa peruuttaa viestin
    (?:хочет|желает|хотел(?:а|\(а\))? бы) отозвать сообщение
    メッセージ.{0,80}取り消そう  撤回(?:以下|此|该)?(?:邮件|郵件)  回收(?:以下|此|该)?(?:邮件|郵件)
""")
CLASS_HEADERS = names("x-message-class x-ms-message-class content-class x-ms-exchange-messageclass")
LIST_REFUSES = any_of(r"""
    not member  reject  restrict  ignored  denied  loop (?:alert|back)  security alert  system error  unix from loop
""")
REFUSED_SUBJECT = any_of(r"""
    reject  refus  rejeté  abgelehnt  abgewiesen
""")

ANSWERS = re.compile(
    r"(?:re|aw|sv|vs|fw|fwd|wg|tr|rv|rif|odp|antw|ynt|res|ref|отв|回复|答复|返信|回覆)(?:\[\d{1,3}\])?\s?[:：]"
)
_SAYS = any_of(r"""
    this (?:\w{1,8} )?is an? auto[\w-]{1,12}(?: generated)? (?:reply|response|message|e-?mail|notice|answer)[.,;!\n]
    this (?:\w{1,8} )?is an? auto[\w-]{1,12}(?: generated)? (?:reply|response|message|e-?mail|notification|answer)$
    this (?:\w{1,8} )?is an? auto[\w-]{1,12}(?: generated)? (?:\w{4,16} )(?:from|to|sent|and|that|generated|please)\b
    this (?:e-?mail|message|mail|reply|response) (?:was|is|has been) auto(?:matically|-generated)
    this (?:e-?mail|message|mail|reply|response) (?:was|is|has been) (?:sent|generated|created) auto(?:matically|-gen)
    this (?:e-?mail|message|mail|reply|response) is being (?:sent |generated |created )?automatically
    (?:do not|don['’]t) (?:reply|respond) to this (?:auto|e-?mail|message|mail)
    (?:dies ist|das ist|hierbei handelt es sich um) eine automatisch
    diese (?:e-?mail|nachricht|mail|antwort) (?:wurde|ist|wird) (?:\w{1,10} )?automatisch
    (?:ceci est|il s['’]agit d['’])\s?une? (?:réponse|message|courriel|e-?mail) automatique
    ce (?:message|courriel|mail) (?:a été|est) (?:\w{1,10} )?automatiquement
    (?:este es|esta es) una? (?:mensaje|correo|respuesta) autom[áa]tic[ao]
    este (?:mensaje|correo).{0,30}autom[áa]ticamente
    (?:questo è|questa è) una? (?:messaggio|risposta|e-?mail) automatic[ao]
    (?:messaggio|e-?mail) generat[oa] automaticamente
    (?:dit is een) automatisch  (?:deze e-?mail|dit bericht) (?:is|wordt) automatisch
    esta é uma (?:mensagem|resposta) automática
    (?:mensagem|e-?mail) (?:foi )?(?:gerad[oa]|enviad[oa]) automaticamente
    (?:to jest|jest to) (?:wiadomość |odpowiedź )?automatyczn
    wiadomość (?:została )?(?:wygenerowana|wysłana) automatycznie
    det(?:ta|te) (?:är|er) (?:ett|et) automatisk  dette er (?:et|en) automatisk  (?:tämä on|viesti on) automaatti
    (?:toto je|tato zpráva byla|tento e-?mail byl) (?:\w{1,12} )?automatick  ez egy automatikus
    acesta este un (?:mesaj|răspuns) automat
    bu (?:bir )?otomatik  bu (?:e-?posta|mesaj|ileti) otomatik
    это (?:письмо )?(?:автоматическ|сформировано автомат|отправлено автомат)
    письмо (?:создано|отправлено|сформировано) автоматически  це автоматичн  (?:このメール|本メール).{0,12}自動
    自動(?:返信|配信|送信)
    (?:此|本)(?:邮件|郵件|信).{0,8}(?:自动|自動|系统)  自动回复  자동(?:으로)? ?(?:발송|회신|응답)
""")
_SAYS_GATE = ("auto", "do not re", "don't re", "автомат", "自動", "自动", "系统", "자동", "αυτόμ")


def says_automatic(text: str) -> bool:
    """Whether the text (lower-case), above what it quotes, says of itself that a machine wrote it."""
    if not any(word in text for word in _SAYS_GATE):
        return False
    found = _SAYS.search(text)
    return found is not None and not _QUOTED.search(text, 0, found.start())


_QUOTED = re.compile(r"(?m)^\s{0,4}(?:>|-{4,}|_{8,}|(?:from|von|de|da|van|от|od|från|fra)\s?:)")

COMPLAINT_SUBJECT = any_of(r"""
    ^complaint about message  abuse (?:report|complaint)  ^fbl\b  feedback loop  spam (?:report|complaint)
""")
VERP = any_of(r"""
    <?(?:bounces?|bnc|errors?|returns?|msprvs1?)[-+_.=\d]  <?(?:[\w.-]{1,60}[-+_.])?bounces?[-+=]
""")

OOF_SOURCE = any_of(r"""
    mailbox rules agent  oof
""")
REPLY_HEADERS = names("""
    x-autoreply x-autorespond x-autoresponder x-auto-reply x-auto-respond x-mail-autoreply x-autoreply-from
    x-autogenerated-reply x-auto-reply-from x-away x-vacation x-cron-autoreply
""")
REPLY_VALUES = (
    ("precedence", ("auto_reply", "auto-reply", "autoreply")),
    ("preference", ("auto_reply", "auto-reply")),
    ("x-precedence", ("auto_reply", "auto-reply")),
    ("x-autogenerated", ("reply",)),
    ("x-auto-submitted", ("auto-replied",)),
    ("delivered-to", ("autoresponder",)),
    ("x-post-messageclass", ("9; autoresponder",)),
    ("x-mailer", ("vacation", "autoresponder", "autoreply", "auto-reply")),
    ("x-pop3-vacation", ("",)),
    ("x-rocket-autoreply", ("",)),
)
GENERATED_HEADERS = names("""
    x-cron-env x-fc-machinegenerated x-amazon-auto-reply x-auto-generated x-github-reason
    x-jira-fingerprint x-nagios-notification x-zabbix x-autogenerated x-csa-complaints x-mailgun-sid x-sg-eid
    x-mandrill-user
""")
