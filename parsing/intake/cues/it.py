"""Italian cues, the strongest."""

WORDS = {
    "deny": "non no mai niente nulla nessuno nessuna senza né neanche",
    "error": "errore errori eccezione negato rifiutato codice messaggio 404 403 500 502 503 504 invalido",
    "symptom": (
        "blocca bloccato bloccata crasha sparisce spariscono sparito sparita scompare vuoto vuota bianco "
        "bianca nero nera manca mancano doppio perso lampeggia gira sbagliato sbagliata chiude riavvia spegne "
        "lento lenta morto rosso cade resta rimane solo soltanto tagliato due_volte"
    ),
    "fault": "problema guasto rotto rotta non_funziona difetto",
    "should": (
        "dovrebbe dovrebbero deve devono aspetto aspettavo previsto atteso attesa concordato promesso bisognerebbe"
    ),
    "want": "vorrei vorremmo voglio vogliamo desidero serve",
    "contrast": "invece posto anziché piuttosto al_posto",
    "but": "ma però tuttavia anche_se",
    "former": "prima normalmente sempre precedentemente solito di_solito finora",
    "now": "adesso ora da attualmente improvvisamente oggi ancora ogni_volta",
    "act": (
        "clicco cliccare clicca apro aprire apri vado andare entro entrare scelgo scegliere seleziono "
        "selezionare scrivo scrivere inserisco inserire premo premere salvo salvare invio inviare avvio "
        "avviare metto mettere aggiungo scarico scaricare carico caricare cerco stampo stampare tocco toccare"
    ),
    "acts": "cliccato aperto scelto selezionato scritto inserito premuto salvato inviato avviato",
    "seq": "poi dopo quindi infine primo prima_di secondo successivamente",
    "cond": "quando se appena ogni_volta_che mentre",
    "ui": (
        "pulsante tasto menu schermo scheda campo pagina impostazioni icona finestra lista cartella "
        "applicazione schermata"
    ),
    "show": "vedo vede appare compare esce mostra dice ricevo succede arriva resta",
    "self": "io noi mio mia nostro nostra mi ci",
    "you": "voi vostro vostra lei",
    "it": "questo quello questa",
    "polite": "ciao buongiorno buonasera grazie saluti gentile cordiali",
    "please": "favore potete potreste",
    "env": "versione android ios windows dispositivo browser modello",
    "wonder": "perché forse credo penso come_mai",
    "able": "posso possiamo può possibile riesco",
    "was": "era erano aveva",
    "proper": "corretto corretta bene normale contratto funzionava",
    "way": "passi passaggi procedura riprodurre",
    "picture": "allegato allegata schermata foto",
    "time": (
        "lunedì martedì mercoledì giovedì venerdì sabato domenica ieri settimana mese anno giorni ore mattina "
        "notte gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
    ),
    "people": "cliente clienti utenti tutti colleghi squadra dipendenti pazienti negozi",
    "talk": "chiamare richiamarmi telefono contratto urgente veloce",
    "vague": "male bene strano qualcosa controllare sistemare difficoltà",
    "got": "addebitato fatturato pacco scatola arrivato contiene",
    "ought": "dovrebbe dovrebbero deve devono atteso bisognerebbe",
    "norm": "normalmente solito invece posto concordato promesso ordinato contratto",
    "wise": "dice appare mostra messaggio esce solo vuoto vuota",
}
HEADINGS = {
    "observed": "osservato|risultato|risultato attuale|problema|errore|cosa succede|comportamento attuale|descrizione",
    "expected": "atteso|risultato atteso|comportamento atteso|cosa dovrebbe succedere|previsto",
    "steps": "passi|passaggi|passi per riprodurre|come riprodurre|procedura|cosa faccio",
    "other": "versione|dispositivo|da|utenti|contatto|prodotto|cliente|fattura|ordine|nota|sistema",
}
