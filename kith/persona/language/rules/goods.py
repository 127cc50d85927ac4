"""Words for things that people own, and for what they have, buy and lose that is no thing of theirs."""

from kith.persona.language.lexicon import words_of

__all__ = ["CONSUMED", "DEVICES", "GOODS", "NO_GOODS", "OF_MATTER"]

_ROOMY = words_of(
    """
    allotment apartment balcony barn bungalow cabin campervan chalet conservatory cottage darkroom farm farmhouse flat
    garage garden gazebo greenhouse house houseboat hut lawn lodge loft maisonette orchard patio pergola polytunnel
    pond pool sandpit sauna shed studio studio_flat summerhouse terrace timeshare townhouse treehouse veranda villa
    vineyard workshop_bench yurt
    """
)
_RIDDEN = words_of(
    """
    ambulance bicycle bike boat buggy bus cabriolet camper canoe car caravan catamaran coracle convertible coupe cycle
    dinghy e-bike ebike estate_car glider go-kart handcart hatchback helicopter hovercraft jeep jetski kart kayak
    kneeboard lorry minibus minivan moped motorbike motorboat motorcycle motorhome motor narrowboat paddleboard
    pickup_truck pushchair pram quad raft rollerblade rowboat sailboat sailboard scooter sedan segway sidecar skateboard
    ski sled sledge snowboard snowmobile speedboat stroller surfboard suv tandem tractor trailer tricycle truck unicycle
    van vehicle wagon wakeboard wheelbarrow wheelchair windsurfer yacht vespa land_rover tesla toyota volvo honda ford
    bmw audi longboard roller_skate ice_skate skate
    """
)
_PLAYED = words_of(
    """
    accordion amp amplifier bagpipes banjo bass bassoon bodhran bongo bugle cajon castanets cello clarinet concertina
    cornet didgeridoo djembe double-bass drum drums drumkit dulcimer euphonium fiddle flugelhorn flute french_horn
    glockenspiel guitar handpan harmonica harp harpsichord hurdy-gurdy kalimba keyboard loop_pedal lute lyre mandolin
    maraca marimba melodica metronome oboe ocarina organ oud piano piccolo recorder sax saxophone sitar
    synth synthesiser synthesizer tambourine theremin trombone trumpet tuba ukulele vibraphone viola violin violoncello
    xylophone zither chess_set chessboard dartboard lego_set train_set jigsaw puzzle board_game card_deck doll dollhouse
    jukebox pinball_machine pool_table trampoline toy kite telescope frisbee boomerang juggling_ball yoyo
    """
)
_OF_HOMES = words_of(
    """
    aga air-con air_conditioner airbed aquarium armchair barbecue barometer basket bath_tub bathtub bbq beanbag bed
    bedside_table bell bench blanket bookcase bookshelf breadmaker bread_bin broom bucket cabinet candlestick
    carpet chair chandelier clock closet coffee_table compost_bin cot couch crib crockpot cupboard curtain cushion
    dehumidifier desk dishrack dishwasher doormat dresser dryer duvet easel firepit fireplace fishtank footstool freezer
    fridge fryer furniture futon grill hairdryer hammock hearth heat_pump heater hob hoover hot-tub hot_tub humidifier
    iron jacuzzi jug kettle knife ladder lamp lantern lathe lawnmower log_burner loom mantelpiece mattress
    microwave mirror mixer mug oven paddling_pool painting pan parasol photocopier pillow plant houseplant bonsai
    planter pot potted_plant quilt radiator recliner refrigerator rug samovar sculpture shelf sideboard
    sink skillet smoker sofa solar_panel sofa_bed statue stepladder stool stove strimmer table teapot terrarium
    thermostat toaster towel_rail vacuum vase wardrobe washer wok woodburner wood_burner wood_stove workbench
    worktop aeropress cafetiere moka_pot french_press dutch_oven instapot instant_pot nespresso thermomix
    pressure_cooker mandoline tagine pizza_stone waffle_iron mortar_and_pestle chopping_board water_bottle
    thermos flask lunchbox
    """
)
_TOOLS = words_of(
    """
    anvil axe ax chainsaw chisel crowbar drill forge generator hacksaw hammer hoe jackhammer jigsaw kiln
    lock doorbell microscope oscilloscope plough plow potter's_wheel rake sander saw scythe screwdriver secateurs
    sewing_machine shovel sickle sledgehammer soldering_iron spade spanner spinning_wheel spirit_level sword tattoo_gun
    telescope toolbox toolkit tool torch trowel typewriter vice wrench crossbow rifle shotgun fishing_rod fishing_reel
    pitchfork tent rucksack backpack sleeping_bag sleeping_mat carabiner crampon quickdraw harness surf_leash headtorch
    headlamp compass binoculars bivvy tarp tripod lens camera camcorder gopro
    """
)
_ELECTRIC = words_of(
    """
    airpod alexa apple_watch blender chromebook computer console dashcam desktop dictaphone drone e-reader earbud
    earphone fitbit gadget gaming_pc garmin gpu gramophone graphics_card hard_drive headphone headphones headset hi-fi
    ipad iphone ipod juicer kindle laptop macbook microphone modem monitor nas nintendo nintendo_switch steam_deck pc
    phone handset playstation printer projector ps4 ps5 radio raspberry_pi record_player robot robovac roomba router
    satnav server smartphone smartwatch soundbar speaker stereo subwoofer switch_lite tablet television telly turntable
    tv vr_headset walkman webcam xbox
    """
)
_WORN = words_of(
    """
    anorak apron bag beanie blazer boot bracelet brooch cardigan cloak coat crown cufflink dress dungarees earring
    glasses glove goggles gown handbag hat heirloom helmet hoodie jacket jeans jersey jewel jewellery jewelry jumper
    kilt kimono leggings locket monocle necklace overcoat parka pendant perfume purse pyjamas raincoat razor ring sandal
    scarf shirt shoe skirt slipper sneaker spectacles suit suitcase sunglasses sweater sweatshirt t-shirt tiara
    trainers trousers tuxedo umbrella uniform wallet watch wellies wellingtons wetsuit whistle wig wristwatch
    """
)
_OF_SPORT = words_of(
    """
    barbell boxing_glove cricket_bat baseball_bat dumbbell exercise_bike foam_roller football_boot golf_club kettlebell
    punchbag racket racquet rowing_machine saddle squat_rack treadmill turbo_trainer yoga_mat paddle oar
    """
)
_KEPT = words_of(
    """
    atlas bible book comic cookbook dictionary encyclopedia fountain_pen library_card notebook
    planner vinyl record_collection collection comic_book kit key loom sourdough_starter pen
    """
)
GOODS = _ROOMY | _RIDDEN | _PLAYED | _OF_HOMES | _TOOLS | _ELECTRIC | _WORN | _OF_SPORT | _KEPT

