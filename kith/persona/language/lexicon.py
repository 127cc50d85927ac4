"""Words that rules know: kin, animals, diets, languages, and the small words of a noun phrase."""

__all__ = [
    "ANIMALS",
    "CHAT",
    "DIETS",
    "FIXED_PAIRS",
    "IRREGULAR",
    "KIN",
    "KINDS_OF_MAN",
    "KINDS_OF_WOMAN",
    "LANGUAGES",
    "MONTHS",
    "PLURAL_ONLY",
    "QUANTIFIERS",
    "QUANTITY_NOUNS",
    "words_of",
]


def words_of(text: str) -> frozenset[str]:
    """A set of words, from a text with spaces between them; "_" stands for a space inside of one."""
    return frozenset(word.replace("_", " ") for word in text.split())


KINDS_OF_WOMAN = words_of(
    """
    mother mum mom mummy mommy mama ma sister wife girlfriend fiancée daughter grandmother grandma granny gran nan
    nana aunt auntie aunty niece granddaughter stepmother stepmum stepmom stepsister stepdaughter godmother
    goddaughter mother-in-law sister-in-law daughter-in-law she her
    """
)
KINDS_OF_MAN = words_of(
    """
    father dad daddy papa pa brother husband hubby boyfriend fiancé son grandfather grandpa granddad grandad uncle
    nephew grandson stepfather stepdad stepbrother stepson godfather godson father-in-law brother-in-law
    son-in-law he him
    """
)
KIN = (KINDS_OF_WOMAN | KINDS_OF_MAN) - words_of("she her he him ma pa") | words_of(
    """
    parent sibling spouse partner fiance fiancee child kid kiddo toddler twin grandparent grandchild grandkid
    cousin in-law stepparent stepchild bro sis half-brother half-sister
    """
)

ANIMALS = words_of(
    """
    dog puppy pup cat kitten kitty rabbit bunny hamster parrot budgie cockatoo macaw lovebird finch canary
    tortoise turtle goldfish lizard gecko snake horse pony ferret rat gerbil chinchilla guinea_pig hedgehog iguana
    cockatiel parakeet donkey goat hen chicken duck labrador poodle beagle dachshund terrier collie corgi
    greyhound whippet spaniel retriever tabby golden_retriever border_collie german_shepherd bulldog pug husky
    chihuahua rottweiler mutt hound lurcher dalmatian maltese schnauzer vizsla bearded_dragon axolotl tarantula
    alpaca llama pet pig piglet sheep cow goose peacock quail pigeon dove owl frog toad newt skink hermit_crab koi
    guppy fish stick_insect spider degu sugar_glider parrotlet conure papillon akita samoyed malamute shih_tzu
    jack_russell sheepdog sheltie setter weimaraner shiba mastiff newfoundland ragdoll maine_coon siamese
    """
)

DIETS = words_of(
    """
    vegetarian vegan pescatarian pescetarian flexitarian gluten-free dairy-free lactose-free sugar-free nut-free
    halal kosher keto ketogenic paleo low-carb plant-based veggie meat-free grain-free fodmap raw-vegan wheat-free
    egg-free soy-free carnivore fruitarian low-fodmap low-sodium low-sugar low-fat mediterranean lacto-vegetarian
    alcohol-free caffeine-free
    """
)

LANGUAGES = words_of(
    """
    afrikaans albanian amharic arabic armenian azerbaijani basque belarusian bengali bosnian breton bulgarian
    burmese cantonese catalan croatian czech danish dari dutch english esperanto estonian faroese greenlandic sami
    sorbian occitan sicilian neapolitan ladin aramaic tatar uyghur turkmen tajik kyrgyz malagasy samoan tongan
    guarani aymara nahuatl oromo tigrinya twi sesotho tswana setswana shona kinyarwanda lingala sundanese cebuano
    ilocano hokkien hakka shanghainese assamese odia oriya konkani sindhi rajasthani bhojpuri maithili kashmiri
    inuktitut navajo cherokee cornish manx plattdeutsch low_german bavarian farsi filipino finnish flemish french
    frisian galician georgian german greek gujarati hausa hawaiian hebrew hindi hungarian icelandic igbo
    indonesian irish gaelic italian japanese javanese kannada kazakh khmer korean kurdish lao latin latvian
    lithuanian luxembourgish macedonian malay malayalam maltese mandarin chinese maori marathi mongolian nepali
    norwegian pashto persian polish portuguese punjabi quechua romanian romansh russian sanskrit serbian sinhala
    slovak slovene slovenian somali spanish swahili swedish tagalog tamil telugu thai tibetan turkish ukrainian
    urdu uzbek vietnamese welsh wolof xhosa yiddish yoruba zulu bsl asl sign_language british_sign_language
    american_sign_language brazilian_portuguese mandarin_chinese swiss_german haitian_creole creole scots_gaelic
    """
)

MONTHS = words_of(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec
    """
)

QUANTIFIERS = words_of(
    """
    a an the my your his her its our their this that these those some any all both every each another many much
    few several more most own such same other various different certain couple lot lots enough little bit plenty
    no quite rather very really just only even also too whole entire mine ours else what which whose favourite
    favorite absolutely pretty super ur da dis numerous countless multiple first-ever
    """
)

CHAT = words_of("atm btw tbh lol rn tho haha imo imho pls plz rly fr ngl lately too xx x ha xd anymore")
"""Small words of chat that a parser takes for nouns."""

QUANTITY_NOUNS = words_of(
    """
    lot pair couple bit bunch load ton kind sort type plenty heap number handful set piece fan variety range
    amount dozen deal
    """
)

FIXED_PAIRS = words_of(
    """
    black_white rock_roll drum_bass rhythm_blues mac_cheese fish_chips arts_crafts salt_vinegar gin_tonic rum_coke
    bubble_squeak dungeons_dragons hide_seek true_false bed_breakfast bread_butter country_western drums_bass
    """
)
"""Words with "and" between them that are one thing."""

IRREGULAR = words_of(
    """
    children men women feet teeth geese mice oxen lice dice grandchildren stepchildren godchildren
    """
)
"""Plurals without an s that have a singular."""

PLURAL_ONLY = words_of(
    """
    series species news jeans trousers pants shorts clothes leggings pyjamas pajamas sunglasses scissors
    binoculars mathematics maths physics politics economics athletics gymnastics aerobics pilates darts tights
    headquarters dungarees chess tennis glasses chips fries overalls outdoors
    """
)
