"""Absence notes that no header names: what a subject and a text say in two dozen languages.

In: the lower-case subject, the lower-case beginning of the text. Out: whether the subject is the label of a machine,
and whether the text is an absence note and nothing else. Must never take a person who writes about an absence for a
machine: the words of absence alone decide nothing, a text must be made of an absence note's sentences (until when, who
helps meanwhile, that the mail is answered later) and hold hardly any other.
"""

from __future__ import annotations

import re
from enum import Enum

from parsing.machines.robots import any_of, names

_READ = 1_500  # characters; an absence note is short, and its first sentences say what it is
_SENTENCES = 30
_TITLE = 300


class Label(Enum):
    """What a subject announces as a machine would: at its start before a colon or its end, or bracketed at the end.

    Only machines write a NOTE; ABSENCE are words that people put there too.
    """

    NOTE = "note"
    ABSENCE = "absence"
    AUTOMATIC = "automatic"


_AUTOMATIC = r"""
    auto(?:matic|mated)?[- ]?(?:re(?:ply|sponse|sponder)|answer|acknowledge?ment)
    automatische (?:antwort|beantwoording)
    automatische (?:empfangs|eingangs)bestätigung  automati(?:sch antwoord|sche reactie|c reaction)  réponse automatique
    respuesta autom[áa]tica  risposta automatica  resposta autom[áàa]tica  automatiskt? svar  autosvar
    automaattinen vastaus  autom(?:atyczna)? odpowied[źz]  odpowied[źz] automatyczna  automatick[áa] odpov[eě][ďd]
    automatick[áa] odpoveď  automatikus v[áa]lasz  r[ăa]spuns automat  otomatik yan[ıi]t  автоматический ответ
    автоответ
    автоматична відповідь  автоматичен отговор  αυτόματη απάντηση  automatski odgovor  samodejni odgovor
    automaatvastus  automātiska atbilde  automatinis atsakymas  תשובה אוטומטית  رد تلقائي  自動(?:返信|応答|回覆)
    自动(?:回复|答复)  자동 ?(?:회신|응답)  trả lời tự động  balasan otomatis  ตอบกลับอัตโนมัติ
    autoreply  autoresponder  auto
"""
_NOTE = r"""
    out[- ]of[- ](?:the[- ])?office(?: (?:auto[- ]?)?(?:reply|response|message|notification|notice|assistant))?  ooo
    oof
    vacation (?:message|reply|response|notice|auto-?reply)  away from (?:my|the) (?:office|desk|mail|e-?mail)
    i(?:['’]m| am) out of (?:the )?office  absence (?:notification|notice)  (?:i(?:['’]m| am) )?(?:currently )?away
    abwesenheits(?:notiz|meldung|mitteilung|nachricht|benachrichtigung|assistent)
    urlaubs(?:abwesenheit|notiz|meldung)
    (?:ich )?(?:bin )?(?:derzeit )?nicht im (?:büro|haus|hause)
    (?:message d['’])?absen(?:ce|te?) (?:du|de mon) bureau
    (?:message|réponse|notification|avis) d['’]absence  fuera de (?:la )?oficina  ausente de la oficina
    mensaje de ausencia  fuori (?:sede|ufficio|dall['’]ufficio)  assen(?:te|za) dall['’]ufficio  risposta fuori sede
    afwezigheids(?:bericht|melding)  niet (?:aanwezig|op kantoor)  fora do escrit[óo]rio
    ausência (?:temporária|do escritório)  poza biurem  nieobecno[śs][ćc] w biurze  frånvaromeddelande
    inte på kontoret  ikke på kontoret  fraværs(?:melding|besked|meddelelse)  poissa toimistolta
    poissaolo(?:ilmoitus|viesti)  mimo kancelář  nepřítomn\w{1,5} v kanceláři  mimo kanceláriu  házon kívül
    absent din birou  în afara biroului  ofis(?:in)? dışında(?:yım)?  вне офиса  нет на работе  поза офісом
    εκτός γραφείου  不在(?:通知|のお知らせ|連絡)  休暇(?:中)?のお知らせ  休假通知  不在办公室  不在辦公室
    부재 ?중(?: 알림)?
"""
_ABSENCE = r"""
    (?:i(?:['’]m| am) )?(?:currently )?(?:on|away on) (?:vacation|annual leave|holidays?|parental leave|maternity
    leave)
    abwesenheit  abwesend  (?:bin |ich bin )?(?:im|in) urlaub  urlaubsvertretung  (?:je suis )?en congés?  absence
    (?:je suis )?absente?  (?:estoy )?de vacaciones  ausencia  (?:sono )?in ferie  afwezig(?:heid)?
    (?:met|op) vakantie  ausência  (?:estou )?de férias  em férias  nieobecno[śs][ćc]  (?:jestem )?na urlopie
    frånvaro  frånvarande  (?:på )?semester  fravær(?:ende)?  (?:på |har )?ferie  poissa  poissaolo  (?:olen )?lomalla
    nepřítomn\w{1,5}  (?:jsem )?na dovolené  szabadságon(?: vagyok)?  távollét  în concediu
    (?:yıllık )?izinde(?:yim)?
    (?:я )?в отпуске  отсутствие  (?:я )?у відпустці  відсутність  (?:σε )?άδεια  απουσία  不在  外出(?:中)?
    休暇(?:中)?
    休假  휴가(?: 중)?
"""
_MARKS = r"(?:(?:re|aw|sv|vs|odp|antw|rv|tr|ynt|回复|答复|返信)\s?[:：]\s?){0,2}"
_AFTER = (
    r"\s{0,3}(?:[\])】）]\s{0,3})?(?:$|[:：(（.,;/|–—]|- |from\b|until\b|till\b|bis\b|vom\b|ab\b|jusqu|du\b|hasta\b|"
    r"fino\b|tot\b|t/m\b|até\b|do\b|till\b|til\b|\d)"
)


