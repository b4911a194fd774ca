"""Chat templates rendered as their models expect, notes, and trimming to the window."""

from itertools import pairwise

import pytest

from assistant.errors import ReverieError
from assistant.prompt import (
    BuiltPrompt,
    ChatMessage,
    Note,
    Prompt,
    build,
)

CHATML = (
    "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# The shape of Gemma's: no system role, strict alternation, bos written by the template.
ALTERNATING = """{{ bos_token }}{% for m in messages %}
{% if m['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Conversation roles must alternate') }}{% endif %}
<{{ m['role'] }}>{{ m['content'] | trim }}
{% endfor %}
{% if add_generation_prompt %}<model>{% endif %}"""


def say(*texts: str) -> list[ChatMessage]:
    """A conversation, user first."""
    return [
        ChatMessage("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(texts)
    ]


def words(text: str) -> int:
    return len(text.split())


def joined(messages) -> str:
    return " ".join(message.content for message in messages)


def built(history, user="new", *, system="sys", notes=(), budget=1000) -> BuiltPrompt:
    return build(system, notes, history, user, budget, words, joined)


def test_renders_chatml():
    text = Prompt(CHATML).render([ChatMessage("system", "S"), *say("Hi")])
    assert text == (
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )
    assert not Prompt(CHATML).render(say("Hi"), add_generation_prompt=False).endswith("assistant\n")


def test_template_tools_that_real_files_use():
    template = (
        "{% for m in messages %}{% if loop.index > 1 %}{% break %}{% endif %}"
        "{% generation %}{{ m | tojson }}{% endgeneration %}{% endfor %}"
        "{{ eos_token }}{{ strftime_now('%Y')|length }}{{ tools is none }}{{ enable_thinking }}"
    )
    text = Prompt(template, eos="</s>").render(say("<é'>", "b"))
    assert text == '{"role": "user", "content": "<é\'>"}</s>4TrueFalse'


def test_system_is_folded_where_the_template_refuses_it():
    prompt = Prompt(ALTERNATING, bos="<bos>")
    assert not prompt.takes_system
    text = prompt.render([ChatMessage("system", "Be kind."), *say("Hi", "Hello", "Bye")])
    assert text == "<bos><user>Be kind.\n\nHi\n<assistant>Hello\n<user>Bye\n<model>"


def test_system_is_folded_where_the_template_ignores_it():
    prompt = Prompt("{% for m in messages if m.role != 'system' %}[{{ m.content }}]{% endfor %}")
    assert prompt.render([ChatMessage("system", "S"), *say("Hi")]) == "[S\n\nHi]"


def test_broken_templates_are_errors_a_person_understands():
    with pytest.raises(ReverieError, match="chat template failed"):
        Prompt("{% for %}")
    with pytest.raises(ReverieError, match="must alternate"):
        Prompt(ALTERNATING).render([*say("a"), *say("b")])


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ self.__init__.__globals__ }}",
    ],
)
def test_the_sandbox_holds(attack):
    with pytest.raises(ReverieError, match="chat template failed"):
        Prompt(attack).render(say("Hi"))


def test_everything_fits():
    result = built(say("a", "b"), "c", notes=[Note("n", 7), Note("m")])
    assert result.messages[0] == ChatMessage("system", "sys")
    assert result.messages[1:3] == say("a", "b")
    assert result.messages[3:] == say("What do you remember about me?", "n m", "c")
    assert (result.trimmed, result.from_prompt) == (0, [7])
    assert result.tokens == words(joined(result.messages))


def test_no_system_text_no_system_message():
    assert built([], "hello", system="").messages == say("hello")


def test_trims_oldest_first_and_says_so():
    history = say(*(f"{'x ' * 9}{i}" for i in range(10)))
    result = built(history, "new", budget=60)
    assert 0 < result.trimmed < 10
    assert result.messages[0].content == "sys"
    assert result.messages[1:-1] == history[result.trimmed :]
    assert result.messages[1].role == "user"
    assert result.tokens <= 60


def test_start_of_history_stays_put_while_the_conversation_grows():
    """Otherwise each turn would begin elsewhere and nothing of the KV cache could be reused."""
    starts = []
    for turns in range(1, 60):
        history = say(*(f"{'x ' * 4}{i}" for i in range(2 * turns)))
        result = built(history, "new", budget=100)
        assert result.tokens <= 100
        assert result.trimmed == 0 or result.tokens > 50, "trimmed more than needed"
        starts.append(result.trimmed)
    assert starts == sorted(starts)
    moves = sum(a != b for a, b in pairwise(starts))
    assert moves <= len(starts) / 2


def test_a_long_message_pushes_out_all_history_but_is_never_cut():
    long = "w " * 90
    result = built(say("a " * 20, "b " * 20), long, budget=100)
    assert result.trimmed == 2
    assert result.messages == [ChatMessage("system", "sys"), ChatMessage("user", long)]


def test_notes_go_before_the_message_does():
    result = built([], "w " * 90, notes=[Note("n " * 50, 1)], budget=100)
    assert result.from_prompt == []
    assert len(result.messages) == 2


def test_notes_leave_the_prompt_before_them_as_it_was():
    """What comes before them stays in the KV cache, with notes, other notes, and without."""
    history = say("a", "b", "c", "d")
    plain, noted = built(history), built(history, notes=[Note("n")])
    assert noted.messages[:5] == plain.messages[:5]


def test_too_long_a_message_says_how_long():
    with pytest.raises(ReverieError, match=r"is 1,200 tokens long; .* has room for 99"):
        built([], "w " * 1200, budget=100)


def test_unanswered_messages_and_empty_replies_still_alternate():
    history = [
        ChatMessage("assistant", "Good morning"),
        *say("a", ""),
        *say("b", "c"),
        ChatMessage("user", "d"),
    ]
    result = built(history, "e")
    assert result.messages[1:] == say("a\n\nb", "c", "d\n\ne")
    Prompt(ALTERNATING).render(result.messages)
