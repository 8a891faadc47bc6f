"""The words of absence notes in two dozen languages. Data only.

Every pattern is run on one bounded sentence or line, lower-case; `robots` says how they are written.
"""

from __future__ import annotations

import re

from parsing.machines.robots import any_of, names
from parsing.machines.vocabulary import Vocabulary

HINT = Vocabulary(r"""
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

# The beginnings of words, one of which a text must have before any pattern is run over it: whole words up to `STEM`.
STEM = 6
GATE = frozenset(word[:STEM] for word in names("""
    closed conference training betriebsferien betriebsurlaub geschlossen fermé fermée fermés cerrado cerrados chiuso
    chiusi encerrado encerrados gesloten nieczynne office vacation holiday holidays leave
    away ooo absent absence traveling travelling
    unavailable büro buero urlaub abwesend haus hause elternzeit dienstreise erreichbar absente bureau congé congés
    vacances déplacement oficina vacaciones ausente fuera viaje ufficio ferie assente vacanza trasferta sede kantoor
    vakantie afwezig verlof aanwezig escritório escritorio férias biurze biurem urlopie urlop nieobecny nieobecna
    kontoret semester ledig tjänstledig föräldraledig frånvarande borta fraværende bortreist permisjon barsel orlov
    reise lomalla poissa toimistolla toimistolta vapaalla vuosilomalla matkoilla dovolené dovolenou dovolenke
    nepřítomen
    nepřítomna neprítomný kancelář kanceláři kanceláriu kancelárii szabadságon kívül távol irodában irodámban concediu
    birou biroului ofiste ofis izinde izindeyim dışında dışındayım tatilde tatildeyim отпуске офиса офисе
    отсутствую отсутствовать отсутствует командировке месте відпустці офісом офісі відсутній відсутня відрядженні
    отпуск
    άδεια γραφείου γραφείο απουσιάζω λείπω odmoru ureda kancelarije dopustu odsoten odsotna puhkusel atvaļinājumā
    atostogauju atostogose בחופשה למשרד במשרד إجازة المكتب cuti
    werk arbeite arbeitstag baja permiso malattia maternità congedo
    maternité maladie arrêt krank krankgeschrieben mutterschutz ziek kancelarii pracy práci služební cestě seyahatte
    fair recesso nemocný nemocen zwolnieniu vrije ferias sommarsemester cerradas oficinas
    dovolená urlop szabads izinli iznindeyim doğum iznim tatil відпустка командировка fortbildung schulung
    schließt schließen zamknięte szkoleniu delegacji stängt tjänsteresa forretningsrejse lukket stengt
    zavřená zatvorené školení закрыт зачинений kapalı suljettu zárva închis disponible viagem viaggio abroad
    nemocná больничном лікарняному декрете keikalla
"""))  # fmt: skip
GATE_WITHIN = ("urlaub", "ferien", "verlof", "semester", "ledig", "lomalla", "vapaalla", "licença", "only work")
GATE_UNSPACED = (
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

AWAY = Vocabulary(r"""
    out[- ]of[- ](?:the[- ]|my )?office  away from (?:my|the) (?:office|desk|computer|mail|e-?mail)  not in the office
    (?:i['’]?m|i am|i['’]ll be|i will be|we are|is|currently|presently) (?:currently |now )?(?:away|out\b|travell?ing)
    on (?:\w{1,12} )?(?:vacation|holidays?|leave|pto)\b  (?:am|be) (?:currently )?unavailable
    offices? (?:is|are|will be) closed  (?:at|attending|in) a (?:conference|(?:trade )?fair|trade show|training)
    betriebsferien  betriebsurlaub  geschlossen  fermée?s?\b  cerrad[oa]s?  chius[oaie]\b  encerrad[oa]s?  gesloten
    nieczynn
    (?:am|be) (?:away|travell?ing)
    \bi (?:do not|don['’]t) work (?:on )?\w{3,6}days  (?:on|off) sick\b
    (?:arbeite ich nicht|\bist mein freier tag)  krank(?:geschrieben|heitsbedingt)  im mutterschutz
    (?:auf|bei) (?:einer )?(?:fortbildung|schulung|messe)  in einer schulung  not (?:be )?available  no internet
    vrije dag(?:en)?\b  ik vrij\b  em recesso  (?:na|w) zwolnieniu  nemocn  nemocen  (?:på|har) \w{1,9}semester
    only work  work only  \babroad\b
    (?:je serai|je suis|nous sommes) (?:en formation|en voyage|indisponible)
    no (?:estaré|estoy) disponible  de viaje  in viaggio  (?:non sarò|non sono) (?:disponibile|raggiungibile)
    (?:ik ben|wij zijn) er (?:\w{1,9} ){0,4}niet\b  op (?:cursus|reis)  em viagem  em formação  indisponível
    na szkoleniu  zamknięt  w podróży  stängt  på (?:tjänsteresa|resa|kurs|utbildning)  på (?:forretningsrejse|kursus)
    (?:er|holder) lukket  holdt stengt  er stengt  suljettu  zavřen  na školení  zatvoren  zárva  închis  закрыт
    зачинен
    на обучении  doğum izni  izni(?:nde|m)  kapalı
    nicht im (?:büro|buero|haus|hause|dienst)  (?:außer|ausser) haus  \b(?:im|in) (?:\w{1,12}[- ]?)?urlaub  abwesend
    in elternzeit  auf (?:dienst|geschäfts)reise  nicht (?:persönlich )?erreichbar
    absente? (?:du|de|jusqu|à|pour|d')  en congés?  en vacances  (?:suis|serai) (?:actuellement )?absente?
    hors du bureau  en déplacement  en arrêt  congé (?:de )?(?:maternité|maladie|parental)
    je ne travaille pas (?:le|les)
    de baja (?:médica|maternal|laboral|por)  de permiso
    in (?:maternità|malattia|congedo|permesso)
    (?:werk|ben) ik (?:niet|afwezig|vrij)\b  ziek(?:gemeld|teverlof)
    (?:de|em) licença
    (?:nie ma mnie|nie będzie mnie|nie jestem obecn[ya]) w (?:biurze|pracy)  zwolnieniu lekarskim  w delegacji
    (?:nejsem|nebudu) v (?:kanceláři|práci)  služební cest  (?:nie som|nebudem) v (?:kancelárii|práci)
    služobnej cest
    (?:меня )?нет (?:в офисе|на работе)  на больничном  в декрете  (?:мене )?немає (?:в офісі|на роботі)
    seyahatte  raporluyum
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
UNTIL = Vocabulary(r"""
    \d\.? ?[-–—~] ?\d{1,2}  w dniach  \bpo \d  戻り次第  終日  本日は  明日
    \d{1,2}\.\d{1,2}\.  \d{1,2}/\d{1,2}
    \b\d{1,2}\.? (?:de |of )?(?:jan|feb|m[äa]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])
    \b\d{1,2} (?:fév|fevr|avr|juin|juil|août|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|mrt|mei|fev|mai|out)
    \d{1,2}\.? (?:stycz|lut|marc|kwie|maj|czerw|lip|sierp|wrze|paźd|list|grud)
    \d{1,2}\. (?:ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince)
    \d{1,2} (?:январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр)
    (?:mon|tues|wednes|thurs|fri)day  (?:mon|diens|donners|frei)tag  mittwoch  next week  all week  diese woche
    \b(?:lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miércoles|jueves|viernes)\b  cette semaine  esta sem
    \b(?:lunedì|martedì|mercoledì|giovedì|venerdì|maandag|dinsdag|woensdag|donderdag|vrijdag)\b  deze week
    (?:segunda|terça|quarta|quinta|sexta)-feira  poniedział  wtor[ek]  środ[ęya]  czwart[ek]  piąt[ek]
    tym tygodniu
    \b(?:måndag|tisdag|onsdag|torsdag|fredag|mandag|tirsdag)  hela veckan  hele uken  hele ugen  pondělí  úterý
    čtvrtek  pátek  tento týden  понедельник  вторник  четверг  пятниц  этой неделе  pazartesi  salı\b
    çarşamba  perşembe  bu hafta  eylül  ekim\b  kasım  aralık  ocak  şubat  haziran  temmuz  ağustos
    nuevo año  neuen jahr  nouvel an  nieuwjaar  nyår  kerst  weihnacht  christmas  noël  navidad  natale
    праздничн  bayram  svát[ck]
    \bre-?open(?:s|ing)?\b  \buntil\b  \btill\b  \bthrough\b  \bback (?:on|in|at)\b  \breturn(?:ing)?\b  \bfrom \d
    \bbetween\b
    \bbis\b  \bwieder\b  \bzurück\b  \bvom \d  \bab (?:dem|montag|\d)
    jusqu  de retour  à partir d[eu]  \bdu \d  \bhasta\b  regres  reincorpor  vuel(?:vo|ta)  volver  \bdel \d
    fino a(?:l|d)?\b  rientr  torner
    \bdal \d  tot en met  \bt/m\b  \btot \d  \bterug\b  \bweer\b  \bvanaf\b  \baté\b  retorn  \bvolt(?:o|arei)\b
    \bdo (?:dnia )?\d  wr(?:acam|ócę)  powr(?:ot|oc)  \bod \d  till och med  t\.?o\.?m  tillbaka  \båter\b
    fram till  tot (?:maandag|dinsdag|woensdag|donderdag|vrijdag|begin|eind)
    \bdo (?:poniedziałku|wtorku|środy|czwartku|piątku|końca|połowy)  \bdo (?:pondělí|úterý|středy|čtvrtka|pátku|konce)
    \b(?:до|по) (?:понедельник|вторник|сред[ыу]|четверг|пятниц|конца|середин)  \bдо (?:понеділка|середи|п['’ʼ]ятниці)
    til og med  tilba[gk]e  frem til  indtil  \basti\b  saakka  palaan  takaisin  vrátím  \bzpět\b  návrat
    \bdo (?:\w{1,9} )?\d
    -ig\b  vissza  között  \d-[áéaeőö]n?\b  p[âa]n[ăa]  revin  [îi]ntor[cs]  kadar  aras[ıi]nda  dön[eü]
    \b(?:до|по|с|з) \d  верн[уё]  возвращ  поверн  έως  μέχρι  επιστρ  まで  から  より  至  到  返回  回来  回來
    期间  期間
    까지  부터  복귀  עד  حتى  povratk  vrnitv
""")
LATER = Vocabulary(r"""
    (?:may|will) be (?:a |some )?delay  hear from (?:me|us)  wieder (?:für sie )?(?:da|erreichbar)
    (?:melden|melde) (?:uns|mich)
    in kürze  réouverture  sera traitée?  dès (?:que|mon|la)  en cuanto  a la mayor brevedad  appena possibile
    \brispond(?:o|iamo)\b  zodra  logo que  assim que  \brespond(?:o|emos)\b  odezw  odpowiemy  så snart
    svarer  så snabbt  jakmile  odpovíme  ответим  как только  dönüş yap  dönece  döndüğ  geri döne
    delayed (?:response|reply)  slow to (?:respond|reply)  as soon as possible
    (?:up)?on my return  when i (?:return|get back|am back)  when i['’]m back  once i (?:return|am back)  as soon as i
    (?:will|shall|['’]ll) (?:reply|respond|answer|get back|read|attend|deal)  nach meiner rückkehr  sobald ich
    melde mich  (?:be)?antworte[nt]?\b  (?:à|dès) (?:mon|notre) retour  répondr(?:ai|ons)
    (?:vous|te) répondre  a (?:mi|nuestro|nuestra) (?:regreso|vuelta)  atender(?:é|emos)
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
URGENT = Vocabulary(r"""
    (?:standing|filling|fills|stands) in for me  takes? (?:over|care of) my  übernimmt  kümmert sich  me remplace
    prend(?:ra)? le relais  (?:mon|son) remplacement  \bhaast\b
    me sustituye  se (?:ocupa|encarga)(?:rá)? de mis  mi sostitui  neemt (?:\w{1,12} ){0,3}waar  vervangt mij
    me substitui  zastępuje  zastępstw  tar hand om mina  vikarierar  tar h[åa]nd om mine  tager sig af  tar seg av
    sijaise  sijaista  zastupuje  zastoup  замещает  заміщає  vekalet  helyettesít
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
THANKS = Vocabulary(r"""
    thank(?:s| you) (?:very much |so much )?for (?:your (?:e-?mail|mail|message|note|inquiry|enquiry|interest)|contact)
    thank(?:s| you) for (?:getting|writing|reaching)
    thank you for e-?mail
    votre (?:message|e-?mail|mail|courriel) a (?:bien )?été reçu  (?:message|e-?mail|mail) has been received
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
ACCESS = Vocabulary(r"""
    (?:limited|no|intermittent|sporadic|restricted|irregular|infrequent|occasional) (?:\w{1,12} )?access
    not (?:be )?(?:checking|reading|monitor)  (?:not|nor) be forwarded  not (?:being )?forwarded
    (?:nicht|keine) (?:\w{1,14} )?(?:weitergeleitet|gelesen|bearbeitet)  nicht erreichbar  kein(?:en)? zugriff
    eingeschränkt
    unregelmäßig
    e-?maily nečtu  nečtu e-?mail  consulter(?:ai)? mes  con ritardo  sporadi  occasionnel  gelegentlich
    od czasu do czasu  rzadko
    (?:no|limited) (?:internet )?connection  conexión limitada  non vengono (?:inoltrat|lett)  terei acesso
    nebud[eu] přesměrov  почту не (?:проверя|чита|просматр)
    accès (?:limité|restreint)  pas accès  pas (?:\w{1,8} )?(?:transféré|transmis|lu\b)
    acceso (?:limitado|restringido)
    (?:sin|tendré|tengo) acceso  reenviad  accesso (?:limitato|saltuario)  (?:avrò|ho) accesso  inoltrat
    beperkt (?:toegang|bereikbaar)  (?:niet|wordt) (?:gelezen|doorgestuurd)  geen toegang
    acesso (?:limitado|restrito)
    sem acesso  encaminhad  ograniczony dostęp  przekazan  dostępu do  begränsad  läs(?:er|es) inte  vidarebeford
    begr[æe]nset (?:adgang|tilgang)  l[æe]ser ikke  videresend  blir ikke lest  bliver ikke læst  en lue  välitetä
    rajoitetusti  en pääse  omezen\w{1,3} přístup  přeposíl  přístup k  ne(?:mám|budu mít) p[řr][íi]stup
    bez p[řr]ístupu
    korlátozott  nem (?:olvasom|továbbít|férek|érem)
    acces (?:limitat|la e)  sınırlı  erişim  ограничен  нет доступа  переадрес  перенаправ  пересыла  обмежен  доступу
    πρόσβαση  προωθ  確認(?:が)?でき  メールを(?:確認|拝見)  転送  无法及时  無法及時  不便  不能及时  확인
""")
SAYS_AUTOMATIC = Vocabulary(r"""
    automat  autom[áà]t  auto-?reply  autorespon  automaatti  otomatik  автомат  αυτόμ  自動  自动  자동  אוטומט
    تلقائي
""")
NEUTRAL = Vocabulary(r"""
    \bhelp  hilft  helfen  \baider  ayudar  aiut  helpen  \bajud  pomo[cż]  hjälp  hj[eæ]lp  pomůže  помож  помоч
    yardım
    schreib  écri(?:re|vez)  escrib  scriv  schrijf  escrev  napis[az]  pisz  skriv  napiš  пишит  \byaz  asunto
    assunto
    contact  kontakt  wenden sie  erreichen sie  call\b  phone  anrufen  adresser  appel  \bllam  diríj  dirij  dirig
    rivolg  chiam  \bneem  bel(?:len)?\b  ligar  contat  vänd  \bring(?:a|e|er)?\b  ota yhteyt  obraťte  obráťte
    fordul
    \bhív  suna[țt]
    arayabil
    ulaş  iletişim  обращ  обрат  связ  звон  зверн  звʼяз  зв'яз  επικοιν  απευθ  連絡  联系  聯繫  聯絡  연락  문의
    understanding  verständnis  compréhension  comprensi  begrip  compreens  zrozumie  förstå  forstå  ymmärr  pochop
    sorry  apolog  inconvenien  entschuldig  excus  disculp  scus  desculp  przeprasz  omluv  elnézést  scuz  извин
    вибач
    wish|wünsche|souhait|お手数|ご了承|よろしく|申し訳|谅解|諒解|谢谢|謝謝|양해|불편
""")
CLOSING = any_of(r"""
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
QUOTES = any_of(r"""
    ^[>|]  ^-{3,}  ^_{5,}
    ^\*{0,2}(?:from|von|de|da|van|od|från|fra|lähettäjä|от|від|feladó|kimden|差出人|发件人|보낸 사람)\*{0,2}\s?[:：]
    (?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał\(?a?\)?|skrev)\s?[:：]$
    (?:kirjoitti|napsal\(?a?\)?)\s?[:：]$
    ^--\s?$
""")
END = re.compile(r"(?<=[.!?])(?<!\.\d\.)(?<!\.\d\d\.)(?<!\btel\.)(?<!\b\w\.)\s|(?<=[。！？])|\n{2,}")
CUES = (UNTIL, LATER, URGENT, THANKS, ACCESS, SAYS_AUTOMATIC)
PLACE = re.compile(r"\S@\S|\d[\d /().-]{5,20}\d")
TROUBLE = any_of(r"""
    (?:does|do|is|are)(?: not|n['’]t) work  how (?:do|can) (?:i|we)  funktioniert nicht  geht nicht  wie kann
    wie stelle
    ne (?:fonctionne|marche) pas  comment (?:puis|faire|peut)  no funciona  no se envía  cómo (?:puedo|se)
    non funziona  come (?:posso|si)  werkt niet  hoe (?:kan|stel)  não (?:funciona|consigo)  como (?:posso|faço)
    nie działa  nie mogę (?:znaleźć|ustawić|włączyć)  jak (?:ustawić|wyłączyć|nastavit|mohu)  fungerar inte
    hur (?:kan|gör|stänger)  virker ikke  fungerer ikke  hvordan (?:kan|gør|slår)  ei toimi  miten  nefunguje
    neodes[íi]l[áa]  co mám  nem működik  hogyan  nu funcționează  cum (?:pot|se)  çalışmıyor  nasıl  не работает
    не отправля  как (?:отключить|настроить|мне)  не працює  як (?:вимкнути|налаштувати)  できません  方法を  怎么
    如何
""")
# What one asks a help desk to do about a note; a note asks to write, to call or to wait.
REQUEST = Vocabulary(r"""
    \b(?:please|kindly|can you|could you|need to) (?:\w{2,9} )?(?:set|activate|enable|configure|turn|switch|create)\b
    \b(?:please|kindly|can you|could you|need to) (?:\w{2,9} )?(?:change|edit|correct|remove|delete|disable)\b
    \b(?:please|kindly|can you|could you|need to) (?:\w{2,9} )?(?:deactivate|adjust|install|arrange|put|add|update)\b
    \bbitte.{0,80}\bein(?:richten|zurichten|schalten|stellen)?(?=[.!\s]|$)
    \bbitte.{0,80}\b(?:aktivieren|ändern|abschalten|abstellen|deaktivieren|löschen|hinterlegen|anlegen|anpassen)\b
    \b(?:veuillez|merci de|pouvez-vous|pourriez-vous|prière de) (?:\w{1,8} )?(?:mettre|configurer|activer|créer)
    \b(?:veuillez|merci de|pouvez-vous) (?:\w{1,8} )?(?:désactiver|modifier|supprimer|programmer|paramétrer|installer)
    \bpor favor,? (?:configur|activ|pong|cre[ea]|desactiv|cambi|elimin|program)
    \b(?:per favore|si prega di|vi prego di|potete|può) (?:impost|attiv|configur|disattiv|modific|elimin|crea)
    \b(?:gelieve|graag|wilt u|kunt u|kun je|wil je)\b.{0,60}\b(?:in(?: te)? ?stellen|activeren|aan ?zetten)
    \b(?:gelieve|graag|wilt u|kunt u|kun je|wil je)\b.{0,60}\b(?:uitzetten|wijzigen|verwijderen|aanmaken)
    \b(?:por favor|favor|queiram|podem|pode),? (?:configur|ativ|desativ|alter|cri[ae]|remov|elimin)
    \bproszę (?:o )?(?:ustaw|włącz|wyłącz|skonfigur|zmien|zmian|usun|utworz)
    (?:kan ni|vänligen|snälla) (?:ställ|aktiver|lägg|ändra|ta bort|slå)
    (?:venligst|vennligst|kan i|kan dere|kan du) (?:sæt|sett|aktiver|opret|opprett|ændr|endre|slå|fjern)
    prosím,? (?:nastav|zapn|vypn|změň|zruš)  пожалуйста,? (?:настро|включ|отключ|измени|удали|созда)
    (?:ayarla|etkinleştir|kapat)(?:yın|ın|ir misiniz|yabilir misiniz|abilir misiniz)
    設定して(?:ください|いただ)  请(?:帮|幫)?.{0,6}设置
    ole hyvä ja (?:aset|ota)  voitteko (?:aset|ottaa)  kérem.{0,20}(?:állíts|kapcsolj)
""")
FIRST = Vocabulary(r"""
    \b(?:i|we|ich|wir|je|nous|estoy|estaré|estamos|sono|sarò|siamo|ik|wij|estou|estarei|jestem|będę|jag|vi|jeg)\b
    \b(?:olen|jsem|budu|vagyok|leszek|sunt|я|мы|ми)\b  \bi['’](?:m|ll)\b
    ^(?:currently|derzeit|bin|actuellement)\b
""")
MATTER = Vocabulary(r"""
    \bstill (?:not|wrong|empty|crash|fail|do)  \berrors?\b  \bwrong\b  \bempty\b  \b(?:could|can|would) you\b
    \bplease (?:send|check|look|fix|close|try)  i (?:tried|tested|checked)  it (?:works|crashes|fails)
    (?:does|do|is|did)(?: not|n['’]t) work  \bfehler\b  \bfalsch  weiterhin  funktioniert
    \bbitte (?:senden|schicken|prüf)
    können sie  \bgeht (?:wieder|nicht)  \berreur  toujours  pou(?:rr|v)ez[- ]vous  \bvide\b  merci de (?:lui|me|nous)
    ne (?:marche|fonctionne)  el error  sigue sin  no funciona  pued(?:e|en|es)\b  vac[ií]o  \bprobaremos
    \berrore\b  \bancora\b  non (?:funziona|riesce)  potete\b (?:inviar|mandar|chiuder)  \bfout  nog (?:steeds|niet)
    kunt u (?:de|het|mij|nog)  werkt (?:weer|niet)  \berro\b  continua (?:a|err|sem)  pod(?:e|em)\b  \bainda\b
    \bbłąd  nadal  nie działa  proszę (?:wysłać|o (?:szybk|popr|przesł))  fortfarande  fungerar  kan ni\b
    \bfel \d  fungerer  kan (?:i|dere)\b  stále  nefunguje  funguje  pošlete  ошибк  не работает  пришлите  пустой
    (?:всё|все) ещё  hata\b  hâlâ  çalış[ıt]  gönder(?:in|ir|eb)  toimi[iv]  virhe  voitteko  működik  hiba\b
""")
