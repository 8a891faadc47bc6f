"""In which language a mail is written: by its script, and in Latin and Cyrillic by its commonest words.

In: text, the languages that the desk speaks, the default. Out: one of them. Must never answer with a language that the
desk does not speak; short or unclear text gets the default. Languages that the desk does not speak are counted too: a
Danish mail to a desk that speaks English and German is neither.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from itertools import repeat

_SPACED = bytes(code if code > 127 or chr(code).isalpha() else 32 for code in range(256))
_SIGNS = "–—…’‘“”„«»¿¡·•"
_LOOKED_AT = 900
_LEAST = 3  # words below which nothing is said about a text
_LEAST_LETTERS = 4  # letters of a script of its own
_STOPWORDS = {
    "en": "the and is of to you that we have not with for this are was our can please be when been since it but "
          "i my how what do does your hello thanks thank there would will if from on in at an has did why could "
          "it's i'm don't which need want get he she they still after into about just any more hi dear regards "
          "help printer broken charged twice account login log password invoice order error working works work "
          "stopped nothing never today yesterday cannot anymore who where tell know like am card money make "
          "card's pay much many take use them their its some other long no yes up out over only",
    "de": "der die das und ist nicht ich wir mit ein eine zu auf für sie es den dem auch bitte haben kann wird "
          "noch mein meine wie was bei von hallo danke guten tag nach uns ihre ihr unsere seit aber wenn oder "
          "im am zum zur einen einem kein keine sind hat habe können mehr grüße schon sich als dass möchte "
          "drucker rechnung konto passwort kennwort anmelden funktioniert geht gestern heute seite fehler hilfe "
          "problem nichts wegen rückruf bestellung lieferung unser unserem sehr geehrte damen herren "
          "freundlichen immer wieder schnell möglichst kaputt kündigen stimmt",
    "fr": "le la les des et est nous vous une un pas pour que dans sur avec ce je ne au il sont bonjour plus "
          "avez mon ma mes votre notre merci comment depuis cette mais qui du de à en ai par être fait où aux "
          "ou se si peut bien cordialement j'ai n'est c'est imprimante facture compte passe connecter "
          "impossible marche fonctionne hier aujourd'hui erreur aide commande matin tout très nos vos leur ont "
          "suis sommes quand deux toujours panne avez-vous encore résilier",
    "es": "el la los las y es de que en un una no por con para se su al lo como pero hola gracias desde tengo "
          "mi mis nos puedo cuando del está muy buenos días este esta ha hemos hay más sin ya sobre favor "
          "quiero ustedes saludos impresora factura cuenta contraseña entrar funciona ayer hoy error ayuda "
          "pedido mañana todo esto estamos estoy son hasta me le les quisiera necesito "
          "cuándo dónde qué cómo sigue funcionar alguna novedad todavía",
    "it": "il lo la gli e è di che non un una per con sono si del della ho ma anche grazie buongiorno questo "
          "dal mio mia come nostro ci ancora sul al alla dei delle nel da quando abbiamo più posso cosa perché "
          "salve ha i saluti cordiali stampante fattura conto account password accedere funziona ieri oggi "
          "errore aiuto ordine riesco mattina tutto stato sta siamo essere fare stiamo vorrei",
    "nl": "de het een en is van niet ik wij dat op te met voor zijn we aan ook maar heb kan bij sinds geen "
          "graag mijn jullie hoe wat er hallo bedankt dank uit nog naar wel deze dit om wordt hebben kunnen als "
          "was u uw goed morgen printer rekening factuur wachtwoord inloggen werkt doet gisteren vandaag fout "
          "hulp bestelling meer alles mij ons onze zou willen kunt groet groeten vriendelijke "
          "steeds kapot nieuws klopt",
    "pt": "o a os as e é de que não um uma para com em do da no na por se olá obrigado mas foi desde estou meu "
          "minha como nos está ao à você bom dia tenho isso já mais dos das pelo pela fazer quando obrigada seu "
          "sua qual nosso impressora fatura conta senha entrar funciona ontem hoje erro ajuda pedido consigo "
          "manhã tudo estamos são até me preciso gostaria há alguma continua funcionar ainda novidade",
    "pl": "i w na nie jest się z do to że proszę jak od dla mam ale dzień dobry już po przez mnie czy o co mi "
          "moje mój nam nasz nasze za są ma być może ze u pozdrawiam witam dziękuję mogę tym tego bardzo gdy "
          "przy drukarka faktura konto hasło zalogować działa wczoraj dzisiaj dziś błąd pomoc zamówienie rano "
          "wszystko jestem go jej możecie",
    "sv": "och att det är på en som i inte med för av jag vi har till kan den ett om hej tack min mitt vår när "
          "men ni från mig oss så eller vad hur efter sedan också hälsningar fungerar får skulle vill ska detta "
          "skrivaren faktura konto lösenord logga igår idag fel hjälp beställning morse allt mina våra vårt "
          "kunde inget längre finns något nytt fortfarande trasigt avsluta",
    "da": "og at det er på en som i ikke med for af jeg vi har til kan den et om hej tak min mit vores når men "
          "fra mig os så eller hvad hvordan efter siden også hilsen virker få skulle vil skal dette være blevet "
          "hvor jer nogen venlig noget printeren faktura konto adgangskode ind logge går dag fejl hjælp "
          "bestilling morges alt mine længere stadig stykker gerne forkert noget",
    "no": "og at det er på en som i ikke med for av jeg vi har til kan den et om hei takk min mitt vår når men "
          "fra meg oss så eller hva hvordan etter siden også hilsen fungerer får skulle vil skal dette være "
          "blitt hvor dere noen vennlig noe skriveren faktura kontoen passord inn logge går dag feil hjelp "
          "bestilling morges alt mine våre lenger fortsatt ødelagt gjerne si",
    "fi": "ja on ei se että en minun meidän mutta kun olen ole voi kuin myös hei kiitos miten mitä tai joka "
          "sitten nyt ovat oli jos minä me te kanssa vielä jälkeen terveisin tämä tämän asti toimi voitteko "
          "eikä niin hyvä saa pitäisi onko tulostin lasku tili salasana kirjautua eilen tänään virhe apua "
          "tilaus enää kaikki mikään saan auttaa haluan edelleen rikki mitään",
    "cs": "a je se na že to v s z do o jsem není si ale jak za od nám mi jako dobrý den děkuji prosím při když "
          "máme jsme který která nebo už také můžete by po pro ve byl bylo co mám náš naše ještě pozdravem můj "
          "mě tiskárna faktura účet heslo přihlásit nefunguje včera dnes chyba pomoc objednávka nemohu nelze "
          "vše jste jsou bude nic ráda rád prosíme",
    "sk": "a je sa na že to v s z do o som nie si ale ako za od nám mi dobrý deň ďakujem prosím pri keď máme "
          "sme ktorý ktorá alebo už tiež môžete by po pre vo bol bolo čo mám náš naše ešte pozdravom môj ma "
          "tlačiareň faktúra účet heslo prihlásiť nefunguje včera dnes chyba pomoc objednávka neviem nemôžem "
          "všetko ste sú bude nič rád prosíme svojho",
    "hu": "a az és nem hogy egy is van ez meg de ha csak már volt kérem köszönöm üdvözlettel tisztelt nekem "
          "mint vagy mert még lehet amikor azt ezt kell sem most óta után nincs jó napot szia üdv el ki be mi "
          "én önök hogyan nyomtató számla fiók fiókomba jelszó bejelentkezni működik tegnap ma hiba segítség "
          "rendelés tudok minden vagyok lenne lesz mit",
    "ro": "și este nu în la de pe cu un o să ce care pentru am a din mai sunt se le dar bună ziua mulțumesc vă "
          "rog când al ale nostru mea meu avem fi dacă cum după fost încă îmi ne aș stimate prin si sa ca va "
          "imi imprimanta factura cont contul parola conecta funcționează ieri azi astăzi eroare ajutor comanda "
          "pot tot dumneavoastră vreau functioneaza multumesc buna",
    "tr": "ve bir bu için ile de da çok ne var yok değil ben biz merhaba teşekkürler lütfen nasıl ama daha gibi "
          "olarak sonra kadar mi mı mu olan olduğu ederim bize bana siz size iyi günler bey hanım rica ediyor "
          "şu hala veya yazıcı fatura hesap hesabıma şifre giriş çalışmıyor dün bugün hata yardım sipariş "
          "yapamıyorum her şey ediyorum oldu misiniz istiyorum hâlâ etmek bozuk",
    "ru": "и в не на что я с как это по но из у за от так же вы мы к для до здравствуйте спасибо пожалуйста мне "
          "нас есть ли бы был была если при нет уже его или очень добрый день мой наш когда ещё еще можно после "
          "принтер счёт счет аккаунт пароль войти работает вчера сегодня ошибка помогите помощь заказ могу свой "
          "со всё все что-то дня утра мои наша вас прошу отменить до сих пор",
    "uk": "і в не на що я з як це по але із у за від так ви ми до для та дякую будь ласка мені нас є чи був "
          "була якщо при немає вже його або дуже добрий день мій наш коли ще можна після доброго вітаю й під "
          "щоб принтер рахунок обліковий пароль увійти працює вчора сьогодні помилка допоможіть допомога "
          "замовлення можу свого усе все дня ранку мої наша вас прошу скасувати досі",
}  # fmt: skip
_NAMES = tuple(_STOPWORDS)
_BITS = 16  # of one language's score in a packed number: a text has less than 2 ** 15 words, each worth 2 at most


def _packed(names: Iterable[str], halves: int) -> int:
    """One number that holds what a word is worth for each language, in halves: so a text is one sum."""
    return sum(halves << _BITS * _NAMES.index(name) for name in names)


def _weights() -> dict[str, int]:
    """What each word is worth; a word of many languages says little about any of them."""
    names_of: dict[str, list[str]] = {}
    for name, words in _STOPWORDS.items():
        for word in dict.fromkeys(words.split()):
            names_of.setdefault(word, []).append(name)
    return {word: _packed(names, 2 if len(names) < 3 else 1) for word, names in names_of.items()}


_WORTH = _weights()
_FORM = f"<{len(_NAMES)}H"
_LENGTH = len(_NAMES) * _BITS // 8
# Letters that few languages write: worth a word or half of one, because short mails have few stopwords.
_LETTERS = {
    "ß": "de", "ä": "de sv fi sk", "ö": "de sv fi tr hu", "ü": "de tr hu", "å": "sv da no", "ø": "da no", "æ": "da no",
    "ñ": "es", "¿": "es", "¡": "es", "ã": "pt", "õ": "pt", "ç": "fr pt tr", "œ": "fr", "è": "fr it", "ê": "fr pt",
    "ù": "fr it", "ò": "it", "ì": "it", "ą": "pl", "ę": "pl", "ł": "pl", "ś": "pl", "ż": "pl", "ź": "pl", "ć": "pl",
    "ě": "cs", "ř": "cs", "ů": "cs", "ľ": "sk", "ô": "sk fr", "ĺ": "sk", "ŕ": "sk", "ő": "hu", "ű": "hu", "ă": "ro",
    "ș": "ro", "ț": "ro", "ţ": "ro", "ş": "ro tr", "ı": "tr", "ğ": "tr", "ы": "ru", "э": "ru", "ъ": "ru", "ё": "ru",
    "і": "uk", "ї": "uk", "є": "uk", "ґ": "uk",
}  # fmt: skip
_LETTER_WORTH = {letter: _packed(names.split(), 1 if " " in names else 2) for letter, names in _LETTERS.items()}
# Near relatives share most of their words: of one that the desk speaks and one that it does not, the first is meant.
_NEAR = {"da": "no", "no": "da", "cs": "sk", "sk": "cs", "ru": "uk", "uk": "ru"}
_LETTERS_OF = {
    "el": "\u0370-\u03ff", "he": "\u0590-\u05ff", "ar": "\u0600-\u06ff", "ko": "\uac00-\ud7af",
    "ja": "\u3040-\u30ff", "zh": "\u4e00-\u9fff",
}  # fmt: skip
_SCRIPTS = {name: re.compile(f"[{letters}]") for name, letters in _LETTERS_OF.items()}
_ANY_SCRIPT = re.compile(f"[{''.join(_LETTERS_OF.values())}]")


KNOWN = tuple(dict.fromkeys(("en", *_NAMES, *_SCRIPTS)))
"""All languages that can be told; for who has no desk of their own."""


def guess(text: str, languages: tuple[str, ...], default: str) -> str:
    """The language with clearly the most of its letters or words."""
    text = text[:_LOOKED_AT]
    found = _by_script(text) or _by_words(text.lower(), languages)
    return found if found in languages else default


def _by_script(text: str) -> str:
    """The language of a script that only it is written in, when most letters are of that script. Japanese has Chinese
    characters too, Chinese has no kana."""
    if text.isascii() or _ANY_SCRIPT.search(text) is None:
        return ""
    counts = {name: len(letters.findall(text)) for name, letters in _SCRIPTS.items()}
    if counts["ja"] * 8 > counts["zh"]:
        counts["ja"], counts["zh"] = counts["ja"] + counts["zh"], 0
    best = max(counts, key=lambda name: counts[name])
    # A line of such a script is short: one of its letters says as much as two Latin ones.
    letters = sum(map(str.isalpha, text)) - counts[best]
    return best if counts[best] >= _LEAST_LETTERS and counts[best] * 2 > letters else ""


def _words(text: str) -> list[str]:
    """What stands between all that is no letter, roughly: quicker than a pattern, and a count needs no more."""
    if not text.isascii():
        for sign in _SIGNS:
            text = text.replace(sign, " ")
    return text.encode("utf-8", "replace").translate(_SPACED).decode("utf-8").split()


def _by_words(text: str, languages: tuple[str, ...]) -> str:
    words = _words(text)
    if len(words) < _LEAST:
        return ""
    total = sum(map(_WORTH.get, words, repeat(0)))
    if not text.isascii():
        total += sum(_LETTER_WORTH[letter] for letter in set(text) & _LETTER_WORTH.keys())
    halves = struct.unpack(_FORM, total.to_bytes(_LENGTH, "little"))
    scores = dict(zip(_NAMES, halves, strict=True))
    best, second = sorted(_NAMES, key=lambda name: (-scores[name], name not in languages))[:2]
    if scores[best] < 3 or scores[best] * 5 < len(words):
        return ""
    if scores[best] == scores[second] and best in languages and second in languages:
        return ""
    near = _NEAR.get(best, "")
    if best not in languages and near in languages and scores[near] * 10 >= scores[best] * 8:
        return near
    return best
