"""Text messages: no capitals, no apostrophes, dropped subjects, several things run together."""

from __future__ import annotations

import pytest

from sleep.recall.sentences import split
from tests.sleep.recall.telling_day import day, texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("hiya its bronwen here, 44, from swansea", "Your name is Bronwen."),
        ("hiya its bronwen here, 44, from swansea", "You are 44 years old."),
        ("hiya its bronwen here, 44, from swansea", "You are from Swansea."),
        ("names olav, plumber in bergen", "Your name is Olav."),
        ("names olav, plumber in bergen", "You are a plumber in Bergen."),
        ("im bex, 31, teacher, living in leeds rn", "You are living in Leeds."),
        ("hey can u help me with a letter, im a welder in gdansk", "You are a welder in Gdansk."),
        ("stairs are bad, moved to a bungalow last year", "You moved to a bungalow."),
        ("used to live in perth, grew up there", "You used to live in Perth."),
        ("take warfarin every night at 6", "You take warfarin every night at 6."),
        ("want to get into medical school", "You want to get into medical school."),
        ("broke up w my bf last month", "You broke up with your boyfriend."),
        ("omg just got a kitten!! shes called nala", "Your kitten is called Nala."),
        ("got a dog, we named him rex", "Your dog is called Rex."),
        ("my flatmates are jonas n ali", "Your flatmates are Jonas and Ali."),
        ("best friend rohan plays the tabla", "Your best friend is called Rohan."),
        ("my hostel is called sai residency, room 214", "Your hostel is called Sai Residency."),
        ("got 5 grandkids, eldest is ben hes at uni in lancaster", "Your eldest is called Ben."),
        ("knee is bad lol im a nurse so im on my feet", "You are a nurse."),
        ("nurse in A&E in dublin", "You are a nurse in A&E in Dublin."),
        ("husbands still in india, his visas taking forever", "Your husband is still in India."),
        ("my studios in berlin", "Your studio is in Berlin."),
        ("dads a roofer n mums a nurse", "Your mum is a nurse."),
        ("nan from Cork, she bakes", "Your nan is from Cork."),
        ("alright mate, names gary, 52", "Your name is Gary."),
        ("im jain so no onion", "You are jain."),
        ("my partner jan is german", "Your partner is called Jan."),
        ("got 2 brothers, yusuf (12) and ibrahim (9)", "Ibrahim is 9 years old."),
        ("two collies, fly and ben", "You have two collies, Fly and Ben."),
        ("3 weans: eilidh, rory, and mairi", "You have 3 weans, Eilidh, Rory, and Mairi."),
        ("we have a cat too his name is simba", "Your cat is called Simba."),
        ("on gabapentin n naproxen", "You are on gabapentin and naproxen."),
        ("gestational diabetes so no cake for me", "You have gestational diabetes."),
        ("crofter on skye here", "You are a crofter on skye."),
        ("5 months pregnant btw", "You are 5 months pregnant."),
        ("hii kwame from accra", "Your name is Kwame."),
        ("sooo my brother toms having a baby in march", "Your brother is called Tom."),
        ("twin sister lives in utrecht", "Your twin sister lives in Utrecht."),
        ("shop is called fix n go", "Your shop is called Fix and Go."),
        ("sing tenor in the choir", "You sing tenor in the choir."),
        ("visa interview moved to 14 oct", "Your visa interview moved to 14 October."),
        ("dutch girl in lisbon here", "You are a dutch girl in Lisbon."),
        ("first two are girls, adwoa 7 and abena 4", "Abena is 4 years old."),
        ("got 2 apprentices, yaw n kofi", "You have 2 apprentices, Yaw and Kofi."),
        ("my wife is megan", "Your wife is called Megan."),
        ("hey its siobhan, nurse in cork", "Your name is Siobhan."),
        ("wifes name is jo", "Your wife is called Jo."),
        ("grandma from st ann, she raised me", "Your grandma is from St Ann."),
        ("quick intro: noor, 22, med student in cairo, 4th yr", "You are a med student in Cairo."),
        ("5ft 9, 82kg", "You weigh 82kg."),
        ("darts on a thurs", "You have darts on Thursdays."),
        ("gym 5x a wk", "You go to the gym 5 times a week."),
        ("hello dear this is agnes, im 81", "Your name is Agnes."),
        ("fiance is brianna", "Your fiancé is called Brianna."),
        ("training mon wed fri", "You are training Monday and Wednesday and Friday."),
        ("shop is open mon to sat", "Your shop is open Monday to Saturday."),
        ("son on the way!! due nov 30", "Your baby is due November 30."),
        ("seahawks fan til i die", "You are a seahawks fan."),
        ("german course tues + thurs",
         "You have german course on Tuesday and Thursday."),
    ],
)  # fmt: skip
def test_a_text_message_is_read(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    "message",
    [
        "its ridiculous here, so hot",
        "want to go for a walk later",
        "if i ever moved to hull id miss the sea",
        "called it a day lol",
        "messi is 38 and still better",
        "in another life id have a farm and three goats",
        "whats the town hes from called",
        "gutted about the match",
        "thinking of getting a polytunnel",
        "theres a queue in the bank",
        "two kids in the park were screaming",
        "3 cats on the roof omg",
        "take care at work",
        "want to be alone",
        "living in hell lol",
        "expecting rain later",
        "start at the beginning",
        "run a test for me",
        "the meeting moved to teams",
        "my keys in the car",
        "teachers a joke",
    ],
)
def test_what_tells_nothing_stays_untold(message):
    assert texts(day(message)) == []


