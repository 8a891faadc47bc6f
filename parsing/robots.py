"""The words and headers by which machines are known. Data only.

Every pattern is run on a bounded, lower-case piece of a mail: without IGNORECASE the engine can skip by first letters,
which makes a judgement three times cheaper.
"""

from __future__ import annotations

import re


def _any(block: str) -> re.Pattern[str]:
    """One pattern of a block of alternatives that stand two spaces apart."""
    return re.compile("|".join(re.split(r"\s{2,}", block.strip())))


def _names(block: str) -> tuple[str, ...]:
    """The header names of a block."""
    return tuple(block.split())


DAEMON = _any(r"""
    mailer[-_ ]?daemon  post[-_]?mast(?:er|re)  mail ?delivery (?:sub)?system
    ^(?:mail-?daemon|mailer|mdaemon|mailsweeper|mail-?delivery|smtp-?daemon|delivery|uucp|bounces?)@
    ^(?:microsoft ?exchange|mailscanner|mmdf|mail_?server|system ?administrator)@
    system ?administrator  mail administrator  microsoftexchange329e71ec88ae4615bbc36ab6ce41109e
    mail delivery service  non-?delivery  (?:^|\s)bounce(?:s|-[\w.=+-]{1,200})?@
    internet mail (?:delivery|service)  mail router  admin_?daemon  mailerdaemon
""")
DAEMON_NAME = _any(r"""
    mailer[-_ ]?daemon  mail ?delivery (?:sub)?system  microsoftexchange329e71ec88ae4615bbc36ab6ce41109e
    mailerdaemon
""")
NO_REPLY = _any(r"""
    (?:^|[\s<._+-])(?:no|not|non|do[-_.]?not|donot)[-_. ]?(?:reply|respond|response|responder|rispondere)[\w.+-]{0,64}@
    (?:^|[\s<._+-])(?:ne|nicht|kein)[-_. ]?(?:antwort(?:en)?|repondre|pas-?repondre)[\w.+-]{0,64}@
    (?:^|\s)(?:noreply|nepasrepondre|daemon|nobody|root|cron|nagios|icinga|zabbix|monitoring|alertmanager|anacron|autoresponder|autoreply|auto-reply|auto-confirm)@
""")
LIST_SENDER = _any(r"""
    (?:^|\s)(?:listserv|majordomo|mailman|listmaster|owner-[\w.+-]{1,60}|[\w.+-]{1,60}-(?:owner|bounces|request))@
""")

