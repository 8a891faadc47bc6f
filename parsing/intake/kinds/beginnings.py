"""The words that say since when something is as it is, and those that say of a time that it is another one.

In: nothing. Out: sets of words and patterns over text in small letters, bounded in what they repeat.
"""

from __future__ import annotations

import re

from parsing.intake.kinds import moments
from parsing.intake.kinds.clauses import wordset

EVENT = (
    r"(?:[\w-]{0,20}(?:update|upgrade|release|rollout|maintenance|migration|umzug|umstellung|wechsel|wartung|"
    r"aktualisierung|neustart|tausch|installation|einführung|ausfall|gewitter|stromausfall|urlaub|ferien)s?|"
    r"patch|hotfix|"
    r"move|switch|change|changeover|reboot|restart|rotation|"
    r"deployment|deploy|launch|holidays?|outage|storm|power cut|renewal|relaunch|new (?:version|key|system|server|"
    r"router|firmware|app|phone|laptop|printer|certificate|password)|neue[nrs]? (?:version|system|server|router|"
    r"firmware|"
    r"app|schlüssel|zertifikat|telefon|gerät|drucker)|mise à jour|maintenance|migration|mise en service|changement|"
    r"déménagement|panne|bascule|redémarrage|nouvelle version|nouveau \w{3,14}|vacances|facture|rechnung|"
    r"(?:\w{3,10} )?(?:bill|invoice)|"
    r"actualización|actualizacion|mantenimiento|aggiornamento|manutenzione|bijwerking|onderhoud|firmware|version)\b"
)
ARTICLE = (
    r"(?:the|that|this|your|our|my|a|an|its|der|dem|den|die|das|unserem|eurem|ihrem|ihrer|unserer|eurer|dieser|diesem|"
    r"la|le|l['’]|les|cette|votre|notre|ce|el|il|lo|de|het|een|jullie|cert|last|latest|letzten|dernière?)"
)
SINCE = (
    r"(?:ever since|since|seit|seitdem|depuis|desde|sinds|dal|dalla|da|à partir d[eu]|as of|from|ab|"
    r"goes back to|date d[eu]|remonte à|dates? from|dating from)"
)
SINCE_EVENT = re.compile(
    rf"(?<!\w)(?:{SINCE}|right after|just after|after|following|with|nach|après|suite à|seguito a|dopo|después "
    rf"de|na)\s"
    rf"(?:{ARTICLE}\s?){{0,2}}(?:[\w'’-]{{1,20}}\s){{0,2}}?{EVENT}(?:\s(?:by|on|of|from|am|vom|von|de|du|"
    rf"d['’])(?:\s(?:the|le|la))?\s(?=\w))?"
)
SINCE_DONE = re.compile(
    r"(?<!\w)(?:since|seit|seitdem|depuis qu[e'’]|desde que|sinds|after|nachdem)\s?(?:we|you|i|they|wir|ihr|ich|"
    r"sie|er|on|nous|vous|"
    r"j['’]|you've|we've|i've|he|she|the \w{2,14}|die|der|das)\s?(?:(?:have|had|has|haben|habe|avons|avez|a|"
    r"ai)\s)?(?:the\s|den\s|die\s|das\s)?"
    r"(?:\w{2,16}\s){0,3}?"
    r"(?:updat|upgrad|chang|switch|mov|install|migrat|replac|restart|reboot|new |neue|came in|aktualisiert|umgestellt|"
    r"gewechselt|installiert|umgezogen|mis à jour|changé|installé)\w*"
)
SPAN = re.compile(
    rf"(?<!\w)(?:(?:for|since|seit|depuis|desde hace|hace|da|sinds|al)\s(?:about\s|almost\s|nearly\s|over\s|more "
    rf"than\s|the last\s|the past\s|"
    rf"etwa\s|ca\.?\s|fast\s|rund\s|über\s|gut\s|bald\s|environ\s|plus de\s|près de\s|now\s)?"
    rf"(?:(?:\d{{1,3}}|{moments.NUMBERS})\s(?:{moments.alternatives(moments.UNITS)})\b|days\b|weeks\b|hours\b|"
    rf"ages\b|months\b|tagen\b|wochen\b|stunden\b|"
    rf"des (?:jours|heures|semaines)\b)|(?:\d{{1,3}}|"
    rf"{moments.NUMBERS})\s(?:{moments.alternatives(moments.UNITS)})\sof this\b)"
)
ONSET = re.compile(
    r"(?<!\w)(?:beg[aiu]n|begins|started|starting|has start\w*|first(?! name| of all| class| steps?\b| line| "
    r"floor| thing)|noticed|notice it|appeared|broke|happened|"
    r"occurred|stopped|went (?:down|up|wrong|off)|came up|turned up|showed up|angefangen|begonnen|begann|beginn|"
    r"fing|erstmals|"
    r"zum ersten mal|aufgetreten|trat|tritt|bemerkt|aufgefallen|los(?:gegangen)?|gemeldet|ausgefallen|zuerst|kam|"
    r"commenc\w{1,5}|débuté|apparu\w{0,2}|constaté|remarqué|premi[eè]re? (?:fois|cas|incident|erreur|"
    r"signalement)|survenu\w?|"
    r"relevé|empezó|comenzó|empezado|iniziat[oa]|cominciat[oa]|begonnen|sinds|step in the graph|last one that|"
    r"has been|have been|been like|until now|unsubscribed|loaded|hit in|received|arrived|came|bekam|bekommen|"
    r"erhalten|gekriegt|reçu\w?)(?!\w)"
)
TROUBLE_WORDS = wordset(
    "no not cannot can't can’t won't won’t doesn't doesn’t don't isn't isn’t didn't doesn isn didn don won down "
    "broke broken stuck wrong missing "
    "empty blank white nothing nobody frozen freezes locked dead difficulty trouble fine ok clean right nicht "
    "nichts kein keine keinen keiner weg kaputt tot "
    "abgestürzt hängt gesperrt geht pas plus panne impossible rien aucun aucune error lento niet suspicious "
    "phishing fake bizarre"
)
TROUBLE_STEMS = (
    "error", "fail", "slow", "crash", "hang", "problem", "fehler", "langsam", "funktionier", "erreur", "lent", "bloqu",
    "touché",
        "fout"
    ,
    "verdächtig", "suspect",
)  # fmt: skip
ONSET_WORDS = wordset(
    "began begin begun begins started starting start has have been until first noticed notice appeared broke "
    "happened occurred stopped went came turned "
    "showed angefangen begonnen begann beginn fing erstmals ersten aufgetreten trat tritt bemerkt aufgefallen "
    "los losgegangen gemeldet ausgefallen "
    "zuerst kam commencé commence commencent débuté apparu apparue apparus constaté remarqué première premier "
    "premiers survenu survenue relevé "
    "empezó comenzó empezado iniziato iniziata cominciato cominciata sinds step last unsubscribed loaded hit "
    "received arrived bekam bekommen "
    "erhalten gekriegt reçu reçue"
)
SINCE_WORDS = wordset(
    "since seit seitdem depuis desde sinds dal dalla da partir as from ab goes date dates dating remonte after "
    "following with nach après suite seguito "
    "dopo después na nachdem for hace up until bis jusqu of before"
)
DONE_LEADS = wordset("since seit seitdem depuis desde sinds after nachdem")
"""Words that `SINCE_DONE` begins with."""
SINCE_LEADS = DONE_LEADS | wordset(
    "dal dalla da partir as from ab goes date dates dating remonte following with nach après suite seguito dopo "
    "después na"
)
"""Words that `SINCE_EVENT` begins with."""
TIME_WORDS = (
    frozenset(moments.TODAY)
    | frozenset(moments.WEEKDAY)
    | frozenset(moments.MONTH)
    | frozenset(moments.PARTS)
    | frozenset(
        f"{day}{part}"
        for day in moments.WEEKDAY
        for part in ("morgen", "vormittag", "mittag", "nachmittag", "abend", "nacht")
    )
    | wordset(
        "aujourd week weekend wochenende woche semaine ago il vor hace geleden month monat mois vorgestern "
        "beginning anfang début end ende"
    )
)
UNIT_WORDS = frozenset(moments.UNITS) | {"ages"}
DIGIT = re.compile(r"\d")
WEAK = frozenset(
    {
        "no",
        "not",
        "nicht",
        "pas",
        "plus",
        "fine",
        "ok",
        "right",
        "clean",
        "geht",
        "white",
        "nothing",
        "down",
        "weg",
        "kein",
        "keine",
        "keinen",
    }
)
CLEAR_MONTH = moments.alternatives(
    word for word in moments.MONTH if word not in {"may", "mar", "mars", "march", "mei", "sep", "dec", "jan"}
)
MONTH_SINCE = re.compile(
    rf"(?<!\w)(?:since|from|up to|until|seit|ab|bis|depuis|à partir de|jusqu['’]?(?:en|à)|dal|desde|"
    rf"sinds)\s(?:the\s|early\s|late\s|mid\s|"
    rf"beginning of\s|anfang\s|ende\s|mitte\s|début\s|fin\s|la facture (?:de\s|d['’])|"
    rf"der\s)?(?:{CLEAR_MONTH})\b(?!\s?\d)(?:\s(?:bill|invoice)\b)?"
)
PAST = re.compile(
    rf"(?:{moments.alternatives(word for word, days in moments.TODAY.items() if days <= 0)}|this|last|heute|"
    rf"diesen|letzte|ce|cette|ago|vor|il y a|"
    rf"dernier|passée?|vorige|pasad|scors)(?!\w{{3}})"
)
LONG_AGO = re.compile(r"(?:week|month|woche|monat|mois|semaine)\Z")
DENIED_BEFORE = re.compile(
    r"(?:(?<!\w)(?:by|until|till|bis|spätestens|d['’]ici|avant|before|vor dem|latest|"
    r"(?:invoice|order|bill|letter|contract|offer|email|mail|ticket|receipt|payment|rechnung|bestellung|auftrag|"
    r"vertrag|schreiben|angebot|"
    r"facture|commande|contrat|courrier|devis|mail|lettre|factura|pedido|fattura|ordine|factuur)s?(?: "
    r"\S{1,20})?\s(?:of|from|dated|on|placed|vom|von|du|de|"
    r"del|van)|dated|ordered|bought|purchased|placed|paid|delivered|shipped|bestellt|gekauft|bezahlt|commandé|"
    r"acheté|payé|"
    r"meeting|appointment|termin|besprechung|sitzung|rendez-vous|réunion|audit|inspection|workshop|training|event|"
    r"spoke|called|phoned|rang|wrote|written|telefoniert|angerufen|geschrieben|appelé|écrit|parlé)"
    r"(?:\s(?:on|at|am|le|the|to|with|you|me|us|zu|mit|den|dem|der|um|late|early|in)){0,3}\s*)$"
)
DENIED = re.compile(
    r"(?<!\w)(?:will|please answer|need(?:s|ed)? (?:it|this|them|an answer)|deadline|due|opening hours|open from|"
    r"our hours|öffnungszeiten|geöffnet|"
    r"frist|brauchen?|benötigen?|werden|wird|erwarten|meeting|appointment|auditor|inspector|wages|payroll|"
    r"horaires|ouvert|avons besoin|"
    r"next|tomorrow|übermorgen|demain|nächste\w?|prochaine?|kommende\w?|let me know|call me|get back|reply|"
    r"ordered|bought|bestellt hab\w*|gekauft|commandé|acheté|customer since|client depuis|kunde seit|"
    r"wrote to you|spoke to|talked to|called you|rang you|telefoniert|angerufen)(?!\w)"
)
CUSTOMERS = re.compile(
    r"(?:customers?|clients?|kunden?|with you|bei (?:ihnen|euch)|chez vous|members?|here|fast one|the contract|"
    r"work\w* (?:here|with)|used? (?:it|your))"
    r"[^.]{0,12}$"
)
JOINED = re.compile(
    r"^[\s,(]{0,3}(?:(?:the|at|around|about|approx\.?|roughly|um|gegen|ab|circa|ca\.?|vers|à|a|las|in|in the|on|"
    r"am|le|el|night|morning|evening|afternoon|lunchtime|"
    r"noon|früh|abend|mittag|vormittag|nachmittag|nacht|matin|soir|après-midi|midi|en fin de journée|en début de|"
    r"late|early|of|the|shift|tea time|around lunchtime|"
    r"auf|der|last|letzter|dernier|week|woche|uhr|utc|cet)[\s,]{0,2}){0,5}$"
)
TAIL = re.compile(
    r"(?:\s?(?:uhr|utc|cet|cest|mez|gmt)\b|\s(?:in the )?(?:early |late )?(?:morning|evening|afternoon|night|"
    r"lunchtime|noon|früh|abend|mittag|vormittag|nachmittag|"
    r"nacht|morgen|matin|soir|après-midi|midi|avond|ochtend|tarde|noche|mattina|sera|already|en fin de journée)\b){1,3}"
)
LEAD = re.compile(
    rf"(?:(?<!\w)(?:{SINCE}|on|at|am|le|um|gegen|vers|around|about|early|late|ever)\s(?:about\s|around\s|"
    rf"gegen\s|etwa\s|ca\.\s|the\s|dem\s|early\s|der\s|le\s|[\w-]{{0,20}}\s)?){{1,3}}$"
)
STRONG_SINCE = re.compile(
    r"(?<!\w)(?:(?:since|seit|seitdem|depuis|desde|sinds|à partir d[eu]|up to|until|bis|jusqu['’]?(?:en|à|au)|"
    r"before)(?:\s\S{1,20}){0,3}|"
    r"(?:as of|from|ab)(?:\s(?:the|dem|der|about|early|late))?)\s*$"
)
UNTIL = re.compile(r"(?<!\w)(?:up to|until|till|before|bis|vor|jusqu['’]?(?:en|à|au)|avant)(?:\s\S{1,20}){0,3}\s*$")
WAS_FINE = re.compile(
    r"(?<!\w)(?:fine|ok|okay|clean|right|good|worked|working|in order|all in the order|normal\w*|in ordnung|lief|"
    r"funktionierte|ging|gut|"
    r"juste?|bon|marchait|fonctionnait|correct\w*)(?!\w)"
)
YEAR = re.compile(r"(?:19|20)\d\d$")
FUTURE = frozenset(word for word, days in moments.TODAY.items() if days > 0)