def _labels(block: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = any_of(block).pattern
    return (
        re.compile(rf"\s{{0,3}}{_MARKS}[\[(【（]?(?:{words}){_AFTER}"),
        re.compile(rf"[\[(【（](?:{words})[\])】）]$"),
    )


_LABELS = ((Label.NOTE, _labels(_NOTE)), (Label.ABSENCE, _labels(_ABSENCE)), (Label.AUTOMATIC, _labels(_AUTOMATIC)))
_HINT = any_of(r"""
    out[- ]of[- ](?:the[- ])?office  \b(?:ooo|oof)\b  on (?:vacation|annual leave|holiday|leave)  vacation
    \bholidays?\b  \baway\b
    abwesen  urlaub  nicht im (?:büro|haus)  absen[ct]  congés?\b  vacances  ausen[ct]  vacaciones  oficina  in ferie
    fuori  assen[tz]  afwezig  vakantie  verlof  férias  escrit[óo]rio  ausência  poza biurem  urlop  nieobecn
    frånvar
    semester  kontoret  fravær  ferie  loma  poissa  dovolen  kancel  nepřítom  szabadság  házon  távol  concediu
    birou  izin  ofis  отпуск  офис  отсутств  відпуст  офіс  відсутн  άδεια  γραφεί  απουσ  不在  休暇  出張  休假
    外出
    度假  휴가  부재  출장
""")

# The words that a text must have before any pattern is run over it.
_GATE = frozenset(names("""
    closed conference training betriebsferien betriebsurlaub geschlossen fermé fermée fermés cerrado cerrados chiuso
    chiusi encerrado encerrados gesloten nieczynne office office. vacation vacation. holiday holidays leave leave.
    away ooo absent absence traveling travelling
    unavailable büro buero urlaub abwesend haus hause elternzeit dienstreise erreichbar absente bureau congé congés
    vacances déplacement oficina vacaciones ausente fuera viaje ufficio ferie assente vacanza trasferta sede kantoor
    vakantie afwezig verlof aanwezig escritório escritorio férias biurze biurem urlopie urlop nieobecny nieobecna
    kontoret semester ledig tjänstledig föräldraledig frånvarande borta fraværende bortreist permisjon barsel orlov
    reise lomalla poissa toimistolla toimistolta vapaalla vuosilomalla matkoilla dovolené dovolenou dovolenke
    nepřítomen
    nepřítomna neprítomný kancelář kanceláři kanceláriu kancelárii szabadságon kívül távol irodában irodámban concediu
    birou biroului birou. ofiste ofis izinde izindeyim dışında dışındayım tatilde tatildeyim отпуске офиса офисе
    отсутствую отсутствовать отсутствует командировке месте відпустці офісом офісі відсутній відсутня відрядженні
    отпуск
    άδεια γραφείου γραφείο απουσιάζω λείπω odmoru ureda kancelarije dopustu odsoten odsotna puhkusel atvaļinājumā
    atostogauju atostogose בחופשה למשרד במשרד إجازة المكتب cuti
"""))  # fmt: skip
_GATE_UNSPACED = (
    "不在",
    "休暇",
    "休業",
    "お休み",
    "外出",
    "出張",
    "休假",
    "度假",
    "出差",
    "年假",
    "부재",
    "휴가",
    "출장",
    "자리를",
)

_AWAY = any_of(r"""
    out[- ]of[- ](?:the[- ]|my )?office  away from (?:my|the) (?:office|desk|computer|mail|e-?mail)  not in the office
    (?:i['’]?m|i am|i['’]ll be|i will be|we are|is|currently|presently) (?:currently |now )?(?:away|out\b|travell?ing)
    on (?:\w{1,12} )?(?:vacation|holidays?|leave|pto)\b  (?:am|be) (?:currently )?unavailable
    offices? (?:is|are|will be) closed  (?:at|attending|in) a (?:conference|fair|trade show|training)
    betriebsferien  betriebsurlaub  geschlossen  fermée?s?\b  cerrad[oa]s?  chius[oaie]\b  encerrad[oa]s?  gesloten
    nieczynn
    (?:am|be) (?:away|travell?ing)
    nicht im (?:büro|buero|haus|hause|dienst)  (?:außer|ausser) haus  \b(?:im|in) (?:\w{1,12}[- ]?)?urlaub  abwesend
    in elternzeit  auf (?:dienst|geschäfts)reise  nicht (?:persönlich )?erreichbar
    absente? (?:du|de|jusqu|à|pour|d')  en congés?  en vacances  (?:suis|serai) (?:actuellement )?absente?
    hors du bureau  en déplacement  en arrêt
    no (?:me encuentro|estoy|estaré) en la oficina  fuera de (?:la |mi )?oficina  de vacaciones
    (?:estoy|estaré|encuentro|encontraré) (?:\w{1,14} )?(?:ausente|fuera|de)
    ausente  fuori (?:sede|ufficio|dall['’]ufficio)  in ferie
    (?:sono|sarò) (?:\w{1,14} )?(?:assente|in vacanza|fuori)
    assente  in vacanza  in trasferta
    niet (?:op|aanwezig op) (?:het )?kantoor  (?:met|op) vakantie  afwezig  met verlof  niet aanwezig
    fora do escrit[óo]rio  (?:de|em) férias  (?:estou|estarei|encontro-me) (?:\w{1,14} )?(?:ausente|fora|de licença)
    poza biurem  na urlopie  nieobecn[ya]  nie ma mnie w biurze
    (?:inte|ej) på kontoret  (?:på|har) semester  ledig\b  är (?:\w{1,14} ){0,2}(?:borta|frånvarande)
    ikke (?:til stede )?på kontoret  (?:på|har|holder|tar|avvikler|avholder) ferie  fraværende  bortreist  i permisjon
    på (?:barsel|orlov|reise)  er (?:\w{1,14} )?borte  lomalla  poissa  vuosilomalla  vapaalla  matkoilla
    en ole (?:toimistolla|paikalla)  na dovolené  na dovolenke  mimo kancel  nepřítom  neprítom  čerpám dovolen
    szabadságon  házon kívül  irodán kívül  nem vagyok (?:az )?irod  távol (?:vagyok|leszek)
    [îi]n concediu  nu (?:sunt|voi fi) (?:la|în) birou  absent\w? (?:din|de la) birou  [îi]n afara biroului
    ofis(?:in|imin)? dışında  ofiste (?:değil|olma|bulunm)  izinde  tatilde
    в отпуске  вне офиса  отсутству  отсутствовать  в командировке  не в офисе  нет на месте  в отпуск\b
    у відпустці  поза офісом  відсутн  не в офісі  у відрядженні
    εκτός γραφείου  (?:σε|με) άδεια  απουσιάζω  θα λείπω  στο γραφείο
    na godišnjem odmoru  izvan ureda  van kancelarije  na dopustu  odsot(?:en|na)  puhkusel  atvaļinājumā  atostog
    בחופשה  מחוץ למשרד  לא במשרד  إجازة  خارج المكتب  sedang cuti
    不在  休暇  お休みを  外出  出張  休業  休假  度假  出差  年假  부재  휴가  출장  자리를 비
""")
_UNTIL = any_of(r"""
    \d\.? ?[-–—~] ?\d{1,2}  w dniach  \bpo \d  戻り次第  終日  本日は  明日
    \buntil\b  \btill\b  \bthrough\b  \bback (?:on|in|at)\b  \breturn(?:ing)?\b  \bfrom \d  \bbetween\b
    \bbis\b  \bwieder\b  \bzurück\b  \bvom \d  \bab (?:dem|montag|\d)
    jusqu  de retour  à partir du  \bdu \d  \bhasta\b  regres  vuel(?:vo|ta)  volver  \bdel \d  fino a(?:l|d)?\b
    rientr
    torner
    \bdal \d  tot en met  \bt/m\b  \btot \d  \bterug\b  \bweer\b  \bvanaf\b  \baté\b  retorn  \bvolt(?:o|arei)\b
    \bdo (?:dnia )?\d  wr(?:acam|ócę)  powr(?:ot|oc)  \bod \d  till och med  t\.?o\.?m  tillbaka  \båter\b
    til og med  tilba[gk]e  frem til  indtil  \basti\b  saakka  palaan  takaisin  vrátím  \bzpět\b  návrat
    \bdo (?:\w{1,9} )?\d
    -ig\b  vissza  között  \d-[áéaeőö]n?\b  p[âa]n[ăa]  revin  [îi]ntor[cs]  kadar  aras[ıi]nda  dön[eü]
    \b(?:до|по|с|з) \d  верн[уё]  возвращ  поверн  έως  μέχρι  επιστρ  まで  から  より  至  到  返回  回来  回來
    期间  期間
    까지  부터  복귀  עד  حتى  povratk  vrnitv
""")
_LATER = any_of(r"""
    delayed (?:response|reply)  slow to (?:respond|reply)  as soon as possible
    (?:up)?on my return  when i (?:return|get back|am back)  when i['’]m back  once i (?:return|am back)  as soon as i
    (?:will|shall|['’]ll) (?:reply|respond|answer|get back|read|attend|deal)  nach meiner rückkehr  sobald ich
    melde mich  (?:be)?antworte[nt]?\b  (?:à|dès) (?:mon|notre) retour  répondr(?:ai|ons)  a mi (?:regreso|vuelta)
    respond(?:er|eré)
    contestar  al (?:mio )?rientro  risponder  (?:bij|na) (?:mijn )?terugkom  na (?:mijn )?terugkeer  beantwoord
    reageer
    no meu re(?:gresso|torno)  quando (?:regressar|voltar|retornar)  responderei  po powrocie  odpowiem  odpiszę
    när jag är (?:tillbaka|åter)  svarar  återkomm  når jeg er tilba[gk]e  svarer  vender tilba[gk]e  besvare
    vastaan  palattuani  po (?:\w{1,6} )?návrat[ue]  odpovím  ozvu  odpoviem  válaszol  visszatér
    la (?:\w{1,8} )?(?:[îi]ntoarcere|revenire)
    voi răspunde  dönüş  yanıtla  cevapla  после возвращения  по возвращении  отвечу  після повернення  відповім
    επιστροφή μου  απαντήσω  ご連絡(?:いた|差し上|させ)  返信  返事  回答  対応(?:いた|させ)  回复  回覆  答复  회신
    답변  답장
""")
_URGENT = any_of(r"""
    (?:during|throughout) my absence  (?:is|are) covering  an meine (?:kollegin|vertretung)  an meinen kollegen
    (?:während|in) meiner abwesenheit  (?:pendant|durant) (?:mon absence|cette période)
    durante mi ausencia
    durante la mia assenza  durante a minha ausência  tijdens mijn afwezigheid  terecht bij  under min frånvaro
    under mit fravær  mens jeg er borte  poissaoloni aikana  během mé nepřítomnosti
    (?:in|for|with) (?:\w{1,12} ){0,2}urgent  urgent (?:matter|case|issue|request|enquir|inquir|question|assist|quer)
    (?:if|when|should)\b.{0,40}\burgent  emergenc  immediate (?:assistance|attention|help)  in my absence
    in the meantime
    time[- ]sensitive
    dringende[nr] (?:fäll|fall|angelegenheit|anliegen|frage|anfrage)  (?:ist|sein) (?:es )?dringend  dringend ist
    eilige  notf[aä]ll  meine[r]? (?:vertretung|abwesenheit)  vertritt mich  en cas d['’]urgence  urgences?\b
    en mon absence  si (?:c['’]est )?urgent  caso de (?:urgencia|emergencia)
    (?:asunto|caso|tema|cuestion)\w{0,2} urgente
    urgencias  si es urgente  en mi ausencia  caso di urgenz  urgenze  (?:question|cas|comunicazion)i urgenti
    in mia assenza  dringende  spoed  caso de urg[êe]n  (?:assunto|caso|quest)\w{0,3} urgente  para urgências
    na minha ausência  pilnych  nagłych  pilne sprawy  mojej nieobecności  brådskande  akuta? ärende  \bakut\b
    hastesag
    haster det  det haster  presserende  hastende  kiireelli  kiireisi  naléhav  urgentní  neodkladn  naliehav  súrn
    sürgős  (?:pentru|[îi]n) (?:\w{1,10} )?urgen  urgente  acil (?:durum|konu|iş)  срочны[мх]  экстренн
    мое отсутствие
    термінов\w{1,4}  нагальн  επείγο  περίπτωση ανάγκης  お急ぎ  緊急  急ぎの  紧急  急事  급한  긴급
""")
_THANKS = any_of(r"""
    thank(?:s| you) (?:very much |so much )?for (?:your (?:e-?mail|mail|message|note|inquiry|enquiry|interest)|contact)
    thank(?:s| you) for (?:getting|writing|reaching)
    thank you for e-?mail
    danke? für (?:ihre|deine|die|eure)  merci (?:de|pour) (?:votre|vos) (?:message|e-?mail|mail|courri)
    merci d['’]avoir  reçu votre
    gracias por (?:(?:su|tu) (?:mensaje|correo|e-?mail|mail)|contact|escrib)
    grazie per (?:la (?:sua|tua|vostra) (?:mail|e-?mail)|il (?:suo|tuo|vostro) mess|aver)
    (?:dank|bedankt) voor (?:uw|je|jouw|het)  obrigad[oa] (?:pel[oa]|por)  agradeço
    dziękuj(?:ę|emy) za  tack för  takk? for  kiitos (?:viesti|sähköposti|yhteydenot)  děkuj(?:i|eme) za  ďakujem
    köszönöm
    mul[țt]ume(?:sc|m)  için teşekkür  (?:спасибо|благодар\w{1,3}) (?:вас |вам )?за  дякую за  ευχαριστ
    (?:メール|連絡|問い合わせ).{0,14}ありがとう  (?:感谢|感謝|謝謝|谢谢)(?:您|你)  메일.{0,10}감사  연락.{0,10}감사
""")
_ACCESS = any_of(r"""
    (?:limited|no|intermittent|sporadic|restricted|irregular|infrequent|occasional) (?:\w{1,12} )?access
    not (?:be )?(?:checking|reading|monitor)  (?:not|nor) be forwarded  not (?:being )?forwarded
    (?:nicht|keine) (?:\w{1,14} )?(?:weitergeleitet|gelesen|bearbeitet)  nicht erreichbar  kein(?:en)? zugriff
    eingeschränkt
    unregelmäßig
    accès (?:limité|restreint)  pas accès  pas (?:\w{1,8} )?(?:transféré|transmis|lu\b)
    acceso (?:limitado|restringido)
    (?:sin|tendré|tengo) acceso  reenviad  accesso (?:limitato|saltuario)  (?:avrò|ho) accesso  inoltrat
    beperkt (?:toegang|bereikbaar)  (?:niet|wordt) (?:gelezen|doorgestuurd)  geen toegang
    acesso (?:limitado|restrito)
    sem acesso  encaminhad  ograniczony dostęp  przekazan  dostępu do  begränsad  läs(?:er|es) inte  vidarebeford
    begr[æe]nset (?:adgang|tilgang)  l[æe]ser ikke  videresend  blir ikke lest  bliver ikke læst  en lue  välitetä
    rajoitetusti  en pääse  omezený přístup  přeposíl  přístup k  ne(?:mám|budu mít) p[řr][íi]stup  bez p[řr]ístupu
    korlátozott  nem (?:olvasom|továbbít|férek|érem)
    acces (?:limitat|la e)  sınırlı  erişim  ограничен  нет доступа  переадрес  перенаправ  пересыла  обмежен  доступу
    πρόσβαση  προωθ  確認(?:が)?でき  メールを(?:確認|拝見)  転送  无法及时  無法及時  不便  不能及时  확인
""")
_SAYS_AUTOMATIC = any_of(r"""
    automat  autom[áà]t  auto-?reply  autorespon  automaatti  otomatik  автомат  αυτόμ  自動  自动  자동  אוטומט
    تلقائي
""")
_NEUTRAL = any_of(r"""
    contact  kontakt  wenden sie  erreichen sie  call\b  phone  anrufen  adresser  appel  \bllam  diríj  dirig  rivolg
    chiam  \bneem  bel(?:len)?\b  ligar  contat  vänd  \bring(?:a|e|er)?\b  ota yhteyt  obraťte  obráťte  fordul
    \bhív  suna[țt]
    arayabil
    ulaş  iletişim  обращ  обрат  связ  звон  зверн  звʼяз  зв'яз  επικοιν  απευθ  連絡  联系  聯繫  聯絡  연락  문의
    understanding  verständnis  compréhension  comprensi  begrip  compreens  zrozumie  förstå  forstå  ymmärr  pochop
    sorry  apolog  inconvenien  entschuldig  excus  disculp  scus  desculp  przeprasz  omluv  elnézést  scuz  извин
    вибач
    wish|wünsche|souhait|お手数|ご了承|よろしく|申し訳|谅解|諒解|谢谢|謝謝|양해|불편
""")
_CLOSING = any_of(r"""
    ^(?:(?:with )?(?:best|kind|kindest|warm|many) )?(?:regards|wishes|thanks)\b
    ^(?:yours|sincerely|cheers|thank you[,.]?$)
    ^mit (?:freundlich|besten|lieben)  ^(?:freundliche|viele|beste|liebe|schöne) gr(?:ü|ue)(?:ß|ss)  ^(?:mfg|vg|lg)\b
    ^(?:bien )?cordialement  ^bien à vous  ^salutations  ^(?:un )?(?:cordial )?saludos?\b  ^atentamente
    ^(?:cordiali|distinti|un cordiale) salut  ^met (?:vriendelijke|hartelijke)  ^(?:vriendelijke )?groet
    ^aten[cs]iosamente  ^(?:com os )?(?:melhores )?cumprimentos  ^abraço  ^pozdrawiam  ^z (?:poważaniem|wyrazami)
    ^(?:med )?vänlig  ^hälsning  ^(?:med )?ven+lig  ^mvh\b  ^hilsen  ^ystävällisin  ^terveisin
    ^s (?:pozdravem|pozdravom|úctou)
    ^üdvözlettel  ^tisztelettel  ^cu (?:stimă|respect)  ^saygıl  ^iyi (?:çalış|günler)  ^с уважением  ^з повагою
    ^με (?:εκτίμηση|φιλικ)  ^(?:どうぞ)?よろしくお願い  ^敬具  ^此致  ^祝好  ^(?:감사합니다|드림)
""")
_QUOTES = any_of(r"""
    ^[>|]  ^-{3,}  ^_{5,}
    ^\*{0,2}(?:from|von|de|da|van|od|från|fra|lähettäjä|от|від|feladó|kimden|差出人|发件人|보낸 사람)\*{0,2}\s?[:：]
    (?:wrote|schrieb|a écrit|escribió|ha
    scritto|schreef|escreveu|napisał\(?a?\)?|skrev|kirjoitti|napsal\(?a?\)?)\s?[:：]$
    ^--\s?$
""")
_END = re.compile(r"(?<=[.!?])(?<!\.\d\.)(?<!\.\d\d\.)\s|(?<=[。！？])|\n{2,}")
_CUES = (_UNTIL, _LATER, _URGENT, _THANKS, _ACCESS, _SAYS_AUTOMATIC)


def label(title: str) -> Label | None:
    """What the subject (lower-case) announces in the way of machines; "How do I set an automatic reply?" nothing."""
    title = title[:_TITLE].strip()
    for found, (start, end) in _LABELS:
        if start.match(title) or (title[-1:] in "])】）" and end.search(title)):
            return found
    return None


def speaks_of_absence(text: str) -> bool:
    """Whether the beginning of the text has words of absence at all: enough where a header says it is automatic."""
    text = text[:_READ]
    return _may_be(text) and (_AWAY.search(text) or _ACCESS.search(text)) is not None


def bears_out(found: Label, text: str) -> bool:
    """Whether the text (lower-case) leaves it possible that the label is a machine's: people ask about such things."""
    sentences = _sentences(text[:_READ])
    if found is Label.ABSENCE:
        return not _says_more(sentences, allowed=0)
    told = [sentence for sentence in sentences if not sentence.endswith(("?", "？"))]
    if len(told) == len(sentences):
        return True
    return any(cue.search(sentence) for cue in (_SAYS_AUTOMATIC, _LATER, _THANKS) for sentence in told)


def is_note(title: str, text: str, is_answer: bool) -> bool:
    """Whether the new words of a text (lower-case) are an absence note.

    A note needs words of absence and two other marks of such a note; one is enough below a subject that speaks of
    absence, three are wanted from a mail that answers nothing.
    """
    if not _may_be(text[:_READ]):
        return False
    sentences = _sentences(text[:_READ])
    if not any(_AWAY.search(sentence) for sentence in sentences):
        return False
    marks = {index for index, cue in enumerate(_CUES) for sentence in sentences if cue.search(sentence)}
    wanted = 1 if _HINT.search(title[:_TITLE]) else 2 if is_answer else 3
    return len(marks) >= wanted and not _says_more(sentences)


def _says_more(sentences: list[str], allowed: int = 2) -> bool:
    """Whether there is more than absence in it: a question, or a sentence that belongs to no such note; one is allowed
    for each `allowed` that do."""
    told = other = 0
    for sentence in sentences:
        if _AWAY.search(sentence) or any(cue.search(sentence) for cue in _CUES):
            told += not _THANKS.search(sentence)
        elif _is_sentence(sentence) and not _NEUTRAL.search(sentence):
            other += 1
        if sentence.endswith(("?", "？")) and not _URGENT.search(sentence):
            other += 2
    return other > (told // allowed if allowed else 0)


def _is_sentence(text: str) -> bool:
    """More than a name, a title or a greeting; scripts without spaces are measured by their length."""
    return text.count(" ") >= 3 or (not text.isascii() and " " not in text and len(text) >= 14)


def _may_be(text: str) -> bool:
    words = text.replace(",", " ").replace(".", " ").replace("'", " ").replace("’", " ").split()
    if not _GATE.isdisjoint(words):
        return True
    return not text.isascii() and any(word in text for word in _GATE_UNSPACED)


def _sentences(text: str) -> list[str]:
    """The sentences of the new words, wrapped lines joined: nothing from a quotation, a closing or a signature on."""
    lines: list[str] = []
    for line in (written.strip()[:600] for written in text.split("\n")):
        if line and _QUOTES.search(line):
            break
        if len(line) < 60 and _CLOSING.search(line) and len(lines) > 1:
            break
        lines.append(line)
    joined = " ".join(line or "\n\n" for line in lines)
    return [part.strip() for part in _END.split(joined) if part.strip()][:_SENTENCES]
