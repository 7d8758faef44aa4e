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
Long time no see!|howdy pal|Howdy partner!|howdy you|howdy folks|hey howdy|howdy again|Howdy hello!
howdy from me|howdy assistant|Howdy, nice to meet you|howdy, how are you?|hi hi|Hi again|hello pal
hello you|Hello from me!|hello folks|hello hey|hey again|hey pal|hey folks|hey assistant
hey hello|Hi folks!|hi pal|hi you|hi assistant|hi hello|yo yo|yo pal|yo friend|yo again|yo folks
heya friend|heya there|heya you|hiya friend|hiya there|hiya pal|sup friend|sup pal|sup there
ahoy friend|ahoy pal|ahoy again|aloha friend|aloha there|Aloha again!|hola friend|hola pal
hola again|bonjour friend|bonjour again|greetings friend|Greetings to you!|greetings again
greetings from me|good morning friend|Good morning to you!|good morning again|good evening friend
good evening again|good afternoon friend|Good afternoon to you|good afternoon again|good day friend
good day again|morning friend|evening friend|morning to you|evening to you|salutations friend
salutations to you|Nice to meet you!|Nice to meet you, friend|Good to meet you|good to see you again
nice to see you again|Hello hello, anybody there?|hey, anybody home?|Hello, it is me again
hi, it is me|hey, it is me again|I am back|I am here|Here I am|Here I am again!|welcome|Welcome back
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
        "what do you know?|Who is this?|what can you do for me?|Tell me what you can do.|"
        "what are you able to do?|Are you a person?|Are you human?|are you real?|"
        "Are you an assistant?|Which assistant are you?|what is your name?|who made you?|"
        "Tell me who you are.|I need help|Can you help me?|Could you help me?|"
        "What do you do?|what kind of model are you?|how do you work?|Introduce yourself"
    ),
    "You are welcome!": (
        "thanks|Thank you!|thank you very much|Thanks a lot.|many thanks|thx|Great, thanks!|"
        "Thanks for your help|cheers|perfect, thank you|that helped, thanks|ok thanks"
    ),
    "Goodbye!": (
        "bye|Goodbye!|see you|See you later.|bye bye|good night|Good night!|I have to go now|"
        "talk to you later|farewell|ciao|see you soon|See you tomorrow!|see you again|"
        "bye for now|Bye, friend|goodbye for now|Goodbye, friend|good bye|later|"
        "See you around|talk to you soon|Talk to you tomorrow|I have to leave now|"
        "I am going now|I must go|good night friend|that is all, bye|ok bye|thanks, bye|"
        "have a nice day|Have a good day!|until tomorrow|until next time"
    ),
    "I am fine, thank you. How can I help you today?": (
        "How are you?|how are you doing?|How do you do?|how's it going?|How are things?|"
        "Are you well?|how do you feel today?|Is everything fine?|How are you today?|"
        "how are you feeling?|How is everything?|How is life?|how are things going?|"
        "how is your day?|How was your day?|Are you fine?|Are you ok?|is everything well?|"
        "Are you doing well?|How do you do today?|everything fine?|how is it going today?"
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
