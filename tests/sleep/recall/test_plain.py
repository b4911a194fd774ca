"""What is said in roundabout ways, by learners or by the way, is understood as if said plainly."""

from __future__ import annotations

import pytest

from tests.sleep.recall.telling_day import day, fact, texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Is it odd for a hamster to sleep all day? Ours is a Syrian, Nugget, and he never wakes.",
         "Your hamster is called Nugget."),
        ("We've got two sons, Leo who's 14 and Max who's 11.", "Leo is 14 years old."),
        ("We've got two sons, Leo and Max, Leo's 14 and Max is 11.", "Max is 11."),
        ("So Pete, that's my neighbour, keeps geese.", "Your neighbour is called Pete."),
        ("The missus, Leanne, is a midwife.", "Your missus is called Leanne."),
        ("I'm making a card for Lucas, my godson.", "Your godson is called Lucas."),
        ("You can call me Dot.", "Your name is Dot."),
        ("My name Sergei, I am from Kharkiv.", "Your name is Sergei."),
        ("My wife calls Oksana, she sew.", "Your wife is called Oksana."),
        ("I go to the bingo with neighbour Dieter.", "Your neighbour is called Dieter."),
        ("I'm Ngozi, a midwife at a clinic.", "You are a midwife at a clinic."),
        ("The wee dog's a Westie, Hamish, and he only eats chicken.", "Your wee dog is a Westie."),
        ("It's our anniversary on the 3rd of August.", "Your anniversary is on the 3rd of August."),
        ("The 17th is my brother's birthday.", "Your brother's birthday is on the 17th."),
        ("I'll be late, it's the 15th of May we go away.", "You go away on the 15th of May."),
        ("There's a choir practice at St Mark's every Thursday and I'm always late.",
         "You have a choir practice at St Mark's every Thursday."),
        ("I wrote half, dissertation due 31 August.", "Your dissertation is due on 31 August."),
        ("tattoo appointment on the 22nd at 2, can i drink before?",
         "Your tattoo appointment is on the 22nd at 2."),
        ("I'm meant to go back to work in May.", "You are going to go back to work in May."),
        ("I work like cook in a hotel.", "You work as a cook in a hotel."),
        ("I not drink alcohol.", "You do not drink alcohol."),
        ("I have allergy on bees.", "You have allergy to bees."),
        ("I was born in Nashik but brought up in Pune.", "You were brought up in Pune."),
        ("My other half Ana is a vet.", "Your partner Ana is a vet."),
        ("I do the reception at a vet's in Leeds.", "You do the reception at a vet in Leeds."),
        ("been vegan 4 years now", "You have been vegan 4 years."),
        ("No parsnips, can't stand them.", "You cannot stand parsnips."),
        ("My dad is here and peanuts could kill him.", "Your dad is allergic to peanuts."),
        ("My sister is odd. She's a solicitor, Aoife.", "Your sister is called Aoife."),
        ("There are two dogs on the porch, Tip and Sadie.", "You have two dogs, Tip and Sadie."),
        ("we have this dog Waffles she's a beagle", "Your dog Waffles is a beagle."),
        ("I miss my dog, is called Trufa.", "Your dog is called Trufa."),
        ("hang on it's the sixteenth the ninth is my brother's recital",
         "Your brother's recital is on the ninth."),
        ("Birthday of wife 17 May.", "Your wife's birthday is on 17 May."),
        ("hate mushrooms", "You hate mushrooms."),
        ("Study Czech, exam in autumn.", "You study Czech."),
        ("On Saturdays go to sauna with colleague Jirka.", "Your colleague is called Jirka."),
        ("footy thurs nights", "You have footy on Thursday nights."),
        ("need a gift for mam, 60 on the 9th", "Your mam turns 60 on the 9th."),
        ("Dog is Labrador, name Bim, eats shoes.", "Your dog is called Bim."),
        ("Wife is a vet, works in Graz.", "Your wife works in Graz."),
        ("I coach hockey, Tuesdays after school.", "You coach hockey on Tuesdays after school."),
        ("our ellie starts nursery, she's 3", "Your Ellie is 3."),
        ("I have three daughters. The big daughter Elif sews.", "Your daughter is called Elif."),
    ],
)  # fmt: skip
def test_it_is_read_as_if_said_plainly(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    ("message", "never"),
    [
        ("I not drink alcohol.", "You drink"),
        ("I met a friend, Tuesday, at the pool.", "called Tuesday"),
        ("It's Noreen, bless her.", "Your name"),
        ("Don't go thinking I'm a nurse.", "nurse"),
        ("He says my dog eats at the vet's.", "vet is"),
        ("There's a party every Friday in the film.", "party"),
        ("Write a text to a customer saying I'm stuck in Leeds.", "Leeds"),
        ("I'm going to sit down for five minutes.", "sit"),
        ("Work starts at nine.", "You work"),
        ("Have a nice day.", "You have"),
        ("This heat could kill me.", "allergic"),
        ("I have a cat. It's the sixteenth today.", "cat is"),
        ("We have a dog, she naps. Can she have nuts?", "dog has"),
        ("my cat naps all day can she have nuts", "nuts"),
        ("I need a recipe for soup.", "recipe"),
        ("Explain tax like I'm five.", "five"),
    ],
)
def test_it_is_not_taken_for_what_was_not_said(message, never):
    assert not [text for text in texts(day(message)) if never in text]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Can I take this if I've got high blood pressure?", "You have high blood pressure."),
        ("What can I get my 8-year-old son?", "Your son is 8 years old."),
        ("As a vet, I see that a lot.", "You are a vet."),
        ("What shall we eat for my mum's 70th?", "Your mum is turning 70."),
        ("Who restores a tractor that I bought off my uncle in 1981?",
         "You bought a tractor off your uncle in 1981."),
        ("Any gifts for my niece who's a vet in Graz?", "Your niece is a vet in Graz."),
        ("How do I tune my ukulele?", "You have a ukulele."),
        ("Is it warm in May here in Cork?", "You live in Cork."),
        ("Can I take aspirin with sertraline?", "You take sertraline."),
        ("I've got court on the 22nd, any tips?", "You have court on the 22nd."),
        ("I used to box, won a cup in 2011.", "You won a cup in 2011."),
        ("I'm in Leeds, studying law.", "You are studying law."),
        ("just moved to Graz, product designer at IKEA", "You are a product designer at IKEA."),
    ],
)  # fmt: skip
def test_what_is_taken_for_granted_is_told(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    ("message", "never"),
    [
        ("What would I do if I had wings?", "wings"),
        ("What is good if I have a cold?", "cold"),
        ("Can I take sertraline with ibuprofen?", "ibuprofen"),
        ("As a present, I want socks.", "present"),
        ("Which dog would you get?", "dog"),
        ("A film I saw was stationed in Rome, shot in 2011.", "shot"),
        ("I was in the army, stationed in Kiel.", "You stationed"),
        ("A bike I bought is red.", "bought a bike is"),
    ],
)
def test_what_is_only_supposed_is_not_told(message, never):
    assert not [text for text in texts(day(message)) if never in text]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("They've put me on iron.", "They have put you on iron."),
        ("They test my blood every six weeks.", "They test your blood every six weeks."),
        ("Dr. Pruitt has me down for the eleventh of May.",
         "Dr. Pruitt has you down for the eleventh of May."),
        ("The car's a Kia.", "Your car is a Kia."),
        ("dog's called Monty", "Your dog is called Monty."),
        ("mum's birthday is 3rd may", "Your mum's birthday is 3rd May."),
        ("I can't have kiwi.", "You cannot have kiwi."),
        ("I left my coat on the bus. That was 90 euros.", "Your coat was 90 euros."),
    ],
)  # fmt: skip
def test_what_is_done_to_the_user_or_is_theirs_counts(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    "message", ["They told me a joke.", "The car is parked.", "They test cars."]
)
def test_what_is_nobodys_does_not(message):
    assert texts(day(message)) == []


