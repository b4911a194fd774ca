"""Facts that stand where grammar does not expect them: beside, behind or inside other clauses."""

from __future__ import annotations

import re

import pytest

from sleep.recall.read import MIN_TRAIN
from tests.sleep.recall.telling_day import answers, day, texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Our two goats, Fig and Plum, keep escaping.", "You have two goats, Fig and Plum."),
        ("I'd rather have rye than wheat.", "You prefer rye to wheat."),
        ("I'd rather cycle than drive.", "You prefer to cycle."),
        ("Tuesday is my only free day.", "Your only free day is on Tuesday."),
        ("No mushrooms for me please.", "You avoid mushrooms."),
        ("There are six of us in the house.", "Your household has six people."),
        ("There's a crack in my bedroom ceiling.", "You have a crack in your bedroom ceiling."),
        ("I promised the team I'd bring a trifle to the fair on the 8th.",
         "You are going to bring a trifle to the fair on the 8th."),
        ("everyone calls me Bibi", "Your name is Bibi."),
        ("The boy I mentioned is our neighbour Kaito.", "Your neighbour is called Kaito."),
        ("Since Ole left in 2019 I have lived alone in Bergen.", "You have lived alone in Bergen."),
        ("I'm a chemist at a startup in Graz, Solvio, and our launch is in May.",
         "You work at Solvio."),
        ("I share a house in Leith with two friends, Ada and Bo.",
         "You share a house in Leith with two friends, Ada and Bo."),
        ("Squid makes my tongue swell.", "Squid makes your tongue swell."),
        ("My knee's been bad since I fell off a horse in 2018.",
         "Your knee has been bad since you fell off a horse in 2018."),
        ("My GP, Dr Adeyemi, can't see me until the 4th of May.", "Your GP is called Dr Adeyemi."),
        ("The print is too small, as I wear bifocals.", "You wear bifocals."),
        ("I inherited a clock, a Junghans from 1931.", "Your clock is a Junghans from 1931."),
        ("We've got kittens on the way, due in June!", "Your kittens are due in June."),
        ("I'm saving for a canoe, got about 300 quid so far.", "You have about 300 quid."),
        ("I collect stamps, mainly Finnish ones from the war.",
         "You collect mainly Finnish ones from the war."),
        ("I'm between jobs, was in publishing until May.", "You were in publishing until May."),
        ("we're getting married next June, probably the 18th",
         "You are getting married next June on the 18th."),
        ("I'm running the Oslo marathon, it's on 12 September.",
         "Your Oslo marathon is on 12 September."),
        ("The dog's name is Moss. He's a sheepdog and about as old as I am.",
         "Your dog Moss is a sheepdog."),
        ("My sister Ines's boy is seven.", "Your sister is called Ines."),
        ("My team lead Farid wants Java.", "Your team lead is called Farid."),
        ("Can you write a song for my niece Ada, who is turning 40 and loves hiking?",
         "Your niece Ada is turning 40 and loves hiking."),
        ("Can you remember that the plumber is coming on Tuesday at 9?",
         "The plumber is coming on Tuesday at 9."),
        ("The gym I go to is called Pulse.", "You go to a gym called Pulse."),
        ("The school my kids go to, St Bride's, is shut.",
         "Your kids go to a school called St Bride's."),
        ("A cake without almonds, to which I am allergic.", "You are allergic to almonds."),
        ("Living in Tromsø I never see the sun in winter.", "You live in Tromsø."),
        ("Having worked in kitchens for ten years, I cook fast.",
         "You have worked in kitchens for ten years."),
        ("It's been three years since I moved to Bern.", "You moved to Bern three years ago."),
        ("All I eat for breakfast is porridge.", "You eat porridge for breakfast."),
        ("My dog, a poodle called Fitz, ate my charger.", "Your dog is a poodle."),
        ("My dog is a poodle called Fitz.", "Your dog is a poodle."),
        ("My aunt, whose name is Elin, wants a pony.", "Your aunt is called Elin."),
        ("One of my sons is reading law at Durham.", "One of your sons is reading law at Durham."),
        ("The cleaner comes on Thursdays.", "The cleaner comes on Thursdays."),
        ("I can only train on Mondays.", "You can only train on Mondays."),
        ("I can't feel two fingers on my right hand.",
         "You cannot feel two fingers on your right hand."),
        ("I love Thai food, hate queues and own a boat.", "You hate queues."),
        ("I'm 34, single, and work in insurance.", "You are single."),
        ("bad knee from football. left one.", "You have a bad knee from football."),
        ("Doctor says it's high. Started me on metformin.", "They started you on metformin."),
        ("allergic to amoxicillin, is azithromycin ok?", "You are allergic to amoxicillin."),
        ("my 3yo won't eat", "Your child is 3 years old."),
        ("I drive an '88 Ford.", "You drive a 1988 Ford."),
        ("I'm a single mum of three boys.", "You are a single mum of three boys."),
        ("What do I get my wife Ada she likes quilting", "Your wife Ada likes quilting."),
        ("we've got this old golden retriever Maple she's fourteen",
         "Your old golden retriever is fourteen."),
        ("The thing is, my lease ends in March.", "Your lease ends in March."),
        ("he's Muslim and my brother in law is allergic to nuts",
         "Your brother-in-law is allergic to nuts."),
        ("shift starts 7 so be quick", "Your shift starts 7."),
        ("nah test moved to 21 nov", "Your test moved to 21 November."),
        ("flatmate ali is allergic", "Your flatmate is called Ali."),
        ("I don't drive, so buses please.", "You do not drive."),
        ("cant swim tho", "You cannot swim."),
        ("I knit, mostly socks.", "You knit mostly socks."),
        ("on ferrous sulfate 2x a day", "You are on ferrous sulfate 2x a day."),
        ("I'm saving for a kayak, 220 so far", "You have saved 220."),
        ("I shall be in Bath on the 4th of May.", "You shall be in Bath on the 4th of May."),
        ("It is my custom to have a sherry at six.", "You usually have a sherry at six."),
        ("I am married since ten years with Paula.", "Your spouse is called Paula."),
        ("My eyesight is failing, macular degeneration.", "You have macular degeneration."),
        ("My boyfriend's Italian and his mum cooks.", "Your boyfriend is Italian."),
        ("My French teacher, Ms Diaz, is strict.", "Your French teacher is called Ms Diaz."),
        ("A toy for our three-year-old, Poppy.", "Your child is called Poppy."),
        ("Our band, Wet Socks, plays on Fridays.", "Your band is called Wet Socks."),
        ("I run and my best time is 3:28.", "Your best time is 3:28."),
        ("We got a puppy and we named her Noodle.", "Your puppy is called Noodle."),
        ("I was in the army for six years, stationed in Cyprus.", "You were stationed in Cyprus."),
        ("We're Hindu so no beef, and my dad doesn't eat onions.",
         "Your dad does not eat onions."),
        ("My wife Ida got a job at the hospital there as a nurse.",
         "Your wife Ida got a job at the hospital as a nurse."),
        ("We have a dog, a vizsla by the name of Fuga.", "Your dog is called Fuga."),
        ("we're getting married next sept in mississauga",
         "You are getting married next September in Mississauga."),
        ("need ideas, got eczema", "You got eczema."),
        ("My husband loves my lemon bars.", "Your husband loves your lemon bars."),
        ("My car, a Renault Clio, needs new tyres.", "Your car is a Renault Clio."),
        ("The name of our dog is Piko.", "Your dog is called Piko."),
        ("the dog got out. he's a beagle mix", "Your dog is a beagle mix."),
        ("me and my brother joe run a stall in camden", "Your brother is called Joe."),
        ("allergic to plasters before you suggest them", "You are allergic to plasters."),
        ("My thesis is on bats, 12k words, due 2nd May.", "Your thesis is due 2nd May."),
        ("let me think I was born in Duluth", "You were born in Duluth."),
        ("vegan 3 yrs now", "You have been vegan for 3 years."),
        ("left handed btw", "You are left-handed."),
        ("my cat: luna, 4, tabby", "Your cat is 4 years old."),
        ("roommate = yaw. snores", "Your roommate is called Yaw."),
        ("sis getting married in May, need a speech", "Your sis is getting married in May."),
        ("auntie sells cloth at the market", "Your auntie sells cloth at the market."),
        ("play left back for the hall team", "You play left back for the hall team."),
        ("uni in Accra, final year", "Your university is in Accra."),
        ("budget 500 for the shoes", "Your budget is 500 for the shoes."),
        ("my grandkids call me Papa Joe", "Your name is Papa Joe."),
        ("I got this rash on my arm", "You got a rash on your arm."),
        ("My wife's birthday is coming up, it's the ninth.", "Your wife's birthday is the ninth."),
        ("I've been diabetic since ninety eight and my wife cooks.",
         "You have been diabetic since ninety eight."),
        ("we go with me n my 2 brothers to islay", "You have 2 brothers."),
        ("no garlic for me, cannae do spice, got ibs", "You have ibs."),
        ("my dad's 60 in may n he likes whisky", "Your dad is 60 in May."),
        ("I hate my middle name, it's Gertrude.", "Your middle name is Gertrude."),
        ("We're looking into adoption.", "You are looking into adoption."),
        ("Two of my students play chess on Fridays.",
         "Two of your students play chess on Fridays."),
        ("I've got a lab called Moose who hates kennels.", "Your lab Moose hates kennels."),
        ("I can't have grapefruit on account of my pills.",
         "You cannot have grapefruit because of your pills."),
        ("I had that hip surgery on the left side.", "You had a hip surgery on the left side."),
        ("My neighbour Ray across the road borrowed my saw.",
         "Your neighbour Ray across the road borrowed your saw."),
        ("Landlord: Mrs Petrova. Rent 870.", "Your landlord is called Mrs Petrova."),
        ("Chess club: Tuesdays at the library.", "Your chess club is on Tuesdays at the library."),
        ("cat = mochi", "Your cat is called Mochi."),
        ("Mother's operation 11 Dec.", "Your mother's operation is on 11 December."),
        ("dentist fri 9.15", "Your dentist appointment is on Friday at 9.15."),
        ("so im a vet, ive been here 4 years and my boss just asked me for a talk??",
         "You are a vet."),
        ("what is a good bike for a kid my grandson Owen turns twelve in May",
         "Your grandson Owen turns twelve in May."),
        ("Is it far to Geneva from Lyon, where I live?", "You live in Lyon."),
        ("Can I mix it with the iron pills my doctor started me on?",
         "Your doctor started you on iron pills."),
        ("Moved from Derby to Hull for work, I'm in banking.",
         "You moved from Derby to Hull for work."),
    ],
)  # fmt: skip
def test_a_fact_out_of_its_place_is_read(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    "message",
    [
        "I'd rather not say.",
        "No idea, please.",
        "No problem for me.",
        "Is she as tall as I am?",
        "There's a queue in the bank.",
        "Do it as I told you.",
        "I'm sure I will have one.",
        "Give me a sentence: I have been to Rome.",
        "Can you remember to be brief?",
        "The book I read in bed is good.",
        "Sore loser, that dog.",
        "Note: be brief.",
        "Step 1: preheat the oven. Step 2: mix the flour.",
        "I get an error when I run the tests.",
        "I have a problem with my printer.",
        "I'm looking for a good book.",
        "The cat in the picture is called Felix.",
        "You are a lawyer. I am accused of stealing a cow.",
        "play a song",
        "stay in touch",
        "rate my joke: i have a wife and three kids",
        "ugh mondays",
        "so basically i need to sound posh",
        "nice weather, can i have a mince pie",
        "I wonder what papers my dog needs for the journey.",
        "I need help with my homework.",
        "I once read about a nurse in Ohio.",
        "I saw a documentary about a boy in Kenya.",
        "My guess is 42.",
        "My friend's sister's boss once met the Pope.",
        "my cousins friend won 50k on a scratch card",
        "so I put the flour in and then I add the eggs?",
        "Make it sound like I have a dog.",
        "So what do I cook for everybody at the lake",
    ],
)
def test_what_only_looks_like_one_is_left(message):
    assert texts(day(message)) == []