ANCHORS = (
    (
        wordset("since seit seitdem depuis desde sinds weekend wochenende holidays lunchtime utc cet ago hace geleden")
        | frozenset(moments.TODAY)
        | frozenset(
            word for word in (*moments.WEEKDAY, *moments.MONTH) if len(word) > 3 or word in {"nov", "oct", "dec"}
        )
        | frozenset(word for word in TIME_WORDS if len(word) > 9)
    )
    - FUTURE
    - {"mars", "march"}
)
AFTER = wordset("after following from with ab nach nachdem après suite depuis dopo después na dal")
EVENTS = frozenset(re.findall(r"[^\W\d_]{4,}", EVENT)) | frozenset(
    {"bill", "move", "patch", "updated", "changed", "moved", "switched", "installed"}
)
NAMES_EVENT = EVENTS | wordset("new neue neuen neuer neues key app")
"""Words one of which stands in each event; else one that ends as these do."""
EVENT_TAILS = tuple(
    f"{word}{many}"
    for word in (
        "update", "upgrade", "release", "rollout", "maintenance", "migration", "umzug", "umstellung", "wechsel",
        "wartung", "aktualisierung", "neustart", "tausch", "installation", "einführung", "ausfall", "gewitter",
        "urlaub", "ferien",
    )
    for many in ("", "s")
)  # fmt: skip
SPANS = wordset(
    "days hours weeks months tagen wochen stunden jours semaines heures night morning afternoon evening week "
    "matin soir nuit nacht abend früh"
)
AGO = wordset("for ago vor seit depuis il since last past this cette heute")
FIRST = wordset(
    "began begin begun started noticed appeared happened occurred first erstmals aufgetreten angefangen begonnen "
    "commencé apparu constaté premier première "
    "since ab from until bis step"
)
WATCHED = ANCHORS | AFTER | EVENTS | SPANS | AGO | FIRST
"""Every word that has a part in where a beginning may be said."""