def test_being_put_on_a_medicine_is_taking_it():
    asked = {one.question for one in day("They've put me on iron for my blood.").facts[0].lessons}
    assert "What do I take for my blood?" in asked


def test_a_thing_told_of_before_is_the_users():
    messages = ("My boss wants the report by Friday.", "The report is due on 20 May.")
    assert "The report is due on 20 May." in texts(day(*messages))
    assert texts(day(messages[1])) == []


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (("I have a meeting with my boss on Tuesday at 10.", "it's on Wednesday not Tuesday"),
         "You have a meeting with your boss on Wednesday at 10."),
        (("We fly to Crete on the 3rd of July.", "I mixed it up. It's the 5th of July we fly."),
         "You fly to Crete on the 5th of July."),
        (("My exam is on the 12th of June.", "Hold on, it's the 13th of June for the exam."),
         "Your exam is on the 13th of June."),
        (("The interview is on Monday the 9th at 11.", "It was moved to Tuesday the 10th."),
         "The interview is on Tuesday the 10th at 11."),
        (("My scan is at 4 on Friday.", "no wait, the scan is at 3 not 4"),
         "Your scan is at 3 on Friday."),
    ],
)  # fmt: skip
def test_a_corrected_date_is_that_of_the_whole_telling(messages, expected):
    assert expected in texts(day(*messages))


def test_the_message_that_corrects_a_date_is_where_it_comes_from():
    correction = "I mixed up the dates. It's the 15th of May we go."
    reading = day("We go to Bruges with Ann on the 8th of May.", correction)
    assert fact(reading, "You go to Bruges on the 15th of May.").source == correction
    assert "8th" not in " ".join(texts(reading))


def test_saying_another_thing_about_oneself_corrects_nothing():
    reading = day(
        "I am from Lublin.", "I am allergic to nickel so I can not wear it, but gold is ok."
    )
    assert "You are from Lublin." in texts(reading)


def test_names_with_one_owner_between_them_ask_for_the_right_thing():
    reading = day("It's for my mate Robbo's wedding at Torquay in May.")
    asked = [one.question for one in fact(reading, texts(reading)[0]).lessons]
    assert not [question for question in asked if question.startswith("Who is wedding")]
