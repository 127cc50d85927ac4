"""Which nouns are things that one can own."""

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account

__all__ = ["is_thing", "may_be_thing"]

_THINGS = words_of(
    """
    accordion aga air-fryer airfryer allotment amp amplifier anvil apartment apron aquarium armchair ax axe
    backpack bag bagpipes banjo barbecue barn barrel basket bass bassoon bathtub battery bbq beanbag bed bell
    bench bicycle bike binoculars blanket blender board boat book bookcase bookshelf boot bow bracelet
    bread_machine breadmaker broom buggy bungalow cabin cabinet cactus caravan car card_deck carpet cello cabin
    chain chainsaw chair chalet chandelier chariot clarinet clock closet coat coffee_machine collection comb
    compass computer console convertible cooker copter cottage cot couch crockpot cupboard curtain cycle dashcam
    deck desk dictaphone dishwasher double-bass drill drone dress dresser drum drums drumkit duvet dehumidifier
    dehydrator e-bike e-reader easel ebike electric_guitar encyclopedia espresso_maker fan farm fiddle fireplace
    flat flute fork freezer fridge furniture fryer garage garden gazebo generator glider globe glove goggles
    gramophone greenhouse grill grinder guitar gun hairdryer hammer hammock handbag handcart handpan harmonica
    harness harp harpsichord hat headphone headphones headset heater helmet hob hoover horn hot-tub house
    houseboat humidifier hut instrument instapot instant_pot ipad iphone iron jacket jeep jetski jewel juicer
    jumper kalimba kart kayak kettle keyboard kiln kindle kit knife ladder lamp land_rover laptop laser lathe
    lawnmower lens library_card lift lock locker loft loom lorry lute lyre macbook machine mandolin map marimba
    mat mattress metronome microphone microscope microwave minibus mirror mixer modem monitor monocle moped
    motorbike motorboat motorcycle motorhome mountain_bike mower mug narrowboat necklace nespresso notebook oboe
    organ oud oven paddleboard painting pan panel parasol pc pen phone photocopier piano pickup picture pipe plane
    planter player playstation plough plow polytunnel pond pool portrait pot printer projector pump punchbag
    puzzle quad quilt racket racquet radiator radio raft rake raincoat razor record record_player recorder
    refrigerator rice_cooker rifle ring robot robovac roof_rack rowing_machine rowboat router ruck rucksack rug
    saddle safe sailboat samovar sander sauna saw sax saxophone scanner scarf scooter screen screwdriver sculpture
    sensor server set sewing_machine shed shelf ship shirt shoe shovel sickle sidecar sideboard sink sitar
    skateboard ski skirt sled sledge sleeping_bag smartphone smartwatch smoker snowboard snowmobile sofa
    solar_panel spade speaker spinning_wheel sports_car stand statue stereo stove stroller studio_flat suit
    suitcase surfboard switch sword synth synthesiser synthesizer table tablet tandem tank taxi teapot telescope
    television tent terrace terrarium thermomix thermostat theremin timeshare toaster tool toolbox toolkit torch
    toy tractor trailer trainer trampoline treadmill treehouse tricycle tripod trombone trousers truck trumpet
    trunk tuba turntable tv typewriter ukulele umbrella unicycle vacuum van vehicle veranda vespa villa vinyl
    viola violin violoncello vineyard wagon wallet wardrobe washer watch wheel wheelbarrow wheelchair wetsuit
    whistle wig wok workbench wristwatch xbox xylophone yacht yurt zither camera camcorder lawn orchard campervan
    camper stand-mixer trimmer barometer pressure_cooker slow_cooker cargo_bike bread_bin hedge_trimmer earring
    earbud earphone jeans jersey pyjamas cookbook atlas bible dictionary comic stamp coin rowing_boat canoe dinghy
    jukebox pinball_machine webcam gopro steam_deck ps5 ps4 nintendo subwoofer soundbar vacuum_cleaner dryer
    tumble_dryer washing_machine dishrack cast-iron skillet stone waffle_iron pasta_maker airbed hot_tub jacuzzi
    swing sandpit hedge fishing_rod rod reel tackle bucket hoe strimmer leaf_blower snow_blower snowblower motor
    engine tractor minivan hatchback suv sedan coupe estate_car cabriolet tesla toyota volvo honda ford bmw audi
    """
)
_MAKERS = tuple(
    words_of(
        """
        machine maker player cooker phone bike board boat blower grinder printer cleaner processor mower trimmer
        tracker purifier roaster heater lamp monitor charger
        """
    )
)
_NO_THINGS = words_of(
    """
    question meeting cold time plan look idea appointment problem issue headache day week party chat dream goal
    job interview exam deadline budget baby friend brother feeling allergy intolerance thought call trip flight
    class lesson chance choice sense doubt reason break rest fever flu cough degree diploma birthday name age
    opinion fear hobby crush date drink coffee tea beer lunch dinner breakfast snack meal cake pizza soup sandwich
    holiday vacation weekend evening morning night afternoon year month hour minute life fun luck work task shift
    right wrong power access account subscription membership ticket reservation booking order voucher discount
    code mortgage loan debt money cash interest passion love hate habit routine skill talent memory experience
    history background story song joke point view preference taste favour favor request suggestion complaint
    concern worry trouble difficulty pain ache injury bruise scar tattoo beard moustache hair eye nose ear leg arm
    hand foot back heart knee shoulder toothache migraine stomach infection virus disease condition disorder
    diabetes asthma adhd symptom surgery operation therapy session workshop course seminar conference concert gig
    match game? race marathon tournament colleague boss neighbour neighbor flatmate roommate housemate landlord
    tenant client customer team crew staff guest visitor guy man woman girl boy people person kid doctor dentist
    lawyer teacher nanny cleaner plumber accountant sitter trainer? therapist cover accent answer advice tip
    recommendation list copy version feature update bug error half lot bit thing stuff something nothing anything
    everything one none other others cat dog sweet_tooth tooth nap sleep shower bath walk run ride swim drive
    hangover mood mess need want wish attitude temper tendency option alternative way mind soft_spot spot place
    space room seat window view system project assignment essay homework test result report paper document file
    email message letter? text note? info information data number address password licence license passport visa
    permit business company degree phd master bachelor certificate qualification experience knowledge clue hunch
    guess theory hypothesis proof evidence fact example case situation reply response decision conversation
    discussion argument fight row quarrel affair relationship marriage wedding divorce funeral baby_shower
    ceremony celebration anniversary event visit tour journey move delivery parcel package refund return invoice
    bill receipt payment salary income pension grant scholarship award prize medal trophy? contract agreement deal
    offer promise secret surprise rumour news influence effect impact weakness strength advantage disadvantage
    benefit limit limitation restriction rule policy standard principle value belief faith religion childhood
    family parent patience energy stamina appetite thirst hunger craving weakness season start end beginning
    balance tongue voice skin blood bone weight height size shape figure body face head brain throat lung liver
    stomach suspicion grudge blast ball laugh cry word say go turn shot try crack bash stab complaint lease weed
    gluten meat sugar fat salt protein vegetable fruit egg cheese bread rice pasta noodle wine whisky gin rum
    vodka juice water milk
    """
)
_ABSTRACT = (
    "tion",
    "sion",
    "ment",
    "ness",
    "ity",
    "ance",
    "ence",
    "ship",
    "ism",
    "hood",
    "dom",
    "acy",
    "ology",
    "graphy",
)
_TIMES = frozenset({"DATE", "TIME", "MONEY", "PERCENT", "EVENT", "PERSON", "GPE", "CARDINAL", "ORDINAL", "QUANTITY"})


