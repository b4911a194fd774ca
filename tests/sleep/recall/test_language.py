"""What is not English is not read as if it were, and is counted."""

import pytest

from sleep.memory import Heard
from sleep.recall import read
from sleep.recall.language import NOT_ENGLISH, foreign

FOREIGN = {
    "German": ("Ich bin im Mai nach Hamburg gezogen.", "Mein Hund heißt Bruno.", "Ich war krank."),
    "French": ("Mon chien s'appelle Biscuit.", "J'habite à Lyon avec ma femme.", "Je suis malade."),
    "Spanish": ("Mi perro se llama Canela.", "Vivo en Sevilla.", "No me gusta el pescado."),
    "Portuguese": ("O meu cão chama-se Rex.", "Moro em Lisboa."),
    "Italian": ("Il mio cane si chiama Pippo.", "Sono un medico."),
    "Dutch": ("Mijn hond heet Bram.", "Ik woon in Utrecht."),
    "Swedish": ("Min hund heter Bosse.", "Jag bor i Lund."),
    "Danish": ("Min hund hedder Buster.", "Jeg bor i Aarhus."),
    "Polish": ("Mój pies nazywa się Reks.", "Mieszkam w Krakowie."),
    "Czech": ("Můj pes se jmenuje Alík.", "Bydlím v Brně."),
    "Romanian": ("Locuiesc la Cluj cu soția mea.",),
    "Turkish": ("Benim köpeğimin adı Karabaş.",),
    "Finnish": ("Minun koirani nimi on Musti.",),
    "Hungarian": ("A kutyám neve Morzsa, és itt lakom.",),
    "Indonesian": ("Saya tinggal di Bandung.",),
    "Russian": ("Мою собаку зовут Рекс.",),
    "Greek": ("Ο σκύλος μου λέγεται Ρεξ.",),
    "Chinese": ("我的狗叫小白。",),
    "Japanese": ("私の犬の名前はポチです。",),
    "Arabic": ("كلبي اسمه ركس.",),
    "Hindi": ("मेरे कुत्ते का नाम शेरू है।",),
}
ENGLISH = (
    "My boss is called Jan van der Berg.",
    "Call Jan de Vries.",
    "We sat in the Café de la Paix.",
    "My wife is Maria de los Santos.",
    "I read Le Petit Prince and La Peste.",
    "Die Hard is my favourite film.",
    "El Dorado",
    "La La Land",
    "Anna, Ben y Clara",
    "a man in a hat",
    "so so",
    "no",
    "im so in love w him lol",
    "I work for Müller und Söhne in Zürich.",
    "My dog's name is Жучка.",
    "10:30",
)


@pytest.mark.parametrize("language", FOREIGN)
def test_another_language(language):
    assert [text for text in FOREIGN[language] if not foreign(text)] == []


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text):
    assert not foreign(text)


def test_nothing_is_learned_of_it_and_it_is_said():
    texts = [text for every in FOREIGN.values() for text in every]
    heard = [Heard(n, text, None, 1, "2026-01-01T00:00:00Z") for n, text in enumerate(texts)]
    reading = read(heard, model=None, known=(), seed=0)
    assert reading.facts == ()
    assert {why for _, why in reading.rejected} == {NOT_ENGLISH}
    assert len(reading.rejected) >= len(texts)


def test_what_stands_beside_it_is_read():
    text = "Ich heiße Jan und wohne in Berlin. My dog is called Bruno. Er ist sehr alt."
    reading = read([Heard(1, text, None, 1, "2026-01-01T00:00:00Z")], model=None, known=(), seed=0)
    assert [fact.text for fact in reading.facts] == ["Your dog is called Bruno."]
    assert [why for _, why in reading.rejected] == [NOT_ENGLISH] * 2
