"""Greeting, with the user's name when it was given, and small talk: no tool is called."""

from examples.tiny_model.skills.base import Scene, answers, asks, thinks
from examples.tiny_model.transcript import Line, copy
from examples.tiny_model.words import phrases

HELLOS = phrases("""
hello!|hello|Hello.|hi|Hi!|hi there|Hi there!|hey|Hey!|hey there|Good morning|good morning!
Good evening.|Good afternoon|Greetings|greetings!|yo|Yo!|howdy|Howdy!|hello there|Hello there!
hiya|Hello again|hi again!|good day|Good day!|hey hey|heya|Hello, how are you?
hi, how is it going?|Hey, what's up?|Good evening to you|Morning!|evening!|Salutations
hello assistant|Hello friend|hi, anyone there?|Hello, are you there?|hey you|Hi, nice to meet you
hello hello|Well hello!|Oh hi!|sup|Howdy, friend|howdy there|well howdy|oh howdy!|yo there|heya!
Hiya!|good day to you|ahoy|Ahoy there!|aloha|hola|Hola!|bonjour|Moin!|servus|namaste|hey friend
hi friend|Nice to see you|Good to see you!|hello, anybody home?|hi from me|hey, I am back
Long time no see!
""")

INTRODUCTIONS = phrases("""
I'm {name}|I am {name}|my name is {name}|My name's {name}|this is {name}|{name} here|it's {name}
it is {name} speaking|you can call me {name}|call me {name}|they call me {name}
people call me {name}|I go by {name}|the name is {name}|here is {name}|you are talking to {name}
please call me {name}|everyone calls me {name}|I was named {name}|{name} is my name
""")

WHO = (
    "I am agentkit's small bundled model. I can greet, compute with Python and call your functions."
)

TALK = {
    WHO: (
        "Who are you?|What are you?|What can you do?|what is this?|Tell me about yourself.|"
        "Which model are you?|who am I talking to?|What are your skills?|help|Help me|"
        "What can I ask you?|Are you a robot?|Are you ChatGPT?|how can you help me?|"
        "what do you know?"
    ),
    "You are welcome!": (
        "thanks|Thank you!|thank you very much|Thanks a lot.|many thanks|thx|Great, thanks!|"
        "Thanks for your help|cheers|perfect, thank you|that helped, thanks|ok thanks"
    ),
    "Goodbye!": (
        "bye|Goodbye!|see you|See you later.|bye bye|good night|Good night!|I have to go now|"
        "talk to you later|farewell|ciao"
    ),
    "I am fine, thank you. How can I help you today?": (
        "How are you?|how are you doing?|How do you do?|how's it going?|How are things?|"
        "Are you well?|how do you feel today?|Is everything fine?"
    ),
}

TAILS = [
    "",
    "",
    "",
    " How are you?",
    " Nice to meet you.",
    " Can you hear me?",
    " What's up?",
    " I am new here.",
]


def greeting(scene: Scene) -> list[Line]:
    """One greeting and its answer."""
    words = scene.words
    if words.chance(0.2):
        answer = words.rng.choice(list(TALK))
        request = words.pick(phrases(TALK[answer]))
        return [asks(request), *thinks(scene, "Small talk. Answer briefly."), answers(answer)]
    hello = words.pick(HELLOS)
    if words.chance(0.5):
        return [
            asks(hello),
            *thinks(scene, "A greeting. Greet back."),
            answers("Hello! How can I help you today?"),
        ]
    name = words.full_name() if words.chance(0.2) else words.name()
    request = _introduce(scene, hello.rstrip("!.?"), name)
    thought = f"The user is {copy(name)}. Greet by name."
    return [
        asks(request),
        *thinks(scene, thought),
        answers(f"Hello, {copy(name)}! How can I help you today?"),
    ]


def _introduce(scene: Scene, hello: str, name: str) -> str:
    words = scene.words
    introduction = words.pick(INTRODUCTIONS).format(name=name)
    if words.chance(0.15):
        name = name.lower()
    shape = words.rng.choice(("both", "both", "both", "alone", "turned"))
    end = words.rng.choice((".", "!", ""))
    tail = words.rng.choice(TAILS) if end else ""
    if shape == "alone":
        return introduction[0].upper() + introduction[1:] + end + tail
    if shape == "turned":
        return (
            f"{introduction[0].upper()}{introduction[1:]}, {hello[0].lower()}{hello[1:]}{end}{tail}"
        )
    joint = words.rng.choice((", ", "! ", ". ", " "))
    if joint in ("! ", ". "):
        introduction = introduction[0].upper() + introduction[1:]
    return f"{hello}{joint}{introduction}{end}{tail}"