def is_thing(account: Account, word: Word) -> bool:
    """Whether a noun is known as a thing to own, by itself or with the word before it."""
    lemma, text = word.lemma.lower(), word.lower
    before = account.parse.words[word.place - 1].lower if word.place else ""
    if any(one in _THINGS for one in (lemma, text, f"{before} {lemma}", f"{before}-{lemma}", text.removesuffix("s"))):
        return True
    if lemma.endswith(_MAKERS) and lemma not in ("headphones",):
        return True
    return _branded(account, word)


def _branded(account: Account, word: Word) -> bool:
    """As in "A Canon", "two Kindles": a name with an article or a number."""
    if word.pos != "PROPN" or not word.text[0].isupper() or not any(account.parse.children(word, "det", "nummod")):
        return False
    if any(one.lower not in ("a", "an", "the") for one in account.parse.children(word, "det")):
        return False
    labels = {one.label for one in account.parse.named if one.first <= word.place < one.end}
    known = bool(labels & {"PRODUCT", "ORG"}) or any(account.parse.children(word, "compound"))
    return known and not labels & _TIMES and word.lemma.lower() not in _NO_THINGS


def may_be_thing(account: Account, word: Word) -> bool:
    """Whether a noun that one owns, buys or sells can be a thing at all."""
    lemma = word.lemma.lower()
    if is_thing(account, word):
        return True
    if lemma in _NO_THINGS or (lemma.endswith(_ABSTRACT) and word.pos == "NOUN"):
        return False
    if word.pos == "PROPN" and not any(account.parse.children(word, "det", "poss", "nummod", "amod")):
        return False
    return not any(one.label in _TIMES and one.first <= word.place < one.end for one in account.parse.named)