BOUNCE_SUBJECT = _any(r"""
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
BOUNCE_TEXT = _any(r"""
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
DELAY = _any(r"""
    delay(?:ed)?\b  still (?:being )?(?:retried|trying|in (?:the )?queue)
    will (?:be retried|continue to (?:be )?(?:try|tri)|keep trying)  warning: (?:message|could not)  verzögert
    retardé  no action is required  you do not need to resend  this is a warning message only
    has not yet been delivered  not been delivered yet  could not send message for past
""")
FAILED = _any(r"""
    permanent  fatal  giving up  action: failed  undeliver  returned  \b5\.\d\.\d{1,2}\b  \b55\d\b
""")

CHALLENGE_SUBJECT = _any(r"""
    please confirm (?:your message|that you|your email|receipt)
    your (?:message|email|mail) requires (?:verification|confirmation)  challenge
    (?:verify|verification|confirm).{0,40}(?:sender|your (?:e-?mail|message))  sender (?:address )?verification
    anti-?spam.{0,40}(?:confirm|verif)  confirm(?:ation)? (?:of|to deliver) your (?:message|mail)  spam ?arrest
    boxtrapper  awaiting (?:your )?(?:verification|confirmation)  message.{0,30}awaiting.{0,30}verif
""")
CHALLENGE_TEXT = _any(r"""
    (?:click|reply|follow).{0,200}(?:confirm|verify|deliver|whitelist|approved)  challenge
    prove (?:that )?you(?:'re| are)  approved senders?  spam ?arrest  whitelist
""")

COMPLAINT_SUBJECT = _any(r"""
    ^complaint about message  abuse (?:report|complaint)  ^fbl\b  feedback loop  spam (?:report|complaint)
""")
VERP = _any(r"""
    <?(?:bounces?|bnc|errors?|returns?|msprvs1?)[-+_.=\d]  <?(?:[\w.-]{1,60}[-+_.])?bounces?[-+=]
""")

OOF_SOURCE = _any(r"""
    mailbox rules agent  oof
""")
OOO_SUBJECT = _any(r"""
    out[- ]of[- ](?:the[- ])?office  ^(?:re: )?(?:ooo|oof)\b
    on (?:vacation|annual leave|holiday|parental leave|maternity leave)
    vacation (?:message|reply|response|notice)  away from (?:my|the) (?:office|desk|mail|email)
    i(?:'m| am) (?:away|out of|on (?:vacation|holiday|leave))  absence (?:notification|notice)  abwesenheit
    \babwesend\b  nicht im (?:büro|haus|hause)  bin (?:im|in) urlaub  urlaubs(?:vertretung|abwesenheit)
    absence du bureau  absent(?:e)? du bureau  message d.absence  réponse d.absence  en congés?
    fuera de (?:la )?oficina  ausente de la oficina  fuori (?:sede|ufficio)  assente dall.ufficio  risposta fuori
    afwezig(?:heid)?  niet aanwezig  fora do escrit[óo]rio  ausência tempor  aus[êe]ncia do escrit  poza biurem
    nieobecno[śs][ćc]  frånvaro  frånvarande  ikke på kontoret  fraværsmelding  fravær\b  poissa(?:olo)?
    mimo kancel  вне офиса  отсутств  不在(?:通知|にして|の)  外出  休假  부재중  ofis dışı  házon kívül
""")
OOO_TEXT = _any(r"""
    out of (?:the |my )?office  on (?:vacation|annual leave|holiday|leave)
    i(?:'m| am) (?:currently )?(?:away|out|on)  (?:will|shall) (?:be )?(?:back|return)  im urlaub
    nicht im (?:büro|haus)  abwesend  absent  en congé  fuera de  afwezig  urlop  ferie  semester  vacation
    limited access to (?:my )?e-?mail  nicht erreichbar  zurück  away from
""")
AUTO_SUBJECT = _any(r"""
    ^\[?auto(?:matic|mated)?[- ]?(?:re(?:ply|sponse|spond)|generated|answer|confirmation)\b
    ^\[?auto(?:matic|mated)?[- ]?(?:acknowledge?ment|notification)\b
    ^auto(?:matic)?:  automatische (?:antwort|nachricht|beantwoording|empfang)  ^automatisch antwoord
    automatisch(?:e)? (?:antwoord|reactie)  réponse automatique  respuesta autom[áa]tica  risposta automatica
    resposta autom[áa]tica  automatiskt svar  autosvar  automaattinen vastaus  autom(?:atyczna)? odpowied[źz]
    automatick[áa] odpov[eě]  автоматический ответ  автоответ  自動(?:返信|応答)  自动(?:回复|答复)  자동 (?:회신|응답)
    otomatik yan[ıi]t  automatikus v[áa]lasz  răspuns automat  \bauto[- ]?repl(?:y|ied)\b
    \bauto[- ]?respon(?:se|der)\b  \bautomatic reply\b  \bautomatisches? svar\b
""")
REPLY_HEADERS = _names("""
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
GENERATED_HEADERS = _names("""
    x-cron-env x-fc-machinegenerated x-amazon-auto-reply x-auto-generated feedback-id x-github-reason
    x-jira-fingerprint x-nagios-notification x-zabbix x-autogenerated x-csa-complaints x-mailgun-sid x-sg-eid
    x-mandrill-user
""")
LIST_HEADERS = _names("""
    list-id list-post list-unsubscribe list-help list-subscribe list-owner list-archive mailing-list
    x-mailing-list x-mailinglist x-list x-listname x-beenthere x-mailman-version x-ml-name x-list-id
    x-listserver x-campaign x-campaignid x-mc-user x-rpcampaign x-newsletter x-mailing-id x-loop x-bulkmail
    x-ezlm x-list-name x-yahoo-profile x-sympa-to sender-list resent-list x-list-host
""")
