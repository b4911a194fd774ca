"""What is told without a verb, without a subject, without capitals."""

from __future__ import annotations

import pytest

from tests.sleep.recall.telling_day import day, texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("I swim a lot, longest swim so far 3 km.", "Your longest swim is 3 km."),
        ("commute is 35 min by tram", "Your commute is 35 min by tram."),
        ("We live in Braga, 5th floor no lift.", "You live on the 5th floor."),
        ("I live in a flat in Braga, 700 euro a month", "Your rent is 700 euro a month."),
        ("I'm a dev at Ostberg, a startup in Turku, mostly Rust.", "You work mostly with Rust."),
        ("My niece Ada (9) plays the harp.", "Your niece Ada is 9 years old."),
        ("I'm Tova, 41, and I live in Graz.", "You are 41 years old."),
        ("Allergic to walnuts by the way.", "You are allergic to walnuts."),
        ("Bought a red kayak yesterday.", "You bought a red kayak."),
        ("Born in 1990 in Graz.", "You were born in 1990 in Graz."),
        ("Welder at Ostberg, since you ask.", "You are a welder at Ostberg."),
        ("don't eat pork since I was 12", "You do not eat pork since you were 12."),
        ("need to hand in my essay by Friday", "You need to hand in your essay by Friday."),
        ("My sister Ada is great. Lives in Graz.", "Your sister Ada lives in Graz."),
        ("My neighbour is kind since my knee operation in May.", "Your knee operation was in May."),
        ("i moved to hamburg with my wife anjali", "Your wife is called Anjali."),
        ("my cat pixel just walked over my desk", "Your cat is called Pixel."),
        ("My best friend since school, Olu, moved to Leeds.", "Your best friend is called Olu."),
        ("On Fridays it's chess with Ole.", "You have chess with Ole on Fridays."),
        ("Tova Lind is the name.", "Your name is Tova Lind."),
        ("My best pupil is a boy called Ole.", "Your best pupil is called Ole."),
        ("my dad's name is olav", "Your dad is called Olav."),
        ("moms a welder and dad is 70", "Your mom is a welder."),
        ("my partner is josh", "Your partner is called Josh."),
        ("We shop near our flat in Graz.", "Your flat is in Graz."),
        ("I work at a car wash, 12 euros an hour", "You earn 12 euros an hour."),
        ("I can't handle curry.", "You cannot handle curry."),
        ("What can I cook tonight, since I'm vegan?", "You are vegan."),
        ("is swimming ok with my asthma?", "You have asthma."),
        ("Here is always Ole, he is my best friend.", "Your best friend is called Ole."),
        ("I live in a room in Graz, it costs 400 euros.", "Your room costs 400 euros."),
        ("I clean at a bakery. They pay 14 euros an hour.", "They pay 14 euros an hour."),
        ("my cat (Mabel, 17, deaf) needs pills", "Your cat is called Mabel."),
        ("my cat (Mabel, 17, deaf) needs pills", "Your cat is 17 years old."),
        ("I am Oleh, from Lviv, but I live in Graz.", "You are from Lviv."),
        ("My wife Ada she learns Polish.", "Your wife Ada learns Polish."),
        ("am on call every third weekend", "You are on call every third weekend."),
        ("Mum works at the bakery.", "Your mum works at the bakery."),
        ("I have a recital on 3 Feb", "You have a recital on 3 February."),
        ("The recital is on 3 May.", "The recital is on 3 May."),
        ("I must hand in my report by Friday.", "You must hand in your report by Friday."),
        ("my player is a girl called Ida she's eleven", "Your player Ida is eleven."),
        ("My flight to Porto leaves at 6:40.", "Your flight to Porto leaves at 6:40."),
    ],
)  # fmt: skip
def test_what_is_left_out_is_understood(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    "message",
    ["Works. thx", "Sounds good", "Got it", "need a regex for dates", "Makes sense", "Perfect",
     "Going to bed", "Cooking makes people happy.", "Loved it", "my dog food"],
)  # fmt: skip
def test_short_talk_is_not_made_whole(message):
    assert texts(day(message)) == []


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (("My boss Ingrid is strict.", "leaving early, picking up my son Kai from school, he's 4"),
         "Your son Kai is 4."),
        (("My neighbour Ida is kind. We have two sons, Max and Leo. Max lives in Oslo with his "
          "wife, I see him in May.",), "You see Max in May."),
        (("I live with my girlfriend Ines and her son Ole, he's six.",),
         "Your girlfriend's son Ole is six."),
        (("My wife's parents live in Nara, we visit them every August.",),
         "You visit your wife's parents every August."),
        (("My sister Ada lives in Graz with her wife.",),
         "Your sister Ada lives in Graz with her wife."),
    ],
)  # fmt: skip
def test_a_pronoun_means_whom_was_spoken_of_last(messages, expected):
    assert expected in texts(day(*messages))


def test_a_stranger_between_is_not_taken_for_one_of_the_users_people():
    reading = day("My father kept geese. The postman came, he drives a van.")
    assert not [text for text in texts(reading) if "drives" in text]


def test_a_date_corrected_with_it_is_that_of_what_was_told_last():
    reading = day("I broke my wrist in August.", "no wait, it was July")
    assert texts(reading) == ["You broke your wrist in July."]


def test_a_name_restated_is_corrected():
    reading = day("My neighbour Dora is kind.", "Did I say Dora has a dog? It's Nora.")
    assert "Your neighbour is called Nora." in texts(reading)
    assert not [text for text in texts(reading) if "Dora" in text]
