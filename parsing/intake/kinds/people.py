"""The words that say how many people or places something is about, in six languages.

In: nothing. Out: sets of words and patterns over text in small letters. All patterns are bounded: what they repeat is
counted, so none of them can run away over a long text.
"""

from __future__ import annotations

import re

from parsing.intake.kinds import numerals
from parsing.intake.kinds.clauses import wordset
from parsing.intake.kinds.moments import MONTH, UNITS, alternatives

WHO_SET = wordset(
    "people persons person users user colleagues colleague employees employee staff customers customer clients client "
    "patients students pupils teachers teacher members member visitors visitor guests parents families agents "
    "drivers doctors nurses "
    "receptionists secretaries secretary guys girls folks lads technicians engineers developers dentists partners "
    "subscribers recipients workers team teams department departments sites site stores store shops shop "
    "branches branch offices "
    "office locations depots depot warehouses warehouse schools clinics practices tenants tenant workstations "
    "computers "
    "pcs laptops devices terminals tills accounts account seats operators managers assistants accountants volunteers "
    "residents citizens franchisees resellers suppliers merchants endpoints regions countries floor floors crew "
    "kitchen "
    "building plant factory company desk adults adult kids children child men women humans friends others sister "
    "brothers ladies "
    "part-timers trainees apprentices consultants mailboxes dispatchers planners cashiers cooks waiters sellers "
    "readers "
    "mitarbeiter mitarbeitern mitarbeiterinnen kollegen kolleginnen kolleg*innen nutzer nutzern nutzerinnen "
    "benutzer anwender "
    "anwendern leute leuten personen person kunden kundinnen patienten schüler schülerinnen lehrer lehrkräfte "
    "lehrkräften eltern familien "
    "filialen filiale standorte standorten niederlassungen büros büro praxen praxis läden shops geschäfte abteilung "
    "abteilungen betrieb betriebe firma haus belegschaft kollegium mandanten disponenten fahrer ärzte arbeitsplätze "
    "arbeitsplätzen rechner rechnern geräte konto konten postfächer teams mitglieder empfänger gäste "
    "außenstellen lager "
    "kassen schule klassen klasse versandteam büroteam mannschaft kolleg stationen märkte häuser sekretärinnen azubis "
    "personnes personne utilisateurs collègues collègue employés salariés clients client patients élèves professeurs "
    "enseignants magasins magasin agences agence bureaux bureau sites site équipe équipes service services cabinet "
    "médecins secrétaires postes comptes compte destinataires abonnés entreprise société boutiques boutique "
    "atelier école "
    "parents familles adhérents membres chauffeurs visiteurs établissement établissements étage filiales entrepôts "
    "personas usuarios compañeros empleados clientes tiendas oficinas oficina equipo empresa cuentas sucursales "
    "persone utenti colleghi dipendenti clienti negozi uffici ufficio azienda sedi sede "
    "mensen gebruikers collega's medewerkers klanten winkels kantoor kantoren vestigingen afdeling bedrijf accounts"
)
PEOPLE = wordset(
    "people persons person adults adult kids children child men women humans friends others guests guest heads "
    "couples pax "
    "members family personen couples leute erwachsene kinder personnes adultes enfants personas persone mensen "
    "babies baby girls "
    "boys ladies guys individuals seater toddlers infants diners folks colleagues relatives seats"
)
WHOS = alternatives(WHO_SET)
NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|eighteen|nineteen|"
    r"twenty|ein|eine|einer|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|deux|trois|quatre|cinq|"
    r"sept|huit|neuf|dix|dos|tres|cuatro|cinco|"
    r"due|tre|quattro|cinque|sei|twee|drie|vijf|zes|zeven|acht|negen|tien|couple|dozen|\d{1,4})"
)
APPROX = re.compile(
    r"(?:(?<!\w)(?:about|around|approx\.?|approximately|roughly|some|over|more than|at least|up to|nearly|almost|"
    r"only|just|maybe|like|all|"
    r"etwa|rund|circa|ca\.?|ungefähr|über|mindestens|knapp|gut|fast|alle|nur|bis zu|unsere|environ|près de|plus "
    r"de|au moins|quelque|"
    r"presque|une|un|a|an|the|les|die|our|all our|nos|ein|half a|good|unos|unas|circa|ongeveer|zo'n|myself and|"
    r"me and|ich und|moi et)\s){1,3}$"
)
ALL = re.compile(
    r"(?<!\w)(?:"
    r"every(?:one|body)(?: (?:in|at|on|of|from|here|who|with)(?: (?:the|our|my))?(?: [\w-]{2,16}){0,2})?|"
    r"(?:no ?body|no one|not (?:one|a single) (?:person|user|soul|of us))(?! else| (?:answer|pick|repl|call|has "
    r"(?:answered|called|replied)|knows|told|seem))(?: (?:in|at|on|of|from)(?: (?:the|our|my|us))?(?: "
    r"[\w-]{2,16}){0,2})?|"
    rf"(?:all|every single|both|each|every one)(?: of)?(?: the| our| my| your| of our| those| these)?(?: "
    rf"other)?(?: [\w-]{{2,14}})?(?: [\w-]{{2,14}})? (?:{WHOS})\b(?: and (?:the |our )?(?:{WHOS})\b)?|"
    r"all (?:of us|of them|\w{3,9} of us|of our \w{3,16})|"
    rf"(?:the|our) (?:whole|entire|complete|full)(?: [\w-]{{2,16}}){{0,2}} (?:{WHOS}|group|place|family|place|"
    rf"hospital|hotel|site|class|unit|division|household|half)\b|"
    rf"(?:a few|several|many|dozens of|hundreds of|most of|some of|a number of|mehrere|einige|viele|die meisten|"
    rf"plusieurs|la plupart d\w{{1,2}}|quelques|varios|diversi|meerdere)"
    rf"(?: of)?(?: our| my| the| unserer| unsere| nos| mes)? (?:{WHOS})\b|"
    r"(?:only|just|it is|it's|merely) (?:me|myself|us|our \w{3,14}(?: \w{3,14})?|my \w{3,12})\b(?! know)|me only|"
    r"me alone|(?:just|only) be (?:me|us)|just for (?:me|us)|(?:my|our) (?:[\w-]{2,12} )?account (?:only|alone)|"
    r"(?:nobody|no one) else (?:is|has|was|can|uses|had|does|in|at)|i alone|(?:i'm|i am) the only|"
    r"company[- ]wide|office[- ]wide|site[- ]wide|"
    r"(?:alle|sämtliche|jeder|beide|allen|sämtlichen|beiden|die beiden)(?: (?:unsere|unserer|unseren|meine|der|"
    r"die))?(?: [\w-]{2,14})??"
    rf" (?:{WHOS}|[\w-]{{0,16}}(?:kräfte|innen|arbeiter|partner|kollegen|filialen|kunden|team|teams|shops|"
    rf"konten|stationen|nutzer|leute))\b|alle (?:bei uns|hier|im haus|im büro|anderen|in der|im)|"
    r"(?:(?:der|die|das|den|dem|unser|unsere|mein|meine) )?"
    rf"(?:ganze|gesamte|komplette|ganzen|gesamten|kompletten)[nrs]? (?:[\w-]{{0,16}}(?:{WHOS}|abteilung|"
    rf"zentrale|verein|gruppe|stock|etage)|\d\w{{1,2}})\b|"
    r"niemand(?! sonst| geantwortet| erreichbar| antwortet)(?: (?:im|in der|in|auf|von|bei|aus)(?: "
    r"\w{2,14}){1,2})?|keiner (?:von uns|der|im|in|bei|kann|kommt)(?: \w{2,14})?|sonst niemand|"
    r"(?:nur|bloß|lediglich|allein|ausschließlich) (?:ich|mich|mir|bei mir|uns|wir|mein \w{3,12}|meine \w{3,14}|"
    r"unser \w{3,12}|unsere \w{3,14}|ein \w{3,14}|eine \w{3,14})|wir alle|uns alle|uns allen|"
    r"tout le monde|nous tous|"
    rf"(?:tou(?:s|tes) (?:les|nos|mes)|toute? (?:le |la |l['’]|notre |mon |ma ))\s?(?:\d+ |deux |trois |quatre |"
    rf"cinq |six |autres |\w{{3,10}} )?(?:{WHOS})\b|"
    r"(?:l['’]ensemble d\w{1,3}|la totalité d\w{1,3}) (?:\w{2,16} )?\w{3,16}|"
    r"(?:ne )?(?:que|qu['’]) ?moi|moi seule?|seulement (?:moi|nous|mon \w{3,12})|uniquement (?:moi|nous|mon "
    r"\w{3,12})|je suis (?:la |le )?seule?|personne (?:ne|n['’]|au|à|dans|chez)(?! répond| me répond)(?: "
    r"\w{2,14})?|"
    r"aucun(?:e)? (?:de nos|collègue|client|utilisateur|poste)\w*(?: \w{3,16})?|"
    r"todos(?: (?:los|nosotros|nuestros))?(?: \w{3,16})?|toda la \w{3,14}|nadie (?:en|puede)|solo yo|sólo yo|"
    r"tutti(?: (?:i|gli|noi|nostri))?(?: \w{3,16})?|tutto (?:il|l['’])\s?\w{3,14}|nessuno (?:in|può)|solo io|"
    r"iedereen|alleen ik|(?:het|de) hele (?:bedrijf|kantoor|afdeling|team|winkel|school|zaak)|wij allemaal"
    r")(?!\w)"
)
NOT_ALL = re.compile(
    r"(?:everyone|everybody|all|the whole|the entire|tous|tout|alle|die ganze|das ganze|der ganze|toute|todos|"
    r"tutti)\s(?:the\s|of the\s|le\s|la\s|den\s)?"
    r"(?:time|day|days|week|morning|thing|page|site|file|files|night|process|story|year|month|way|best|data|"
    r"orders?|invoices?|items?|amount|"
    r"zeit|tag|tage|seite|sache|woche|mal|morgen|vormittag|daten|rechnung|betrag|bestellung|vorgang|paket|"
    r"jours?|temps|matin|page|facture|semaine|montant|fichier|commande|cas|suite|fait|lot|it|that|this|screen|"
    r"list|lists|label|labels|text|column|"
    r"spuk|datei|liste|spalte|bildschirm|export|import|else|done|gone|greys?|same|right|wrong|well|good|over|"
    r"fine|words?|went|was|is)"
)
WE = re.compile(
    r"(?<![\w.,:])(?:"
    rf"(?:the |us |just |only |all )?(?P<n>{NUMBER_WORD}) of (?:us\b|(?:our|my|the) (?:[\w-]{{2,14}} "
    rf"){{0,2}}(?:{WHOS})\b)|(?:there will be|we will be|we'll be|we are|we're|we were|there are only|there's|"
    rf"there are|nous sommes|nous étions|wir sind|somos|siamo|we zijn|they are|it's only|it is) (?:only |just |"
    rf"about |around |now |nur |zu |à |en )?(?P<m>{NUMBER_WORD})\b(?![:.,]\d)(?! (?:{alternatives(UNITS)}|hours|"
    rf"o['’]?clock|euro|eur|percent|years?|jahre|ans|km|times|mal|fois|of the|more|weeks?))|"
    rf"(?:wir|uns|euch|nous|us|noi|wij|nosotros) (?P<k>\d{{1,3}}|zwei|beide|beiden|drei|vier|fünf|sechs|deux|"
    rf"trois|quatre|cinq|two|three|four|both|tutti e due|twee|drie|dos|tres)\b|"
    r"(?:tous les deux|zu zweit|zu dritt|à deux)"
    r")"
)
KIN = (
    r"(?:wife|husband|mom|mum|mother|dad|father|parents|sister|sisters|brother|brothers|son|sons|daughter|"
    r"daughters|girlfriend|boyfriend|partner|"
    r"friend|friends|colleague|colleagues|kid|kids|child|children|family|boss|team|coworker|coworkers|aunt|uncle|"
    r"cousin|nephew|niece|date|baby|others?|"
    r"guests?|grandma|grandpa|grandparents|grandmother|grandfather|fiance|fiancee|fiancé|assistant|secretary|"
    r"secretaries|accountant|apprentice|part-timers?|girls|lads|"
    r"kollegin|kollege|kollegen|kolleginnen|chef|chefin|frau|mann|azubi|mitarbeiterin|mitarbeiter|sekretärin|"
    r"collègue|collègues|mari|femme|associée?|assistante?|compañer[oa]|collega|"
    r"couple|people|adults?|person|persons|users?|relatives|buddy|buddies|in-laws?|customers|clients|men|women|"
    r"lady friend)"
)
MEMBER = (
    rf"(?:(?:me|myself|i|ich|mich|mir|moi|yo|io|ik)|(?:(?:my|our|the|her|his|their|a|an|meine?n?r?|ma|mon|mes|"
    rf"unser\w{{0,2}}|both my|mi|mia|mio|mijn) ){{0,2}}(?:{NUMBER_WORD} )?(?:of my |lady |other |more |young |"
    rf"small |little )?{KIN}(?:'s? (?:mother|father|sister|brother|parents|kids?))?)"
)
ENUMERATION = re.compile(
    rf"(?<!\w)(?:with |just |only )?{MEMBER}(?:(?:,? and |,? plus |,? und |,? et |, | & | y | e | en |,? with "
    rf"){MEMBER}(?!\w)){{1,6}}"
)
ME = re.compile(r"(?<!\w)(?:me|myself|i|ich|mich|mir|moi|yo|io|ik|my|our|meine?n?|ma|mon|mes)(?!\w)")
SOMEBODY = re.compile(KIN)
LINK = re.compile(r"(?<!\w)(?:and|und|et|plus|y|e|en|with)(?!\w)|&")
SPREAD = re.compile(r"\d{1,5}\s?(?:-|–|to|bis|à|or|oder|ou)\s?$")
WITH = re.compile(rf"(?<!\w)(?:with|bring\w*|along with) (?:my |me )?(?P<n>{NUMBER_WORD}) (?:other |more )?{KIN}\b")
TOKEN = re.compile(r"[^\W\d_]+(?:['’*-][^\W\d_]+)*|\d[\d.,'’]*\d|\d|[^\s\w]")
UNIT = (
    frozenset(UNITS)
    | frozenset(MONTH)
    | wordset(
        "second seconds sec secs sekunden secondes ms percent per cent prozent euro euros eur dollars dollar "
        "pounds gbp usd chf "
        "gb mb kb mbit km cm kg am pm uhr h o'clock oclock clock times mal fois time degrees years year jahre "
        "jahren ans st nd rd th "
        "stars star items item courses course invoices orders rechnungen bestellungen factures star hrs hr"
    )
    - {"may", "mar", "mars", "march"}
)
NUMBERED = wordset(
    "room floor step page line version v order invoice ticket number no nr nummer zimmer raum etage stock seite "
    "zeile punkt rechnung bestellung "
    "salle chambre numéro étape facture commande windows office street road iphone android server build phone tel "
    "ext extension clause gate level line code error http port track unit kundennummer at before after until "
    "till since by past um gegen "
    "vers article section chapter day article bus tram under rating than outlook # @ $ € £ : / ."
)
GLUE = wordset(
    "of our the my your those these other different new people's von unserer unseren unsere der den meiner "
    "meinen de nos des les mes vos "
    "du franchise customer staff user web local small further more affected active young di nostri van onze de "
    "employee sales office support "
    "customer-service field remote retail professional external internal client business private saturday "
    "affected betroffene betroffenen"
)
SAY_ALL = wordset(
    "everyone everybody nobody whole entire ganze ganzen gesamte gesamten komplette kompletten niemand keiner "
    "sämtliche sämtlichen "
    "monde toda nadie tutti nessuno iedereen alleen hele wide"
)
PRONOUNS = wordset("us we me myself wir uns mich ich nous moi account konto")
BESIDE = (
    numerals.WORDS - wordset("a an un une ein eine een uno una")
    | wordset(
        "all every both each only just alone nur bloß lediglich alle allen sämtliche jeder beide beiden tous "
        "toutes tout toute uniquement seul "
        "seule seulement que aucun todos few several many dozens hundreds most number mehrere einige viele "
        "meisten plusieurs plupart quelques not no it's "
        "single merely complete full"
    )
    - frozenset({"en", "one", "just", "only", "not", "no"})
    | {"hundred"}
)
ALONE = (
    wordset("only just alone nur bloß lediglich seul seule seulement uniquement merely") | numerals.WORDS
) - wordset("a an un une ein eine een uno una en one")
WE_ARE = (
    "we are ",
    "we're ",
    "there are only ",
    "they are ",
    "wir sind ",
    "sind wir ",
    "nous sommes ",
    "all of us",
    "all of them",
)
KIN_WORDS = frozenset(re.findall(r"[^\W\d_]{3,}", KIN)) - WHO_SET - {"date", "others"} | {
    "others",
    "colleague",
    "kollegin",
}
LISTING = wordset("and und et y e plus en with")
MINE = wordset("me myself i ich mich mir moi yo io ik my our meine mein meinen ma mon mes")
WATCHED = WHO_SET | PRONOUNS | KIN_WORDS | BESIDE | ALONE | MINE
"""Every word that has a part in where it may be said how many."""
NUMBERING = numerals.WORDS | {"both"}
PLAIN_NUMBERING = frozenset(word for word in NUMBERING if not numerals.is_one(word))
STAFF = ("kräfte", "innen", "mitarbeiter", "kollegen", "filialen", "ologists")
"""What words for people end with."""
NAMED = WHO_SET | PEOPLE
WE_WORDS = wordset("of we there wir nous somos siamo they it uns euch us noi wij nosotros tous zu à be tutti")
"""Words one of which stands in `WE`."""
CONNECTED = numerals.WORDS | {"and", "und", "et"}
QUANTITY = SAY_ALL | BESIDE | wordset("just only not no it merely personne company office site i'm")
MOSTLY = frozenset(
    {"account", "accounts", "team", "office", "company", "customer", "client", "service", "services", "person"}
)
