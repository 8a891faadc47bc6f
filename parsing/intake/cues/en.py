"""English cues. `word*` is a verb with its endings, `two_words` a phrase."""

WORDS = {
    "deny": (
        "not no never nothing nobody none without cannot can't cant don't dont doesn't doesnt didn't didnt isn't "
        "isnt aren't won't wont wasn't weren't hasn't haven't couldn't wouldn't no_longer unable neither nor "
        "anymore any_more"
    ),
    "error": (
        "error errors exception exceptions timeout timeouts warning code fatal denied refused forbidden "
        "unauthorized unavailable timed_out invalid failure failures sigsegv 404 403 500 502 503 504 error_message "
        "message_says not_responding stack_trace traceback rejected"
    ),
    "symptom": (
        "crash* freeze* froze frozen hang* hung stuck disappear* vanish* blank empty white black grey missing "
        "duplicate* double twice lost lose* flicker* flash* blink* spin* overwrit* overwritten wrong incorrect "
        "incorrectly garbled blurry cut_off jump* overlap* restart* reboot* shut* quit* force_close force_quit "
        "force_closes drop* stop* dead slow slowly endless endlessly forever fail* reset* revert* gone loop "
        "logged_out thrown_out kicked_out unresponsive red dark cut beep* turn_off turns_off switch_off "
        "switches_off goes_off went_off still_there comes_back come_back bounce* skip* shifted mixed_up upside "
        "leak* jam* smoke noise loud only expired locked invisible unreadable corrupt* ignore* lag* instantly "
        "nothing_happens goes_down went_down tiny repeat*"
    ),
    "fault": (
        "broken bug bugs problem problems issue issues trouble not_working doesn't_work does_not_work fault faulty "
        "defect defective malfunction* acting_up plays_up something_wrong something_off"
    ),
    "should": (
        "should shouldn't ought expect expected expecting expects expectation supposed must would_expect would_have "
        "has_to have_to needs_to need_to be_able should_be due agreed promised needs"
    ),
    "want": "want* would_like wish* i'd_like hope* prefer* we_need i_need allow*",
    "contrast": "instead instead_of rather_than rather in_place_of compared whereas unlike",
    "but": "but however although though yet even_though",
    "former": (
        "used_to previously formerly earlier always until_now up_to_now in_the_past normally usually before "
        "as_usual originally was_fine worked correctly properly right_away immediately as_before last_year"
    ),
    "now": (
        "now currently suddenly still since lately today at_the_moment keep* keeps again always_the_same every_time"
    ),
    "act": (
        "click tap press push open go select enter type choose install uninstall launch start set add remove delete "
        "scroll log sign login upload download create edit change switch swipe drag drop hold rotate turn plug "
        "unplug connect disconnect pick insert scan print save send search navigate fill tick check uncheck enable "
        "disable copy paste move run import export visit load refresh reload close use try put write attach hit "
        "mark unmark deselect confirm draw record view pull expand minimise minimize toggle update configure make "
        "generate submit call dial pay order book take scan_the get_to double-click right-click reopen resize reply "
        "forward fetch request post query pass wait sort"
    ),
    "acts": (
        "clicked clicking clicks tapped taps tapping pressed presses pressing opened opens opening went goes going "
        "selected selects selecting entered enters entering typed types typing chose chosen chooses choosing "
        "installed installing launched launching started added adding removed removing deleted scrolled logged "
        "signed signing uploaded uploading downloaded created creating edited editing changed changing switched "
        "swiped swiping dragged rotated plugged unplugged connected picked picks inserted scanned scans printed "
        "saved saves searched filled ticked enabled disabled copied pasted moved ran imported exported visited "
        "refreshed reloaded closed used using tried trying puts wrote hit marked hitting confirmed drew recorded "
        "viewed pulled submitted dialled paid ordered booked took taken put signs logs sends sent hits changes "
        "repeated drags"
    ),
    "seq": (
        "then after afterwards next finally first firstly second secondly third thirdly lastly followed once "
        "first_of_all and_then after_that"
    ),
    "cond": "when if whenever every_time as_soon_as each_time while upon once the_moment",
    "ui": (
        "button menu screen tab field page settings icon link box dialog window list checkbox dropdown toolbar form "
        "folder app tile popup pop-up column row keyboard cursor"
    ),
    "show": (
        "see* saw appear* show* shown display* say* said tells told read* get* got receive* happen* remain* stay* "
        "left contains notice* look* turns comes come became become* result* returns stares staring end_up ends_up "
        "ask* arrive*"
    ),
    "self": "i we my our me us i'm i've i'd we're we've",
    "you": "you your you're yours",
    "it": "it they this that these those it's there",
    "polite": (
        "hello hi hey dear thanks thank regards cheers sincerely greetings best_regards kind_regards morning "
        "thank_you good_morning good_afternoon welcome sorry yours_sincerely many_thanks"
    ),
    "please": "please could_you can_you would_you kindly asap",
    "env": (
        "version versions android ios windows macos linux device firmware browser firefox chrome safari model os "
        "build samsung galaxy pixel iphone ipad laptop serial smartphone phone: rom hardware"
    ),
    "wonder": (
        "why how what_is any_ideas could_it maybe perhaps probably think believe guess suspect cause caused suggest "
        "suggestion"
    ),
    "able": "can able possible could",
    "would": "will would",
    "was": "was were did had",
    "proper": (
        "correct fine remain normal normal_way ok okay working work works same enough correctly properly in_demo "
        "in_the_demo as_always contract sla guaranteed documentation documented docs handbook manual schema spec "
        "advertised we_pay paying"
    ),
    "way": (
        "steps reproduce repro way way_is to_get_there procedure routine usual_thing sequence the_usual how_i do_is "
        "what_i_do what_we_do i_did we_did"
    ),
    "picture": "attached attachment screenshot screenshots photo picture log logs logcat video recording",
    "time": (
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
        "september october november december yesterday weekend week weeks month months year years days ago o'clock "
        "am pm lunchtime noon tonight night holidays spring summer autumn winter christmas started began past "
        "first_time date utc since hours"
    ),
    "people": (
        "customer customers user users colleague colleagues everyone everybody anyone staff team teams employees "
        "patients parents tenants visitors people guests drivers branch branches store stores site sites department "
        "shop_floor both_of both_shops nobody_else all_of affected affects half office offices accounts pupils "
        "teachers doctors neighbour region regions"
    ),
    "talk": (
        "call phone ring mail email contact contract pay paying board meeting lawyer boss manager reply hear "
        "answer_me refund_me cancel urgent hurry quick quickly details info demo send_you on_request available "
        "technical husband wife son daughter brother cousin colleague's holiday weather coffee tea ticket annex "
        "handbook guide"
    ),
    "vague": (
        "good bad happy unhappy nice pleasant useless disgrace scandal unacceptable joke mess properly trouble "
        "badly disaster satisfied amused funny useful ridiculous annoying annoyed terrible terribly awful "
        "difficulty difficulties strange odd weird unexpected disappointed stable poorly look_into investigate "
        "check fix repair sort_out understand usual everything something anything things thing"
    ),
    "got": (
        "charged billed added contains lists only_the in_the_parcel in_the_box delivered received shipped torn "
        "damaged scratched opened_box instead_of double_the total twice parcel box package carton unpacked"
    ),
    "ought": (
        "should shouldn't ought supposed_to meant_to expected expect expecting would_expect should_be has_to_be "
        "must_equal ought_to have_expected it_should is_to"
    ),
    "norm": (
        "used_to normally usually previously formerly ordinarily until_now up_to_last before_that last_term "
        "in_the_demo in_other_years like_in like_before as_before as_always as_usual before_the_update before_your "
        "before_it i_ordered we_ordered i_chose i_paid we_agreed as_agreed agreed promise* terms_say your_terms "
        "docs_say docs documentation contract* sla counting_on instead_of rather_than we_only should_have "
        "would_have should ought supposed must due agreement arranged stipulated pledged assured quote* quotation "
        "estimate offer* ordered confirmed booked reserved price_list listed catalogue catalog brochure leaflet "
        "flyer prospectus advert advertised according_to conform* manual* handbook guide datasheet spec* "
        "specification* specified drawing blueprint recipe prescribed protocol guideline* rule* regulation* "
        "regulatory law legal legally compliant statutory requirement* required requires standard* norm* rate* "
        "tariff discount* rebate entitled guarantee* warranty warranted always usual habitually customary typically "
        "regularly routinely in_the_past last_year hitherto expect* expectation* intended intention purpose "
        "one_would_think assume would_be_right logically logical reasonable sensible sensibly naturally obviously "
        "instead contrary planned scheduled timetable* ideally minimum maximum limit target nominal reference"
    ),
    "wise": "says said reads shows showed message tells written displayed appears nothing_happens only empty",
    "onset": (
        "since began begin* begun start* first_noticed first_seen first_time first_came noticed_it as_of as_from "
        "from_then from_one_day until_then until_last until_the till_last till_then up_until overnight suddenly "
        "all_of_a_sudden all_at_once out_of_the_blue without_warning abruptly came_up come_up cropped_up crept_in "
        "popped_up set_in kicked_in kicked_off after_the after_your after_our after_that after_we after_it "
        "after_last following when_we_came_back back_from upon_return went_wrong stopped_working broke_down "
        "last_worked fine_until okay_until ok_until ever_after right_after soon_after just_after days_after "
        "coincides triggered brought_on traced_back dates_back dating_back for_about for_some for_days for_weeks "
        "for_months for_two for_three for_over for_nearly for_almost for_a_week for_several these_days lately "
        "recently of_late not_before onward* ago emerged arose arisen surfaced outbreak onset came_about commenced "
        "commencing originated from_wednesday this_morning last_night over_night day_one now_that ever_more "
        "not_until last_known earliest early_on initially now_for third_day second_day all_week all_day all_month"
    ),
    "event": (
        "update* upgrade* release* rollout patch* hotfix migration migrated migrating move* relocation relocated "
        "relocating renewal renewed renewing changeover switchover cutover launch relaunch redesign storm "
        "thunderstorm lightning flood* heatwave frost hail gale power_cut blackout brownout outage holiday* "
        "vacation return* installation install* fitting fitted refit refurbishment renovation refurbished exchange* "
        "swap* replaced replacement replacing inventory stocktake* price_change repricing audit* inspection "
        "inspected maintenance serviced servicing overhaul* repair* calibrated calibration reboot restart reset "
        "wiped restore* backup rollback merged rebrand* renamed conversion converted transition* transfer* handover "
        "enrolment season harvest lambing calving sowing milking shearing reopening reopened closure downgrade* "
        "certificate expired electrician visit roadworks construction drilling drop fell fall spill* spilt knocked "
        "collision accident crash training introduction introduced commissioned rewiring rewired cabling firmware "
        "sync import* deployment deployed cleanup clean-up tidy-up wedding funeral retirement retired promotion "
        "campaign sale newsletter mailing recall strike evacuation shutdown shipment exhibition tournament go_live"
    ),
    "clock": (
        "monday* tuesday* wednesday* thursday* friday* saturday* sunday* mon tue tues wed thu thur* fri sat sun "
        "january february march april may june july august september october november december jan feb mar apr jun "
        "jul aug sep sept oct nov dec day days week* weekly weekend* weekday* month* monthly year* yearly annual "
        "annually quarter fortnight fortnightly decade hour* hourly minute* min mins second* daily nightly morning* "
        "noon midday lunchtime lunch afternoon* evening* night* midnight dawn dusk sunrise sunset teatime bedtime "
        "today yesterday tomorrow tonight overnight ago o'clock oclock am pm shift* spring summer autumn fall "
        "winter midweek season term holidays christmas xmas easter advent lent eid diwali date* calendar time* "
        "clock early late later recently beginning_of end_of middle_of mid utc gmt cet 2024 2025 2026 24h hrs hr"
    ),
    "group": (
        "nurse* doctor* physician* surgeon* carer* therapist* dentist* hygienist* vet vets pharmacist* patient* "
        "resident* driver* courier* haulier* hauler carrier* dispatcher* forwarder* packer* picker* warehouse "
        "waiter* waitress* cook* chef* bartender* barista* receptionist* reception housekeeping maids porter* "
        "guest* pupil* student* teacher* lecturer* professor* parent* headteacher librarian* caretaker* janitor* "
        "store* shop* branch* outlet* ward* site* plant* till* checkout* cashier* reps wife husband spouse partner* "
        "son daughter sister brother mother father mum mom dad aunt uncle cousin niece nephew neighbour* neighbor* "
        "family kids children child crew* apprentice* trainee* intern* temps volunteers member* subscriber* donors "
        "client* customer* buyer* supplier* dealer* agent* bookkeeping bookkeeper* accountant* hr legal production "
        "workshop* lab labs technician* engineer* mechanic* fitter* electricians welder* operator* supervisor* "
        "secretary office* clerk* assistant* employee* staff worker* colleague* team* department* unit* floor* "
        "room* flat* tenant* landlord* owners farmer* stable barn farm* depot* hub hubs terminal* docks yard fleet "
        "trucks vans buses pilots passenger* visitor* user* admin* account* seats people persons folks everyone_in "
        "household* village* region* parish club* choir fans police clinic* hospital* pharmacy school* hotel* "
        "restaurant* cafe bakery salon studio gym museum cinema headquarters workstation* pcs counter* desks"
    ),
    "all": (
        "everyone everybody all each both none nobody no_one anyone anybody every half most majority minority whole "
        "entire several some couple few handful dozen* score* two three* four five six seven eight nine ten eleven "
        "twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty "
        "seventy eighty ninety hundred* thousand* many without_exception throughout companywide nationwide "
        "worldwide countrywide storewide altogether collectively overall total percent numerous various multiple "
        "plenty countless neither either everywhere wherever universal universally generally complete completely "
        "entirely remaining other* together jointly alike regardless irrespective whoever us them twos trio pair*"
    ),
    "alone": (
        "only just alone by_itself except* apart_from aside_from other_than but_for save_for excluding exclusively "
        "nobody_else no_other none_other nobody_but none_but all_but everyone_but anyone_else myself himself "
        "herself yourself ourselves single one_person one_user one_account one_customer one_client one_machine "
        "one_till one_device one_room one_ward one_branch one_shop one_store one_site one_driver one_patient "
        "one_pupil sole solely lone isolated individual individually particular specific specifically merely purely "
        "nothing_but others_can not_others limited_to confined_to for_me my_own my_account my_phone my_pc "
        "my_computer my_machine my_login my_laptop my_tablet my_card with_me mine personally one-man self-employed "
        "freelancer solo unique one-off exception* unaffected spared elsewhere private privately all_others"
    ),
    "break": (
        "crash* freeze* froze frozen stall* jam* leak* loop* refuse* reject* bounce* times_out logs_out drop* dies "
        "died die dead spin* spun blink* rattle* overwrit* overwritten swallow* hang* hung lock* seize* stick* "
        "stuck cough* sputter* stutter* judder* shudder* vibrate* wobble* squeak* squeal* screech* grind* hum* "
        "buzz* hiss* whine* whistle* click* crackle* bang* clunk* clatter* knock* beep* chirp* alarm* drip* seep* "
        "spill* overflow* flood* burst* explode* blow* blew smoke* burn* burnt melt* overheat* spark* trip* fuse* "
        "break* broke broken snap* crack* split* tear* tore torn rip* bend* bent collapse* chew* eats ate mangle* "
        "crush* scratch* dent* misfeed* misread* mistake* confuse* mix* scramble* garble* corrupt* lose* lost "
        "forget* wipe* erase* delete* vanish* skip* miss* omit* ignore* repeat* double* truncate* chop* cut* shift* "
        "jump* slip* slide* drift* flicker* flash* fade* blank* goes_black shut* reboot* restart* reset* revert* "
        "abort* cancel* quit* close* unpair* fail* block* deny decline* fault* glitch* hiccup* bug bugs failure* "
        "outage* error* misalign* miscount* misprint* rust* corrode* clog* foul* spoil* rot* sag* lag* stop* dying"
    ),
    "wrongly": (
        "wrong wrongly incorrect incorrectly false falsely erroneous mistaken mistakenly double* twice triple "
        "thrice duplicate* empty blank garbled scrambled gibberish cracked torn ripped wet soaked damp soggy mouldy "
        "rotten stale outdated obsolete expired mixed_up muddled jumbled swapped transposed reversed in_reverse "
        "backwards upside_down inverted mirrored sideways crooked askew skewed tilted slanted misaligned shifted "
        "displaced cut_off truncated incomplete halfway partial partially overlaps too_high too_many "
        "somebody_else's differs deviates minus negative zero 0.00 nil null nan undefined unknown unreadable "
        "illegible blurred blurry smudged smeared faded faint pixelated grainy distorted squashed streaks stripes "
        "lines spots stained dirty dusty rusty dented bent broken smashed crushed damaged faulty leaking loose "
        "wobbly foreign misspelt overpaid unpaid overdue rounded inflated invalid mismatch* unequal uneven lopsided "
        "inverse grey gray black white pink purple inactive locked blocked disabled hidden unsorted random randomly "
        "excess surplus extra unwanted unasked stuck frozen jumpy warm spoilt used leaky flat dead unsealed off_by"
    ),
    "delay": (
        "slow slower slowly sluggish sluggishly take* took taken ages eternity eternities age second* minute* mins "
        "hour* wait* crawl* drag* creep* crept lag* trickle* endless endlessly forever neverending no_end eternally "
        "infinite infinitely hourglass egg_timer sandglass beachball spinning spins spinner wheel circle* rotating "
        "load* buffering buffers processing pending queue* queueing on_hold standstill delay* late later belated "
        "belatedly overdue behind backlog latency time_out times_out timed_out timeout* stuck hangs_at hanging "
        "stops_at pause* stutter* jerky hesitate* time-consuming tedious tediously long longer before_it eventually "
        "at_last finally next_day unresponsive patience impatient hold_up held_up holds_up bottleneck congestion "
        "tailback lengthy prolonged gradually painfully unbearably halts per_page postponed put_off deferred"
    ),
    "absent": (
        "miss* gone lack* absent absence without not_there not_here nothing nowhere vanish* never_arrives "
        "never_came never_received never_got never_sent hasn't_arrived didn't_arrive don't_come don't_show "
        "not_shown not_listed invisible disappear* no_trace not_a_single not_one no_sign not_any none zero nil "
        "empty blank bare void vacant unavailable untraceable unfindable can't_find can't_see cannot_see don't_see "
        "can't_hear not_found lost lose* mislaid misplaced stolen astray left_out left_off leaves_out omitted omits "
        "skipped skips swallowed deleted erased wiped removed cleared cut no_sound no_picture no_image no_signal "
        "no_network no_power no_light no_heat no_heating no_water no_reply no_answer no_email no_e-mail no_mail "
        "no_message no_text no_notice no_code no_invoice no_receipt no_refund no_money no_payment no_label "
        "no_parcel no_goods no_entry no_data no_list no_button no_option no_icon no_menu no_file no_paper no_ticket "
        "no_stock no_record no_pdf no_page no_prices no_total no_name no_date no_key no_keys no_cable no_screws "
        "no_manual dead_line silence silent quiet don't_get undelivered not_sent unsent not_saved unsaved "
        "unrecorded short_of one_short two_short fewer less shortfall shortage gap gaps hole* in_vain not_among"
    ),
    "vaguely": (
        "trouble* problem* issue* odd oddly oddity oddities weird weirdly weirdness funny strange strangely "
        "peculiar curious mysterious mystery puzzling baffling suspicious fishy dodgy shaky flaky patchy iffy "
        "unreliable nuisance annoyance annoying annoyed annoys headache* pain hassle bother* bothersome grief "
        "not_right acts_up mess* chaos chaotic shambles the_usual same_again not_happy unhappy displeased "
        "frustrated despair desperate difficulties difficulty difficult on_strike strikes striking something_up "
        "haywire crazy mad insane amok haunted cursed moody stubborn sulks sulking unwell sick poorly terrible "
        "terribly awful awfully horrible dreadful lousy rubbish garbage crap useless hopeless worthless unusable "
        "unbearable impossible disaster disastrous nightmare joke farce circus disgrace scandal scandalous shame "
        "absurd nonsense bad badly worse worst poor concern* worry* worries worried alarming complaint* complain* "
        "grievance gripe grumble* moan* irritated upset angry furious livid cross stress stressful inconvenience* "
        "sadly alas help stranded clueless broken kaput bust* defect defective fault faulty glitch* glitchy hiccup* "
        "snag* bug buggy matter anomaly anomalies somehow whatever incident case situation misbehave* unsettled"
    ),
    "fine": (
        "work* smooth smoothly flawless perfect without_a_hitch without_problems prompt promptly in_one_go "
        "within_seconds in_time on_time punctual straight instant quickly quick fast faster swiftly swift rapid "
        "rapidly speedily directly automatically complete* full fully whole intact entire all_of_them arrive* open* "
        "appear* green loads finish* succeed* successfully correct* right rightly properly proper accurate exact "
        "exactly precise true match* tally tallies agree* adds_up balance* correspond* equals fit fits sits aligned "
        "flush tight tightly sealed dry clean clear clearly sharp crisp legible readable visible audible bright "
        "steady steadily stable stably reliable reliably constant even evenly firm firmly solid unbroken unharmed "
        "fresh new chilled warm quiet quietly silent silently accept* recognise* recognize* remember* keeps stay* "
        "remain* retain* saved stored kept print* send* sent deliver* received credited refunded booked updated "
        "current latest sorted synced once normal good well better great fine ok okay alright happily easily easy "
        "freely gently neatly nicely neat tidy safe safely secure usable online heats cools charges charged ring* "
        "allow* permits unlock* close* respond* react* continue* list* contain* include* display* show* normally"
    ),
    "handle": (
        "click* tap* touch* press* push* swipe* slide* scan* weigh* measure* stamp* frank* dock* load* plug* type* "
        "enter* fill* choose* chose chosen select* pick* drag* drop* open* hold* held release* sign* book* clock_in "
        "clocked_in clock_out call_up submit* download* run* ran start* log_in logs_in log_out save* store* print* "
        "send* sent reply replied attach* copy* copies copied paste* cut* insert* remove* add* delete* edit* alter* "
        "modify move* draft* write* wrote draw* drew mark* tick* switch* turn* flick* flip* twist* wind* crank* "
        "pull* lift* lower* raise* tilt* place* lay laid put* set* stand* hang* hung hook* clip* clamp* screw* "
        "bolt* strap* wrap* pack* unpack* tape* seal* label* wheel* drive* drove park* tow* hitch* steer* ride* "
        "walk* go goes went navigate* visit* search* find* sort* group* import* export* sync* connect* disconnect* "
        "pair* dial* phone* ring* play* stop* pause* film* shoot* shot take* took order* pay* paid buy* bought "
        "bill* count* sell* sold serve* pour* brew* cook* bake* mix* heat* warm* wash* rinse* clean* wipe* admit* "
        "dose* feed* fed milk* tag* sow* mow* spray* teach* enrol* grade* plan* ship* receive* stack* stock* "
        "transfer* drill* mill* weld* saw* grind* paint* mount* install* align* zoom* focus* aim* hover* point* "
        "close* shut* lock* confirm* agree* skip* build* post* query use* try* tries wait* tee* slot* dip* swap*"
    ),
    "mended": (
        "restart* reboot* power_cycled power-cycled cleared_the_cache cleared_cache re-installed uninstalled "
        "reinstall* reset_it factory_reset new_password checked_the_cable checked_that double-checked another_cable "
        "new_cable other_cable another_pc other_browser another_phone another_card another_till incognito "
        "asked_a_colleague asked_around consulted called_you phoned_you rang_you called_your phoned_your rang_your "
        "called_twice phoned_twice rang_twice hotline helpline spoke_to spoken_to spoke_with talked_to wrote_to "
        "written_to wrote_you emailed e-mailed sent_a_mail sent_several messaged contacted chatted chatbot "
        "complained reported_it reported_this google* looked_online the_faq youtube forum tried attempted "
        "repeatedly retried waited off_and_on unplugged_it unplugged_and new_batteries cleaned descaled dusted "
        "blew_out bled_the updated_to latest_update all_updates up-to-date disabled_all antivirus virus_scan "
        "virus_scanner safe_mode ad_blocker adblocker extensions plugins spam_folder junk_folder no_avail in_vain "
        "without_success unsuccessfully no_success no_luck no_joy no_improvement no_change no_difference no_help "
        "no_use didn't_help doesn't_help hasn't_helped not_helped nothing_helps didn't_change fruitless same_result "
        "same_outcome persists persisted ruled_out excluded our_it workaround work_around temporarily makeshift "
        "by_hand manually on_paper borrowed_a already rolled_back downgraded reverted reconnected re-paired"
    ),
    "wish": (
        "please pls plz kindly could_you can_you would_you will_you may_i may_we might_you call_me call_us "
        "call_back callback ring_me ring_back phone_me write_back let_me_know tell_me tell_us inform_me inform_us "
        "get_back reach_me reach_us contact_me contact_us answer_me reply_to look_into sort_it sort_out sorted_out "
        "deal_with attend_to fix_it fix_this solve_it solve_this solution resolve* remedy rectify put_right "
        "correct_it repair_it replace_it send_us send_me send_a send_the send_out resend re-send collect_it come_by "
        "come_round come_over come_out urgent urgently urgency hurry quickly quick_help speedy asap soon soonest "
        "immediately by_return by_tonight by_noon by_monday by_tuesday by_friday refund* reimbursement reimburse "
        "money_back credit* compensation compensate damages reduction goodwill voucher cancellation cancel_my "
        "withdraw terminate replacement grateful appreciate* obliged i_would_like i'd_like we'd_like i_want we_want "
        "i_wish we_wish demand insist request require we_need i_need need_it need_this need_your need_a deadline* "
        "due_date priority advise advice suggestion recommend when_will when_can who_can where_can what_now "
        "what_next any_idea any_ideas any_news status await* look_forward looking_forward in_advance your_help "
        "help_me help_us lawyer solicitor ombudsman otherwise or_else if_not appointment reachable my_number"
    ),
    "setting": (
        "customer_since we_are_a we_are_an we're_a we're_an i'm_a i'm_an i'm_the family_business family-run "
        "medium-sized mid-sized our_company our_firm our_hotel our_farm our_shop my_shop my_firm my_name i_work "
        "we_work i_run we_run i_own we_own i_manage we_manage i_teach we_make we_sell we_build we_supply we_offer "
        "employ* employees founded established generation* by_the_way incidentally btw side_note apropos ps p.s "
        "postscript happy_with very_happy love_your like_your i_like we_like friendly recommended contract_number "
        "customer_number order_number invoice_number reference ref new_here i'm_new new_in new_job newcomer "
        "took_over responsible_for my_job my_task my_role representing deputise stand_in on_holiday on_leave "
        "off_sick parental back_on retired retires retirement pensioner pension has_left predecessor successor "
        "predecessor's aged my_age elderly technically based_in i_live we_live near_the in_town i've_had purchased "
        "inherited lease* rent* subscribed subscription licence* license plan package premium we_use i_use uses_it "
        "background context fyi explanation our_call we_spoke thank_you_for hope_you hope_all weather rain* sunny "
        "busy hectic anniversary birthday celebrate* wedding party considering expand* confidential enclosed "
        "unrelated separate besides anyway volunteer* charity non-profit association club cooperative co-op limited "
        "ltd gmbh inc plc llc trainee apprenticeship studied qualified acres hectares cows beds seats rooms i_am_a"
    ),
}
HEADINGS = {
    "observed": (
        "actual|actual behavior|actual behaviour|actual result|actual results|observed|observed behavior|"
        "observed behaviour|observed result|current behavior|current behaviour|what happens|what happened|"
        "what does happen instead|what happens instead|what do you see instead|what actually happens|"
        "what actually happened|problem|the problem|describe the bug|bug description|symptom|symptoms|issue|"
        "error|error message|result|got|actually|now|fault|what i see|what we see|what goes wrong|"
        "describe your issue|description|describe the issue|current result|reality|what is happening|"
        "what we get|what i get"
    ),
    "expected": (
        "expected|expected behavior|expected behaviour|expected result|expected results|what is expected|"
        "what should happen|what did you expect|what you expected|should be|wanted|desired behavior|"
        "desired behaviour|expectation|what i expected|what we expected|what is the expected output|"
        "what did you expect to happen|desired|should|what i want|what we want|what i expect|what we expect|"
        "what should be|expected outcome|expected output|correct behavior|correct behaviour|required|"
        "how it should be|normally|what it should do"
    ),
    "steps": (
        "steps|steps to reproduce|steps to reproduce the behavior|steps to reproduce the behaviour|"
        "steps to reproduce bug|steps to reproduce the problem|steps to reproduce the issue|to reproduce|"
        "how to reproduce|reproduce|repro|repro steps|reproduction|reproduction steps|"
        "what steps will reproduce the problem|steps to replicate|how to reproduce it|what did you do|"
        "what i did|what we did|what i do|what we do|step by step|procedure|to get there|how|how to get there|"
        "when i perform this sequence of events|how to replicate|what are you doing|actions|the way is"
    ),
    "other": (
        "environment|context|additional context|additional information|screenshots|screenshot|logs|log|logcat|"
        "app info|version|versions|affected versions|device|smartphone|desktop|system|software specifications|"
        "general information|device information|device and android version|notes|note|example|"
        "possible solution|workaround|solution|question|summary|since|affected|users|started|contact|phone|"
        "attachments|attachment|reason|title|category|priority|impact|who|when|who is affected|for who|"
        "for whom|affects|first seen|product|order|invoice|customer|platform|configuration|details"
    ),
}
