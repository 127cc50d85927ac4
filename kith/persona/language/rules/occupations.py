"""What people are by trade: the nouns that "I'm a …" makes an occupation of, and those that it does not."""

from kith.persona.language.lexicon import words_of

__all__ = ["anybody_may_be", "is_occupation"]

_OCCUPATIONS = words_of(
    """
    accountant actor actress actuary administrator advisor adviser analyst anthropologist apprentice arborist
    archaeologist architect archivist artist assistant astronomer astronaut athlete attorney au_pair auditor
    author baker bank_teller barber barista bartender beautician beekeeper biochemist biologist blacksmith blogger
    bookbinder bookkeeper bookseller botanist bouncer brewer bricklayer broker builder butcher butler buyer
    cabinetmaker caretaker cardiologist carer carpenter cartographer cashier chauffeur cheesemaker chef chemist
    chiropractor choreographer civil_servant cleaner clerk coach cobbler comedian commissioner composer concierge
    conductor conservator consultant contractor controller cook coordinator copywriter coroner counsellor
    counselor courier craftsman curator dancer dealer decorator dentist dermatologist designer detective developer
    dietician dietitian diplomat director dispatcher distiller diver dj doctor doorman draughtsman dressmaker
    driver ecologist economist editor educator electrician embryologist engineer entertainer entrepreneur
    estate_agent executive farmer farrier filmmaker firefighter firewoman fireman fisherman fishmonger florist
    forester founder freelancer gardener gamekeeper geologist geographer glazier glassblower goldsmith governess
    groomer guard guide gp hairdresser handyman headhunter historian homemaker housekeeper hygienist illustrator
    immunologist inspector instructor intern interpreter investigator inventor janitor jeweller jeweler joiner
    journalist judge keeper knitwear_designer labourer laborer landscaper lawyer lecturer legislator librarian
    lifeguard lighting_technician linguist locksmith logistician luthier machinist magician magistrate
    make-up_artist manager marketer marine mason masseur masseuse mathematician mechanic mediator medic
    merchandiser merchant messenger meteorologist microbiologist midwife miller miner minister model mortician
    musician nanny naturalist neurologist neuroscientist notary novelist nun nurse nutritionist obstetrician
    oceanographer officer operator optician optometrist organist ornithologist orthodontist osteopath
    paediatrician painter paralegal paramedic pastor pathologist pediatrician perfumer pharmacist philosopher
    phlebotomist photographer physician physicist physio physiotherapist pianist pilot planner plasterer
    playwright plumber poet policeman policewoman politician porter postdoc postman potter presenter priest
    principal printer producer professor programmer projectionist proofreader prosecutor psychiatrist psychologist
    psychotherapist publicist publisher puppeteer rabbi radiographer radiologist ranger realtor receptionist
    recruiter referee registrar rep reporter representative researcher restaurateur restorer retiree roofer
    saddler sailor salesman salesperson saleswoman scientist screenwriter sculptor seamstress secretary server
    sheriff shepherd shopkeeper singer smith sociologist soldier solicitor sommelier songwriter sonographer
    specialist statistician steward stewardess stonemason strategist student stuntman stylist superintendent
    supervisor surgeon surveyor tailor tattooist taxidermist teacher technician technologist teller therapist
    tiler toolmaker trader trainee trainer translator trucker tutor typist undertaker undergraduate undergrad
    underwriter upholsterer usher valet vet veterinarian vicar vintner violinist volunteer waiter waitress warden
    watchmaker weaver webmaster welder winemaker woodworker worker writer youtuber zookeeper zoologist
    apprentice_baker cellist drummer guitarist cabin_crew flight_attendant attendant agent clown pensioner mayor
    senator councillor sergeant captain major_general lieutenant paratrooper monk rapper streamer influencer
    lector docent dramatist animator roaster sysadmin dev swe ceo cto cfo pm cpa dean provost headteacher
    headmaster headmistress housewife househusband nursery_nurse childminder babysitter cameraman camerawoman
    stagehand roadie busker signaller signalman crofter fruiterer greengrocer grocer baker's paviour thatcher
    tanner dyer tinsmith silversmith gunsmith wheelwright milkman milliner hatter engraver etcher bookie bailiff
    barrister clergyman chaplain deacon imam sexton verger organ_builder piano_tuner tuner rigger sound_engineer
    sports_scientist speech_therapist hauler haulier lorry_driver docker stevedore skipper bosun
    """
)
_ENDINGS = tuple(
    words_of(
        """
        ologist ographer ician smith maker keeper therapist scientist engineer manager teacher designer developer
        consultant analyst director officer assistant technician specialist instructor surgeon operator inspector
        surveyor mechanic worker writer clerk monger wright
        """
    )
)
_NOT_BY_TRADE = words_of(
    """
    homebody newcomer nobody worrier caregiver merrymaker troublemaker matchmaker hard worker fast slow good bad
    great terrible decent big huge dog cat morning night musician's team quick keen avid amateur hobby home former
    ex aspiring wannabe would-be budding failed terrible frequent regular lousy rubbish awful better mediocre
    horrible passable backseat sunday weekend bedroom armchair lapsed future casual worst best list decision miracle
    first-time second-time shower secret parent born role mistake memory promise money note shift remote compulsive
    designated careful nervous fussy serial first second impulse cautious confident learner impatient amazing strict
    excellent superb closet record trouble mischief peace noise merry
    goal goalkeeper
    """
)
"""Words in front of an occupation that make it none: "a good cook", "an aspiring writer", "a former nurse"."""
_DEALS = words_of(
    """
    buyer keeper model guide agent author dealer driver printer volunteer judge cook coach inventor painter singer
    dancer athlete operator diver captain dj photographer editor sailor
    """
)
"""Occupations that anybody may have for a day, or be without pay."""


def is_occupation(name: str) -> bool:
    """Whether a phrase, as facts write it, is what somebody does for a living."""
    phrase = name.split(" of ")[0].split(" for ")[0].split(" with ")[0]
    words = phrase.replace(" - ", "-").split()
    if not words or any(word in _NOT_BY_TRADE for word in words[:-1]):
        return False
    last = words[-1].rpartition("-")[2] if words[-1] not in _OCCUPATIONS else words[-1]
    two = " ".join(words[-2:])
    if two in _OCCUPATIONS or last in _OCCUPATIONS:
        return True
    if words[0] in ("head", "chief", "vp", "director") and (len(words) > 1 or " of " in name):
        return True
    return last.endswith(_ENDINGS) and last not in _NOT_BY_TRADE


def anybody_may_be(name: str) -> bool:
    """Whether a phrase says by itself only what somebody is now and then: a driver, a judge, a singer."""
    return name.split(" of ")[0].split()[-1] in _DEALS
