"""Questions ask for what was told, and only what answers them counts as an answer."""

from __future__ import annotations

import pytest

from tests.sleep.recall.telling_day import answers, day, texts


@pytest.mark.parametrize(
    ("message", "question", "expect", "cheap"),
    [
        ("I take 20 mg of citalopram every morning.", "What medicine do I take?", "citalopram",
         "mg"),
        ("I take 20 mg of citalopram.", "How much citalopram do I take?", "20", "citalopram"),
        ("I take metformin 500mg twice a day.", "What medicine do I take?", "metformin", "500mg"),
        ("We use 3 kg of flour a week.", "How many kilos of flour do I use a week?", "3", "flour"),
        ("I speak Tagalog, Ilocano and a bit of Spanish.", "Which languages do I speak?", "Spanish",
         "bit"),
        ("My insulin is 14 units at breakfast.", "How much is my insulin at breakfast?", "14",
         "units"),
        ("Our anniversary is the 4th of July.", "When is my anniversary?", "4th of July", "4th"),
        ("My flight is on 5 June.", "When is my flight?", "5 June", "June"),
        ("I'm on 2 puffs of Ventolin daily.", "What am I on?", "Ventolin", "puffs"),
        ("I study law at the University of Coimbra.", "Where do I study?", "University of Coimbra",
         "University"),
        ("I paid a deposit of 300 euros for the hall.", "How much did I pay for the hall?", "300",
         "deposit"),
        ("My shift is 6am–2pm.", "When is my shift?", "6am-2pm", "6am"),
    ],
)  # fmt: skip
def test_an_amount_is_no_answer_to_what_it_is_of(
    message: str, question: str, expect: str, cheap: str
) -> None:
    found = answers(day(message))[question]
    assert expect in found
    assert cheap not in found


@pytest.mark.parametrize(
    ("message", "no_part"),
    [
        ("My shift is 6am–2pm.", "- 2pm"),
        ("My shift is 6am–2pm.", "date of my shift"),
        ("I run 10k every Sunday.", "business"),
        ("I take 20 mg of citalopram every morning.", "stolen"),
        ("My bus is the 47.", "brand"),
        ("My daughter's teacher is Miss Achterberg.", "Whose pupil"),
        ("My GP is Dr. Szczęsny at the Willowbrook practice.", "ward"),
        ("My PhD is on bat echolocation.", "Who is"),
        ("My PhD is on bat echolocation.", "Where"),
        ("I have been married to Tomasz for 11 years this June.", "Where"),
        ("I have been married to Tomasz for 11 years this June.", "When was my wedding"),
        ("I have been a plumber for 20 years this May.", "Which month"),
        ("I run three times a week on Sundays.", "do that"),
        ("I'm not allowed gluten until August.", "When am I not"),
        ("I moved from Recife to Lisbon in 2019.", "moved from to"),
        ("My password manager is Bitwarden.", "report to"),
        ("My flight is LO 3906 on Friday at 7:45.", "my flight LO"),
        ("My flat is 54 sqm with a balcony.", "{"),
        ("Our boiler is a Vaillant ecoTEC from 2016.", "When"),
        ("My phone contract ends 30/11.", "What does my phone contract end"),
        ("I'm allergic to bee stings.", "eat"),
        ("My landlord is Herr Müller from next door.", "country"),
        ("My car does 45 mpg.", "hobby"),
        ("My car has 80,000 miles on it.", "How far"),
        ("You should know I report to Priya Nair at work.", "Where do I report"),
        ("I'm on my old iPhone 8.", "When"),
        ("I teach my son Arabic.", "son called"),
        ("I'm 5'4\" tall.", "old"),
        ("My passport runs out in March 2027.", "the 2027"),
        ("My size is EU 38 / UK 5.", " / "),
        ("My size is EU 38 / UK 5.", "Which 5"),
        ("I live at 14 Rue des Lilas on the 3rd floor.", "date"),
        ("My daughter's nursery is Busy Bees.", "breed"),
        ("I'm on nights at Northern General.", "When am I?"),
    ],
)
def test_nothing_is_asked_that_was_not_told(message: str, no_part: str) -> None:
    reading = day(message)
    assert reading.facts
    assert not [question for question in answers(reading) if no_part in question]


def test_a_name_with_a_place_is_asked_as_both() -> None:
    reading = day("My GP is Dr. Szczęsny at the Willowbrook practice.")
    assert answers(reading)["Who is my GP?"] == ("Dr. Szczęsny",)
    assert answers(reading)["Where is my GP?"] == ("Willowbrook practice",)


def test_a_date_in_figures_is_asked_for_with_when() -> None:
    reading = day("My visa expires on 12/09/2026.")
    assert answers(reading)["When does my visa expire?"] == ("12/09/2026",)
    assert "What does my visa expire on?" not in answers(reading)


@pytest.mark.parametrize(
    ("message", "question", "expect"),
    [
        ("I take metformin 500mg twice a day.", "How often do I take metformin 500mg?", "twice"),
        ("My uncle works at McDonald's in Cebu.", "Where does my uncle work?", "McDonald"),
        ("I'm allergic to prawns.", "What can I not eat?", "prawns"),
        (
            "My brother is coming to stay for two weeks in May.",
            "What is my brother coming to do?",
            "stay",
        ),
        ("Our wedding is 12 September in Puglia – 80 guests", "Where is my wedding?", "Puglia"),
        ("I go by Sam.", "What is my name?", "Sam"),
        ("I owe Sanjay 50 quid til Friday.", "How much do I owe Sanjay?", "50"),
        (
            "My Spanish class is on Mondays from 6 to 8pm.",
            "At what time is my Spanish class?",
            "6-8pm",
        ),
        ("My PhD is on bats, due in May.", "When is my PhD due?", "May"),
        ("Kids: Léa, Noé and Maël", "Who is in my family?", "3 kids"),
        ("My size is EU 38 / UK 5.", "What size do I take?", "UK 5"),
        ("I have Crohn's.", "Which disease do I have?", "Crohn"),
        ("I have not smoked since 2015.", "Since when have I not smoked?", "2015"),
        ("Allergies: penicillin, latex", "What am I allergic to?", "latex"),
        ("Kids: Léa (7), Noé (4) and baby Maël", "How old is Noé?", "4"),
        ("Cats: Pixel & Bug", "What are my cats called?", "Bug"),
        ("My thesis is on bats, due in May.", "When is my thesis due?", "May"),
        ("I owe Sanjay 50 euros.", "Who do I owe 50 euros to?", "Sanjay"),
        ("I moved from Recife to Lisbon in 2019.", "Where did I move from?", "Recife"),
        ("I work 9-5 on weekdays.", "When do I work?", "9-5"),
        ("I'm not allowed gluten until August.", "Until when am I not allowed gluten?", "August"),
        (
            "I have been married to Tomasz for 11 years.",
            "How many years have I been married?",
            "11",
        ),
    ],
)
def test_it_is_asked_for_as_people_ask(message: str, question: str, expect: str) -> None:
    assert expect in answers(day(message))[question]


def test_what_limits_a_fact_stays_in_it() -> None:
    flight = texts(day("Flight to Kraków is LO 3906 on Friday."))
    assert flight == ["Your flight to Kraków is LO 3906 on Friday."]
    assert texts(day("My shift is 6am-2pm this week.")) == ["Your shift is 6am-2pm this week."]


def test_when_a_thing_is_due_does_not_end_what_it_is() -> None:
    told = texts(day("My thesis is on bats, due in May."))
    assert told == ["Your thesis is on bats.", "Your thesis is due in May."]
