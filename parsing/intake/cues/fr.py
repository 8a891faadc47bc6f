"""French cues. `word*` is a verb stem with its endings, `two_words` a phrase. An elided word stands for itself
(`j'ouvre` is `j` and `ouvre`)."""

WORDS = {
    "deny": "pas ne n aucun aucune jamais rien personne sans plus_rien impossible ni",
    "error": (
        "erreur erreurs exception avertissement refusé refusée invalide code_erreur échec échoue indisponible "
        "message_d délai_dépassé 404 403 500 502 503 504 introuvable interdit"
    ),
    "symptom": (
        "plante plantage planté fige figé figée gelé bloqué bloquée bloque disparaît disparait disparu "
        "disparue disparaissent vide vides blanc blanche noir noire noires gris grise manque manquent manquant "
        "doublon double deux_fois perdu perdue clignote tourne faux fausse mauvais mauvaise incorrect "
        "incorrecte coupé coupée saute redémarre ferme s'éteint éteint mort morte lent lente lentement "
        "sans_fin reste restent échoue rouge illisible décalé décalée déconnecté déconnectée éjecté sablier "
        "occupé coupe tombe tombent efface effacé effacée seulement ignore bourrage bruit multiplié multipliés "
        "expiré rame minuscule recommence écrasé vierge"
    ),
    "fault": (
        "panne problème souci bug marche_pas fonctionne_pas ne_marche défaut défectueux dysfonctionnement "
        "cassé cassée fonctionne_plus marche_plus"
    ),
    "should": (
        "devrait devraient devait doit doivent faudrait faut attendu attendue attendus attends censé censée "
        "censés prévu prévue promis convenu aurait_dû normalement"
    ),
    "want": "voudrais voudrions souhaite souhaitons aimerais aimerions veux voulons besoin",
    "contrast": "lieu au_lieu plutôt alors_que tandis contrairement à_la_place",
    "but": "mais cependant pourtant toutefois bien_que or",
    "former": (
        "avant auparavant habituellement d'habitude habitude normalement toujours jusqu'ici jusque jusqu "
        "précédemment autrefois jusqu'à_présent comme_avant d_habitude tout_de_suite immédiatement l_an_dernier"
    ),
    "now": (
        "maintenant désormais soudain depuis actuellement aujourd toujours_pas encore à_chaque chaque_fois "
        "sans_cesse subitement en_permanence"
    ),
    "act": (
        "clique cliquer cliquez cliquons ouvre ouvrir ouvrez ouvrons vais aller allez choisis choisir "
        "choisissez saisis saisir saisissez tape taper tapez appuie appuyer appuyez sélectionne sélectionner "
        "sélectionnez lance lancer lancez entre entrer entrez ajoute ajouter touche toucher touchez scanne "
        "scanner imprime imprimer enregistre enregistrer envoie envoyer coche cocher décocher glisse glisser "
        "télécharge télécharger connecte connecter branche brancher valide valider passe passer prends prendre "
        "mets mettre crée créer modifie modifier supprime supprimer cherche chercher copie copier importe "
        "importer exporte exporter générer allume allumer remplis remplir attendre déposer dépose fais faire "
        "retourne retourner recharger tourner pose"
    ),
    "acts": (
        "cliqué cliquant ouvert ouvrant allé choisi saisi tapé appuyé appuyant sélectionné lancé entré ajouté "
        "touché scanné imprimé enregistré envoyé coché glissé téléchargé connecté branché validé passé pris "
        "mis créé modifié supprimé cherché copié importé exporté généré allumé rempli composé compose"
    ),
    "seq": (
        "puis ensuite après enfin d'abord abord premièrement deuxièmement troisièmement finalement "
        "dernier_lieu et_puis une_fois"
    ),
    "cond": "quand lorsque si dès lorsqu dès_que chaque_fois_que en_cliquant à_chaque_fois",
    "ui": (
        "bouton menu écran onglet champ page paramètres réglages icône lien case fenêtre liste dossier "
        "application formulaire rubrique colonne ligne clavier curseur"
    ),
    "show": (
        "vois voit voyons apparaît apparait apparaissent affiche affichent affiché dit reçois reçoit recevons "
        "obtiens obtient reste restent arrive arrivent tombe tombe_sur passe_rien montre contient lis lit "
        "revient se_passe tombent"
    ),
    "self": "je j nous mon ma mes notre nos me moi on m",
    "you": "vous votre vos tu ton ta tes",
    "it": "il elle cela ça c ce ils elles cette",
    "polite": (
        "bonjour bonsoir madame monsieur merci cordialement salutations salut cher chère bien_à_vous "
        "bonne_journée sincères désolé pardon"
    ),
    "please": "pouvez pourriez veuillez s_il s'il svp prière rappeler",
    "env": (
        "version versions android ios windows appareil navigateur firefox chrome safari modèle iphone "
        "numéro_de_série système ordinateur"
    ),
    "wonder": "pourquoi comment peut-être sans_doute probablement pense crois suppose cause",
    "able": "peux peut peuvent pouvons pouvait possible parviens arrive_pas réussis",
    "would": "sera serait seront seraient",
    "was": "était étaient avait avaient avions",
    "proper": (
        "correct correctement normal bon bonne juste fonctionne fonctionner contrat documentation garanti payons bons"
    ),
    "way": "étapes procédure manipulation procède démarche reproduire marche_à_suivre comme_suit la_manip",
    "picture": "jointe joint capture photo pièce journal ci-joint captures",
    "time": (
        "lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août "
        "septembre octobre novembre décembre hier semaine semaines mois an ans année jours jour heure heures "
        "midi nuit matin soir weekend vacances printemps été automne hiver noël commencé début depuis "
        "avant-hier première"
    ),
    "people": (
        "client clients utilisateur utilisateurs collègue collègues tous toutes tout_le équipe équipes "
        "patients parents locataires visiteurs gens personnel magasin magasins site sites service services "
        "touché touchés concerne concernés bureau cabinet élèves médecins secrétaires personnes nos_deux chacun"
    ),
    "talk": (
        "rappeler appeler téléphone mail contact contrat paie payons patron avocat réponse urgent vite mari "
        "femme fils fille café dossier guide comptabilité vacances portable retour besoin joindre"
    ),
    "vague": (
        "bon bien mal content contente inutile scandale inadmissible ennui convient drôle utile ridicule "
        "bizarre étrange difficulté difficultés vérifier regarder réparer comprends chose quelque souci ennuis "
        "siennes patience attention"
    ),
    "got": "facturé prélevé compté débité contient carton colis livré reçu abîmé rayé cassé ouvert dedans sachet",
    "ought": (
        "devrait devraient devait doit doivent faudrait censé censée attendu attendue aurait_fallu aurait_dû "
        "il_faut prévoit"
    ),
    "norm": (
        "habitude habituellement normalement auparavant autrefois lieu convenu promis commandé conditions "
        "documentation contrat d_après alors_que devrait devraient doit doivent devait devaient devrions devrais dû "
        "due dus dues faudrait il_faut censé censée supposé supposée réputé sensé sensée convenue convenus convenues "
        "accord accordé accordée promise promises promesse promettait promettez promettiez garanti garantie garantis "
        "garanties garantit garantissez assuré assurée assurait commandée commandais réservé réservée devis annoncé "
        "annoncée annonçait annonce affichée tarif tarifs catalogue brochure prospectus dépliant plaquette notice "
        "manuel guide doc spécification spécifications norme normes règlement règles règle réglementaire légal "
        "légale légalement loi obligatoire obligation contractuel contractuelle clause article cgv selon "
        "conformément conformité prévoit prévoyait prévu prévue prévus prévues stipule stipulé stipulait précise "
        "précisait indiquait mentionne mentionné décrit décrite standard taux sla droit comptais comptions attendais "
        "attendions attendait attend_à s_attend attendu attendue attendus attendues attente attentes espérais "
        "espérions croirait en_principe théoriquement logiquement en_général généralement d_ordinaire ordinairement "
        "usuel usuelle usuellement normal normale comme_toujours avant jadis jusqu_ici jusqu_à_présent précédemment "
        "plutôt contrairement_à et_non et_pas non_pas voulu voulue souhaité souhaitée choisi inclus incluse compris "
        "comprise forfait mériterait exigé exigée requis requise nécessaire suffirait démonstration démo"
    ),
    "wise": (
        "affiche affichent apparaît message dit indique indiquent tombent tombe seulement vide reste restent rien_ne"
    ),
    "onset": (
        "depuis dès_lors à_partir_du commencé commence commencent commençait commençaient commencer débuté débute "
        "débuter débutait début survenu survenue survenus survient survenait surgi surgit surgissent apparu apparue "
        "apparus apparues premier_cas remonte remontent date_de datent_de date_du jusqu_alors jusque_là jusqu_ici "
        "jusqu_au jusqu_en jusqu_à_présent hier_encore soudain soudainement subitement brusquement brutalement "
        "inopinément cette_nuit lendemain après_le après_la après_les après_l après_un après_une après_votre "
        "après_notre après_mon après_ma après_avoir suite_à suite_au suite_aux consécutif consécutivement au_retour "
        "de_retour en_rentrant en_revenant quand_nous_sommes_revenus au_passage lors_du voilà voici ça_fait "
        "cela_fait y_a persiste persistent perdure perdurent durent dure datant est_arrivé déclaré déclarée "
        "déclenché dernièrement récemment récent récente fraîchement entre_temps entretemps juste_après peu_après "
        "dès_le dès_la dès_les dès_hier jour_où initialement au_départ apparition naissance origine aperçu_que"
    ),
    "event": (
        "màj maj mise_à_jour mises_à_jour upgrade update nouvelle_version déploiement release correctif patch "
        "migration migré migrée bascule basculé basculement passage transition changement changements changé changée "
        "remplacé remplacée échange échangé renouvelé renouvelée résiliation déménagé emménagé transfert transféré "
        "transférée installé installée pose branchement câblage montage réglage paramétrage orage orages tempête "
        "tempêtes foudre grêle gel inondation dégât_des_eaux canicule neige incendie coupure panne_de_courant "
        "surtension disjoncté vacances congé rentrée reprise retour ouverture fermeture pont jour_férié maternité "
        "embauche départ arrivée mutation fusion rachat séparation divorce mariage naissance décès succession "
        "retraite inventaire bilan clôture audit contrôle inspection technicien révision vidange entretien "
        "réparation réparé dépannage nettoyage travaux chantier rénovation peinture perçage ravalement hausse baisse "
        "nouveau_contrat refonte relooking soldes promotion promo campagne achat formation réunion assemblée salon "
        "foire récolte vendanges moisson semis rush affluence crise sauvegarde piratage attaque virus vol accident "
        "choc chute sinistre incident fibre réforme exercice relève transport trajet expédition essai"
    ),
    "clock": (
        "lundi mardi mercredi jeudi vendredi samedi dimanche lundis mardis mercredis jeudis vendredis samedis "
        "dimanches janvier février fevrier mars avril mai juin juillet août aout septembre octobre novembre décembre "
        "decembre janv févr sept oct nov déc lun mar mer jeu ven sam dim hier demain lendemain veille matin matins "
        "matinée midi aprem soir soirs soirée nuit nuits minuit jour jours journée journées semaine semaines "
        "quinzaine mois trimestre semestre an ans année années heure heures h minute minutes mn seconde secondes "
        "instant instants moment demie week_end weekend weekends printemps été automne hiver saison saisons noël "
        "noel pâques paques pentecôte ascension toussaint réveillon ramadan férié rentrée vacances ponts il_y_a "
        "dernier dernière derniers dernières prochain prochaine passé passée relève pause ouverture fermeture "
        "petit_déjeuner horaire horaires date dates agenda quotidien mensuel annuel annuelle tôt tard vers 7h 8h 9h "
        "10h 11h 12h 13h 14h 15h 16h 17h 18h 19h 20h 21h 22h 23h 6h 5h 8h30 9h30 7h30 14h30 10h30 16h30 avent"
    ),
    "group": (
        "infirmière infirmiers aide_soignante médecin médecins docteur dentiste kiné pharmacien chauffeur chauffeurs "
        "conducteur livreur livreurs caristes serveur serveuse serveuses serveurs cuisinier cuisiniers cuisine "
        "cuisines réception accueil concierge gardien gardiens élève élèves étudiant étudiants classe classes "
        "professeur profs prof enseignant directrice directeur parents parent enfants enfant apprenti apprentis "
        "apprentie stagiaire stagiaires bénévole bénévoles adhérent adhérents membre membres lecteurs lecteur "
        "visiteurs voyageurs résidents résident locataire locataires syndic voisin voisins voisine voisines client "
        "clients cliente clientes clientèle acheteurs revendeurs vendeur vendeurs vendeuses caissier caissière "
        "caisse caisses comptoir rayon rayons magasin magasins boutique boutiques succursale filiale filiales agence "
        "agences point_de_vente points_de_vente restaurant hôtel hôtels salon salons entrepôt entrepôts dépôt dépôts "
        "quai quais usine usines atelier ateliers chaîne chantiers chantier site sites bâtiment bâtiments étage "
        "étages service services direction secrétaire comptable comptables compta rh ressources_humaines paie achats "
        "ventes commercial logistique expédition standard support technicien ingénieurs ingénieur ouvrier ouvriers "
        "ouvrière plombiers menuisiers opérateur chefs salarié employé personnel effectif équipe équipes brigade "
        "équipage collègue collègues associé patron gérant gérante assistant adjoint postes poste bureaux bureau "
        "cabinet cabinets clinique cliniques hôpital hôpitaux ehpad patient patients patiente patientes crèche école "
        "écoles collège lycée lycées mairie mairies commune communes club clubs ferme fermes éleveurs femme mari "
        "conjoint conjointe fils fille filles frère soeur sœur mère père maman papa famille familles foyer ménage "
        "amis ami amie copine copain quartier immeuble résidence rue village ville région régions pays secteur "
        "secteurs tournée tournées gens monde personnes personne groupe groupes unité salle salles bloc urgences"
    ),
    "all": (
        "tous toutes tout_le chacun chacune chaque aucun aucune nul personne toute_la tout_notre toute_l l_ensemble "
        "intégralité totalité entier entière entiers moitié tiers quart majorité plupart plusieurs quelques certains "
        "certaines divers différents nombreux nombreuses nombre_de maint autres couple_de une_paire dizaine dizaines "
        "douzaine quinzaine vingtaine trentaine quarantaine cinquantaine soixantaine centaine centaines milliers "
        "millier deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente "
        "quarante cinquante soixante cent cents mille sans_exception partout quiconque pas_un les_uns au_total "
        "au_moins poignée collectivement en_tout toute_une tout_un chez_tout généralisé générale"
    ),
    "alone": (
        "seul seule seuls seules seulement uniquement à_part sauf hormis excepté exceptée à_l_exception hors "
        "en_dehors_de exclusivement aucun_autre aucune_autre nul_autre pas_chez_les les_autres_ça lui_même elle_même "
        "nous_mêmes soi_même unique célibataire isolé isolée individuel individuelle simplement simple_utilisateur "
        "concerne_que touche_que n_affecte_que n_arrive_qu n_arrive_que y_a_que mon_poste qu_avec_mon que_mon que_ma "
        "que_sur_mon que_sur_le indépendant indépendante auto_entrepreneur à_mon_compte solo particulier "
        "particulière pour_ma_part personnellement moi pas_d_autre rien_d_autre ailleurs mon_cas spécifiquement"
    ),
    "break": (
        "plante plantent planté plantée fige figé figée gelé gelée gèle gèlent bloque bloquent bloqué bloquée coince "
        "coincé coincée cale calent calé rame rament buge bugent bugé lage lagent fuit fuient fui fuir fuyait fuite "
        "fuites goutte suinte suintent coule déborde débordé boucle refuse refusent refusé refusée rejete rejetent "
        "rejeté rejetée rejette rejettent renvoie renvoient renvoyé éjecte éjectent éjecté éjectée coupe coupent "
        "coupé coupée décroche décroché décrochée saute sautent sauté disjoncte disjoncté lâche lâchent lâché lâchée "
        "s_arrête arrêté arrêtée éteint éteinte éteindre meurt mort morte grille grillé grillée brûle brûlé brûlée "
        "fume fumée étincelle chauffe tourne mouline patine pédale clignote clignoté scintille tremble vibre vibrent "
        "vibré grésille claque cogne bruit bruits bipe bipent sonne hurle écrase écrasent écrasé écrasée efface "
        "effacent effacé effacée avale avalent avalé mange mangent mangé mangée perd perdent perdu perdue perdus "
        "perdues perdre perte pertes omet oublie zappe ignore ignorent ignoré ignorée duplique dupliqué répété "
        "relance se_ferme se_vide déréglé déréglée dérègle décharge déchargé détaché décollé ne_démarre démarre_pas "
        "démarre_plus ne_répond répond_plus répond_pas charge_pas part_pas passe_plus imprime_plus échoue échouent "
        "échoué échouée échec échecs expire expirent expiré expirée rebonde bourrage crash crashe crashé crashent "
        "crasher freeze freezé casse cassent cassé cassée brisé brisée bris rompu rompue rupture fissure fissuré "
        "fissurée fêlé fêlée craque craquent craqué craquée déchire déchiré déchirée tord tordu tordue plié glisse "
        "glissent glissé glissée grippé grippée usé usée bouché bouchée bouchon obstrué obstruée disparu "
        "hors_service hs foutu fichu fichue coupure coupures panne pannes plantage blocage blocages écran_bleu "
        "écran_noir page_blanche écho hachée haché hache saccade saccades saccadé saccadée ressort recrache crache"
    ),
    "wrongly": (
        "faux fausse fausses mauvais mauvaise mauvaises erroné erronée incorrect incorrecte incorrects inexact "
        "inexacte inexacts double doubles doublé doublée doublon doublons triple deux_fois vide vides vierge vierges "
        "blanc blanche blanches noir noire noirs noires gris grise grisé grisée rouge rouges vert orange jaune "
        "illisible illisibles flou floue flous floues brouillé brouillée brouillon tronqué tronquée coupé coupée "
        "rogné rognée décalé décalée décalage mélangé mélange inversé inversée interverti intervertis à_l_envers "
        "tordu tordue penché penchée renversé retourné fissuré fissurée fêlé fêlée cassé cassée déchiré déchirée "
        "abîmé abîmée rayé rayée cabossé écrasé écrasée percé mouillé mouillée trempé trempée humide moisi pourri "
        "pourris périmé périmée avarié défraîchi fané taché tachée sale sales tiède froid froide froids gelé gelée "
        "brûlant brûlante brûlé brûlée chaud ancien ancienne anciens anciennes obsolète obsolètes dépassé dépassée "
        "vieille vieux pas_à_jour trop insuffisant excessif excessive exorbitant minuscule énorme négatif négative "
        "négatifs zéro nul nulle null 0_euro au_lieu_de inconnu inconnue inconnus étranger pas_la_bonne pas_le_bon "
        "charabia carrés losanges déformé déformée étiré étirée pixellisé pixellisée superposés collés incomplet "
        "incomplète incomplets partiel partielle à_moitié manquant erronément par_erreur à_tort indûment injustifié "
        "anormal anormale aberrant aberrante absurde incohérent bizarre différent différente différents écart "
        "ne_correspond ouvert ouverte déballé entamé entamée usagé usagée défectueux corrompu corrompue corrompus "
        "invalide invalides expiré expirée verrouillé désactivé désactivée inactif inactive décoché dupliqué "
        "dupliquée répété surfacturé déplacé désaligné dépareillé desserré bancal gonflé muet muette inaudible"
    ),
    "delay": (
        "lent lente lents lentes lentement lenteur lenteurs ralenti ralentie ralentis ralentit ralentissent ralentir "
        "rame rament traîne traînent traîné lag latence latences lagge met_du_temps met_une met_deux met_cinq "
        "met_dix met_des met_plus prend_du_temps dure durent duré durait éternité interminable sans_fin infini "
        "infinie infiniment indéfiniment toujours_pas attente attentes attend attendent attendons attends attendre "
        "attendu attendait patiente patientent patienté patientée patienter patientons poireaute poireautent "
        "poireauté poireautée poireauter longtemps longuement long longue longs longues chargement en_cours sablier "
        "roue mouline mouliner seconde secondes minute minutes retard retards retardé retardée retarde retardent "
        "tard tardive tardif tardivement tarde tardent délai délais différé différée reporté reportée report "
        "repoussé repoussée ajourné escargot saccade saccades à_coups expire expiré timeout pénible patiemment"
    ),
    "absent": (
        "manque manquent manquait manquaient manquant manquante manquants manquantes manqué absent absente absents "
        "absentes absence disparu disparue disparus disparues disparaît disparait disparaissent disparition parti "
        "partie partis parties envolé envolée évaporé volatilisé volatilisée perdu perdue perdus perdues égaré "
        "égarée introuvable introuvables invisible invisibles effacé effacée supprimé supprimée oublié oubliée omis "
        "omise rien nulle_part pas_là plus_là aucun aucune sans_son sans_trace sans_image sans_réseau sans_effet "
        "sans_suite sans_accès sans_eau n_arrive_pas jamais_reçu jamais_venu jamais_eu pas_arrivé pas_arrivée "
        "pas_reçu pas_reçue pas_livré pas_livrée pas_apparu pas_venu pas_envoyé pas_inclus pas_crédité pas_visible "
        "n_apparaît ne_figure ne_figurent figure_pas figure_plus affiche_pas ne_reçoit reçois_pas n_existe "
        "existe_pas ne_trouve trouve_pas vois_plus voit_plus lacune lacunes trou trous vide incomplet incomplète "
        "dépourvu dépourvue épuisé épuisée en_rupture néant zéro sauté en_moins faute_de privé_de privés_de "
        "inexistant inexistante plus_moyen pas_moyen plus_accès injoignable muet silence personne_n sont_vides"
    ),
    "vaguely": (
        "problème problèmes probleme pb soucis souci ennui ennuis difficulté tracas pépin pépins embêtement embêtant "
        "embêtante embêté ennuyeux ennuyeuse ennuyé gênant gênante gêne gênés contrarié fâcheux fâcheuse pénible "
        "pénibles agaçant agaçante agacé énervant énervante énervé énervée exaspérant exaspéré exaspérée frustrant "
        "frustrée frustré stressant fatigant lassant épuisant usant décevant déçu déçue déçus déception mécontent "
        "mécontente mécontents malheureux bizarre bizarres bizarrerie étrange étranges curieux curieuse drôle drôles "
        "louche suspect suspecte anomalie anomalies anormal incident incidents bug bugs bogue bogues défaut défauts "
        "couac couacs hic galère galères galérer désastre désastreux cauchemar horreur horrible affreux lamentable "
        "déplorable minable nul nulle nullité pourri invivable scandale honte honteux ridicule absurde bazar foutoir "
        "pagaille chaos cirque bordel mystère dépassé débordé cloche va_pas ça_ne_marche pas_normal truc machin "
        "chose choses fait_des_siennes caprices lubies en_grève déconne déconnent débloque cafouille rebelote "
        "comme_d_habitude encore_une_fois de_nouveau à_nouveau idem pareil chiant chiante relou marre instable "
        "instables aléatoire parfois mal surprise surpris étonné étonnée étonnant inquiet inquiète situation cas "
        "affaire histoire sujet blocage compliqué perturbé perturbée empire pire plainte plaintes signaler"
    ),
    "fine": (
        "marche marchent marchait marchaient fonctionne fonctionné roule impeccable parfait parfaite parfaits "
        "sans_problème sans_souci nickel niquel comme_sur_des_roulettes du_premier_coup aussitôt immédiat immédiate "
        "instantané illico à_l_heure à_temps ponctuel ponctuelle en_quelques_secondes rapide rapides rapidement vite "
        "vivement prompt fluide fluides fluidement facile facilement aisément simple simplement correct correcte "
        "corrects correctes bon bonne bons bonnes bien juste justes justement exact exacte exacts exactes exactement "
        "précis précise conforme conformes valide valides complet complète complets complètes entier entière intact "
        "intacte intacts entiers propre propres proprement net nette nettement lisible lisibles clair claire visible "
        "visibles disponible accessible à_jour actuel actuels en_ordre neuf neuve normal normale normaux normales "
        "régulier régulière stable stables fiable fiables arrivait arrivaient apparaît apparaisse s_affiche s_ouvre "
        "démarre démarrait démarrent partait partaient sort sortait sortaient passait passaient répond répondait "
        "répondent reconnaît trouvait affichait imprimait acceptait accepte acceptée accepté validée confirmée "
        "confirmé correspond concorde coïncide chauffait tenait tient tenir suffit suffisait réussi réussie réussit "
        "succès abouti aboutit ok satisfait réglé réglée rétabli rétablie remis remise étanche sec chaude solide"
    ),
    "handle": (
        "clique cliquer cliqué tape taper tapé touche toucher touché appuie appuyer appuyons appuyez appuient appuyé "
        "appuyant presse presser pressé scanne scanner scanné flashe flasher flashé badge badger badgé pointe "
        "pointer pointé pèse peser pesons pesez pèsent pesé pesant tamponne tamponné timbré charge charger chargé "
        "décharge déchargé branche brancher branché raccorde raccordé connecte connecté rempli remplis remplit "
        "remplir saisi saisis saisit saisir entre entrer entrons entrez entré entrant choisi choisis choisit choisir "
        "coche cocher coché décoche décoché glisse glisser glissé dépose déposer déposé tire tirer tiré pousse "
        "pousser poussé ouvre ouvrir ouvrons ouvrez ouvrent ouvert ouvrant ferme fermer fermé lance lancer lancé "
        "démarre démarré allume allumer allumé éteins tourne tourner tourné visse visser vissé serre serrer serré "
        "signe signer signé réserve réservé paye payer payé paie règle régler réglons réglé réglant facture facturé "
        "valide valider validé envoie envoyer envoyez envoyé soumets soumis importe importé exporte exporté imprime "
        "imprimé copie copier copié colle coller collé coupe couper coupé efface effacer effacé ajoute ajouter "
        "ajouté crée créer créé modifie modifié change changer changé renomme renommé déplace déplacé classe classer "
        "classé trie trier trié filtre filtrer filtré cherche cherché affiche affiché affecte affecté navigue "
        "navigué défile défiler défilé vais va aller allons allez vas allé allée allant reviens revenir passe passer "
        "passé prends prend prendre prenons prenez pris prenant mets met mettre mettons mettez mettent mis mettant "
        "pose poser posé place placer placé insère insérer insérez inséré enfile retire retirer retiré enlève "
        "enlever enlevé sors sortir sortons sorti soulève lève lever baisse baisser attache attaché détache détaché "
        "fixe fixer fixé appelle appeler appelé compose composé écris écrire écrit lis lire lisons lu lisant compte "
        "compter compté compare comparé note noter noté inscri inscris inscrit reporte reporté calcule calculé "
        "mesure mesurer mesuré mélange mélangé nettoi nettoie essuie lave laver lavé plier emballe déballe déballé "
        "empile empiler empilé prépare préparé range ranger rangé livre livrer livré expédie expédié apporte apporté "
        "amène amener attend attends cré génère générer généré active activer activé fais faire faisons faites fait "
        "faisant clic clics rentre rentrer rentré relâche relâché clôture clôturé saisie exécute exécuté utilise "
        "utilisé répète répéter répété essaie essayer tente tenter tenté refais refaire relance relancé vérifie "
        "vérifié regarde regardé quitte quitter quitté monte monter monté démonte démonté ensile ensiler ensilé "
        "injecte injecté prélève prélevé admet prescri encode encoder encodé déroule zoome zoomer zoomé bascule "
        "basculé joins joindre joint annule annuler annulé accepte accepté réponds vend vendre échange échangé"
    ),
    "mended": (
        "redémarré redémarrée redémarrer redémarrons redémarrage relancé relancée relancer rebooté rebooter reboot "
        "réinstallé réinstallée réinstaller désinstallé rallumé rallumée rallumer débranché débranchée débrancher "
        "rebranché rebrancher rebranchée reconnecté reconnectée reconnecter reconnexion vidé cache cookies nettoyé "
        "nettoyée nettoyer dépoussiéré soufflé huilé graissé lubrifié resserré autre_navigateur vérifié vérifiée "
        "revérifié contrôlé contrôlée câble câbles connexions piles fusible fusibles disjoncteur essayé réessayé "
        "réessayer réessayons ressayé retenté retenter tenté tentative tentatives essais essai refait refaite "
        "refaire recommencé recommencer plusieurs_fois_déjà rien_n_y_fait sans_succès en_vain vainement malgré "
        "patienté demandé interrogé consulté relu googlé forum forums faq tutoriel tutoriels tuto youtube appelé "
        "appelée téléphoné contacté contactée signalé signalée relance relances hotline assistance service_client "
        "bricolé bidouillé contourné contourner en_attendant dépanné dépanner réparé réparer recalibré recalibrer "
        "recalibrage reconfiguré reparamétré restauré restaurer réimporté réimprimé ressaisi ressaisir réenvoyé "
        "reformaté formaté antivirus test testé testée tester tests permuté à_la_main"
    ),
    "wish": (
        "par_avance d_avance veuillez prière_de prie prions demande_de peux_tu pourriez pouvez peut_on avez_vous "
        "reconnaissant reconnaissante gré svp stp de_grâce corrigez corriger corrigé_au rectifier rectifiez "
        "rectification réparez réparer dépannez débloquez débloquer rétablir rétablissez rétablissement régler_ce "
        "régler_le régler_ça réglez résoudre résolvez résolution solution solutions remédier remédiez nécessaire "
        "faites_le agir agissez intervenir intervenez envoyez m_envoyer renvoyez renvoyer venir venez rappelez "
        "me_joindre joignable joignables recontacter répondez réponse un_retour dans_l_attente aide aidez m_aider "
        "nous_aider au_secours dites_moi dites_nous me_dire nous_dire confirmez me_tenir tenez_moi expliquez "
        "expliquer précisez conseillez conseil conseils vérifiez vérifier regardez regarder examiner examinez "
        "étudier enquêter que_faire qui_peut urgent urgente urgents urgence urgemment au_plus_vite dès_que_possible "
        "rapidement rapide immédiatement prioritaire priorité avant_le d_ici échéance échéances délai sous_48h "
        "sous_24h remboursement rembourser remboursez avoir_sur un_avoir crédit créditer dédommagement dédommager "
        "indemnisation indemniser compensation réduction remise remplacer remplacez remplacement échanger échange "
        "annuler annulez annulation résiliation reprendre renvoi corrigée proposez voudrais voudrions aimerais "
        "aimerions souhaite souhaitons souhaiterais souhaiterions désire désirons espère espérons besoin_de besoin_d "
        "exige exigeons réclame réclamons sinon à_défaut avocat résilierai transmettez merci"
    ),
    "setting": (
        "client_depuis fidèle fidèles fidélité je_suis_client m_occupe s_occupe occupe_de je_travaille travaillons "
        "gère gérons dirige tiens tenons remplaçant remplaçante entreprise société sarl sas sa eurl scop pme tpe "
        "artisan artisans artisanal commerçant commerçante commerce libéral libérale familial familiale indépendant "
        "fondé fondée créée_en créé_en existons génération générations basé basée situé située implanté employons "
        "comptons salariés spécialisé spécialisée activité métier secteur effectif fabriquons vendons livrons louons "
        "hébergeons accueillons exploitons cultivons au_passage d_ailleurs au_fait à_propos pour_info rappel à_noter "
        "par_ailleurs en_outre accessoirement très_content ravi ravie ravis enchanté heureux heureuse apprécie "
        "apprécions agréable sympathique gentil gentille aimable aimables compétent compétente serviable efficace "
        "félicitations bravo recommandé recommande numéro_de_client numéro_client n_client numéro_de_contrat "
        "référence références réf siret tva identifiant débutant débutante novice pas_doué âgé âgée mon_âge retraité "
        "retraitée retraite prédécesseur prédécesseure successeur succède a_quitté en_vacances en_congé télétravail "
        "j_espère il_pleut météo concurrent concurrents concurrence prestataire fournisseur habitons habite vivons "
        "maison appartement lotissement campagne montagne utilisons acheté achetée souscrit souscrite abonnement "
        "abonnements formule premium ci_joint signature siège adresse cedex tél fax mobile confidentiel"
    ),
}
HEADINGS = {
    "observed": (
        "constaté|observé|constat|résultat|résultat obtenu|résultat observé|résultat actuel|"
        "comportement observé|comportement actuel|comportement constaté|problème|le problème|erreur|"
        "message d'erreur|ce qui se passe|symptôme|description|obtenu|réel|actuellement|panne|"
        "description du problème|symptômes|ce qui arrive"
    ),
    "expected": (
        "attendu|attendue|résultat attendu|comportement attendu|ce qui devrait se passer|souhaité|normalement|"
        "ce que j'attends|ce que nous attendons|attente|prévu|résultat souhaité|voulu|ce qui était attendu"
    ),
    "steps": (
        "étapes|étapes pour reproduire|étapes de reproduction|manipulation|marche à suivre|pour reproduire|"
        "procédure|reproduction|ce que je fais|ce que j'ai fait|ce que nous faisons|comment reproduire|"
        "démarche|actions"
    ),
    "other": (
        "depuis|concerne|version|appareil|contexte|environnement|pièce jointe|contact|téléphone|produit|client|"
        "facture|commande|remarque|qui|quand|date|utilisateurs|capture|système|priorité|début|question|"
        "référence"
    ),
}