def test_a_piece_about_somebody_else_stays_theirs():
    assert texts(day("my sister is a vet, moved to leeds in 2019")) == [
        "Your sister is a vet.",
        "Your sister moved to Leeds in 2019.",
    ]


@pytest.mark.parametrize(
    "correction", ["no sorry the 19th", "oops i meant the 19th", "sorry 19 june"]
)
def test_a_bare_date_corrects_the_last_one(correction):
    told = texts(day("dentist on the 18th", correction))
    assert len(told) == 1
    assert "19" in told[0]


@pytest.mark.parametrize(
    ("question", "message", "expected"),
    [
        (
            "Lovely. Where do you live?",
            "out near whitby, it rains a lot",
            "You live out near Whitby.",
        ),
        ("Nice. Any pets?", "yeah a lurcher", "You have a lurcher."),
        ("Fair. Kids?", "nah no kids", "You have no kids."),
    ],
)
def test_an_answer_in_few_words_is_made_whole(question, message, expected):
    assert expected in texts(day((question, message)))


def test_names_with_ages_are_those_of_the_children_told_of():
    assert "Alfie is 6 years old." in texts(day("got 2 kids", "alfie is 6 and poppy just turned 3"))
    asked = ("Lovely ages?", "oisin 11 and fionn 8")
    assert "Fionn is 8 years old." in texts(day("yeah, two boys", asked))
    assert texts(day("romeo 16 and juliet 13")) == []


def test_a_man_is_not_taken_for_the_gran_of_before():
    told = texts(day("my gran left me her piano", "he was a walking red flag"))
    assert told == ["Your gran left you her piano."]


def test_a_correction_of_another_date_leaves_the_month_of_a_thing():
    told = texts(day("my sister is getting married in feb", "its the 27th not the 20th"))
    assert told == ["Your sister is getting married in February."]


def test_an_age_that_is_over_does_not_end_the_present_one():
    told = texts(day("im olav, 19", "been a coeliac since i was 12"))
    assert "You are 19 years old." in told


def test_a_word_before_a_run_on_clause_can_belong_to_it():
    assert [s.text for s in split("I think she's a vet")] == ["I think she is a vet"]
    assert [s.text for s in split("my eldest is Ben he's a vet")] == [
        "my eldest is Ben, he is a vet"
    ]
