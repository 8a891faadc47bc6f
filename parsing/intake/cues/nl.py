"""Dutch cues, the strongest."""

WORDS = {
    "deny": "niet geen nooit niets niemand zonder nergens noch",
    "error": "fout fouten foutmelding foutcode melding exception geweigerd ongeldig 404 403 500 502 503 504 storing",
    "symptom": (
        "crasht gecrasht vastgelopen hangt bevriest verdwijnt verdwenen verdwijnen weg leeg lege wit witte "
        "zwart zwarte ontbreekt ontbreken dubbel kwijt knippert draait verkeerd verkeerde foute afgebroken "
        "springt herstart sluit dood traag langzaam blijft rood alleen uitgelogd mislukt afgekapt slechts "
        "twee_keer valt_uit"
    ),
    "fault": "kapot probleem problemen defect werkt_niet stuk",
    "should": (
        "zou zouden moet moeten hoort horen verwacht verwachten verwachtte behoort afgesproken beloofd eigenlijk"
    ),
    "want": "wil willen graag wens nodig",
    "contrast": "plaats in_plaats maar_dan",
    "but": "maar echter hoewel toch",
    "former": "vroeger eerder voorheen normaal altijd gewoonlijk tot_nu normaliter",
    "now": "nu sinds plotseling momenteel vandaag nog_steeds ineens steeds telkens",
    "act": (
        "klik klikken open openen ga gaan kies kiezen typ typen druk drukken selecteer selecteren voer "
        "invoeren start starten zet zetten log inloggen upload download opslaan zoek zoeken scan scannen print "
        "printen stuur sturen tik vul invullen sleep voeg"
    ),
    "acts": (
        "geklikt geopend gegaan gekozen getypt gedrukt geselecteerd ingevoerd gestart gezet ingelogd opgeslagen gescand"
    ),
    "seq": "dan daarna vervolgens eerst tenslotte tweede derde nadat",
    "cond": "als wanneer zodra terwijl elke_keer",
    "ui": "knop menu scherm tabblad veld pagina instellingen pictogram venster lijst map app",
    "show": "zie ziet verschijnt verschijnen toont staat komt krijg krijgen zegt gebeurt blijft zien",
    "self": "ik wij we mijn onze ons me mij",
    "you": "u uw jullie je jouw",
    "it": "het dit dat deze er",
    "polite": "hallo goedemorgen goedemiddag beste geachte bedankt dank groet groeten",
    "please": "alstublieft alsjeblieft kunt kunnen_jullie graag_hulp",
    "env": "versie android ios windows apparaat browser model",
    "wonder": "waarom misschien denk vermoed hoe_kan",
    "able": "kan kunnen kon mogelijk lukt",
    "was": "was waren had hadden",
    "proper": "correct juist goed goede normaal contract werkte",
    "way": "stappen werkwijze reproduceren manier",
    "picture": "bijlage bijgevoegd schermafbeelding foto",
    "time": (
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag gisteren week maand jaar dagen uur ochtend "
        "nacht januari februari maart april mei juni juli augustus september oktober november december"
    ),
    "people": "klant klanten gebruikers iedereen collega's team medewerkers patiënten winkels",
    "talk": "bellen telefoon contract dringend snel mailen",
    "vague": "goed slecht vreemd raar iets nakijken oplossen moeite",
    "got": "afgeschreven gefactureerd pakket doos geleverd bevat",
    "ought": "zou zouden moet moeten hoort verwacht",
    "norm": "vroeger voorheen normaal normaliter plaats afgesproken beloofd besteld contract",
    "wise": "zegt verschijnt toont melding komt alleen leeg lege",
}
HEADINGS = {
    "observed": (
        "waargenomen|resultaat|probleem|fout|foutmelding|wat gebeurt er|wat er gebeurt|huidig gedrag|omschrijving"
    ),
    "expected": "verwacht|verwacht resultaat|verwacht gedrag|wat er zou moeten gebeuren",
    "steps": "stappen|stappen om te reproduceren|hoe te reproduceren|werkwijze|wat ik doe",
    "other": "versie|apparaat|sinds|gebruikers|contact|product|klant|factuur|bestelling|opmerking|systeem",
}