DEVICES = tuple(
    words_of(
        """
        machine maker player cooker phone bike boat blower grinder cleaner processor mower trimmer tracker purifier
        roaster heater lamp charger detector steamer scope dispenser frother tumbler sharpener burner
        """
    )
)
"""How words for devices end."""

OF_MATTER = words_of(
    """
    antique brass ceramic collapsible cordless electric foldable folding handmade inflatable leather metal plastic
    portable refurbished secondhand steel vintage waterproof wicker wireless wooden
    """
)
"""What nothing but a thing can be."""

NO_GOODS = words_of(
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
    match race marathon tournament colleague boss neighbour neighbor flatmate roommate housemate landlord
    tenant client customer team crew staff guest visitor guy man woman girl boy people person kid doctor dentist
    lawyer teacher nanny plumber accountant sitter therapist cover accent answer advice tip trainer
    recommendation list copy version feature update bug error half lot bit thing stuff something nothing anything
    everything one none other others cat dog sweet_tooth tooth nap sleep shower bath walk run ride swim drive
    hangover mood mess need want wish attitude temper tendency option alternative way mind soft_spot spot place
    space room seat window system project assignment essay homework test result report paper document file
    email message note info information data number address password licence license passport visa
    permit business company phd master bachelor certificate qualification knowledge clue hunch
    guess theory hypothesis proof evidence fact example case situation reply response decision conversation
    discussion argument fight row quarrel affair relationship marriage wedding divorce funeral baby_shower
    ceremony celebration anniversary event visit tour journey move delivery parcel package refund return invoice
    bill receipt payment salary income pension grant scholarship award prize medal contract agreement deal
    offer promise secret surprise rumour news influence effect impact weakness strength advantage disadvantage
    benefit limit limitation restriction rule policy standard principle value belief faith religion childhood
    family parent patience energy stamina appetite thirst hunger craving season start end beginning
    balance tongue voice skin blood bone weight height size shape figure body face head brain throat lung liver
    suspicion grudge blast ball laugh cry word say go turn shot try crack bash stab lease weed share stock
    gluten meat sugar fat salt protein vegetable fruit egg cheese bread rice pasta noodle wine whisky gin rum
    vodka juice water milk mistake failure emotion action tyre puncture leak lift taxi cab train
    """
)
CONSUMED = words_of(
    """
    ticket coffee bread milk food lunch dinner pizza beer wine tea cake flower fish meat cheese ingredient
    groceries grocery bottle round gift present voucher subscription time everything stuff thing
    insurance share stock property one flight drink apple salad burger chocolate crisp petrol medicine
    """
)
"""What is bought to be used up, or stands for something else."""