def test_a_fact_with_few_questions_shares_those_of_another():
    message = "I take sumatriptan when I get migraines."
    other = "Can I have it with the iron pills my dr started me on?"
    reading = day(f"{message} {other}")
    assert texts(reading) == [
        "You take sumatriptan when you get migraines.",
        "Your dr started you on iron pills.",
    ]
    for one in reading.facts:
        assert sum(lesson.split == "train" for lesson in one.lessons) >= MIN_TRAIN


def test_a_note_is_corrected_whole():
    reading = day("Dentist Thu 14:30.", "Correction. Dentist Fri 09:15.")
    assert texts(reading) == ["Your dentist appointment is on Friday at 09:15."]


def test_taking_medicine_is_no_theft():
    assert not [asked for asked in answers(day("I take sumatriptan.")) if "stol" in asked]


@pytest.mark.parametrize(
    ("message", "asked", "never"),
    [
        ("It's been three years since I moved to Bern.", "How long ago did I move to Bern?",
         "move ago"),
        ("My GP can't see me until the 4th of May.", "Until when can my GP not see me?",
         "When can my"),
        ("The plumber is coming on Tuesday at 9.", "When is the plumber coming?", "Where"),
        ("Mother's operation 11 Dec.", "When does my mother have the operation?",
         "have my mother's"),
        ("I'm a father of two, a keen cyclist and a terrible cook.", "How many children do I have?",
         "a living"),
        ("bad knee from football.", "What injury do I have?", "own"),
        ("No mushrooms for me please.", "What do I avoid?", "depart"),
        ("There are six of us in the house.", "How many people does my household have?", "be"),
    ],
)  # fmt: skip
def test_it_is_asked_as_people_would(message, asked, never):
    found = answers(day(message))
    assert asked in found
    assert not [question for question in found if re.search(rf"\b{never}\b", question)]
