"""What the labelled pages are about: texts of three subjects, for each kind of site."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SUBJECTS", "Subject"]


@dataclass(frozen=True)
class Subject:
    """A text in parts.

    Args:
        title: of the page.
        paragraphs: the first sentence of the first is where a reader starts.
        points: items of a list.
        facts: rows of a table.
        code: a few lines of it.
        replies: what others say to it, shorter.
    """

    title: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    code: str
    replies: tuple[str, ...]


SUBJECTS = (
    Subject(
        "Why our sourdough finally rises",
        (
            "For two winters our loaves came out flat, and we blamed the flour. It was the water: "
            "the kitchen tap ran at nine degrees, and a cold dough ferments at half the speed that "
            "the books assume.",
            "We began to weigh the water and to take its temperature. At twenty-six degrees the "
            "starter doubled in five hours instead of eleven, and the crumb opened up within a "
            "week of small changes.",
            "The second mistake was impatience. A dough that has not grown by two thirds will not "
            "catch up in the oven, whatever the clock says, so we now watch a straight-sided jar "
            "and nothing else.",
            "Salt goes in late. It tightens the gluten and slows the yeast, and both are welcome "
            "after the first rest but not before it; twenty minutes make a difference that one "
            "can feel with wet hands.",
            "Steam matters in the first ten minutes only. A heavy pot with a lid holds enough of "
            "it, and once the lid is off the crust dries, browns and sings when it cools on the "
            "rack by the window.",
            "None of this needs machines. A thermometer, a scale and a notebook were enough, and "
            "the notebook did most of the work, since it showed which of our habits were not "
            "worth keeping.",
        ),
        (
            "Warm the water to twenty-six degrees before it meets the flour",
            "Wait until the dough has grown by two thirds, not until an hour has passed",
            "Bake under a lid for ten minutes and without it for thirty",
        ),
        (("Flour", "500 g"), ("Water", "360 g"), ("Starter", "100 g"), ("Salt", "11 g")),
        "ratio = water / flour\nif ratio > 0.75:\n    rest_minutes += 15\nprint(rest_minutes)",
        (
            "Same here, our well water is even colder in January and nobody ever mentions it.",
            "I put the jar on the router at night, which is always warm, and it works very well.",
            "Did you try a stiffer starter as well? Ours is far less sour since we changed that.",
        ),
    ),
    Subject(
        "The harbour bridge reopens after eleven months",
        (
            "The first trams crossed the harbour bridge at dawn on Tuesday, eleven months after "
            "inspectors found cracks in two of its bearings. Several hundred people had come to "
            "watch them roll over at walking pace.",
            "The repair cost forty-one million, nine more than planned, because divers found that "
            "the northern pier had been washed out to a depth of three metres below its footing "
            "since the last survey.",
            "Engineers lifted the roadway by eight centimetres with sixty jacks, replaced all "
            "twelve bearings at night, and lowered it again while ferries carried commuters from "
            "one bank to the other.",
            "Shopkeepers on the south side say that they lost a third of their trade. The council "
            "has promised to waive rents until spring, but a vote on it has been put off twice "
            "and will not be held before March.",
            "Lorries over thirty tonnes remain banned. Sensors in the new bearings report every "
            "minute to the control room, and the ban will be lifted only when a full winter has "
            "passed without alarms.",
            "The ferries will keep running at weekends, as they have become popular: two million "
            "passengers used them, four times the number that the transport office had expected.",
        ),
        (
            "Trams run every six minutes, buses every ten",
            "The footpath on the western side stays closed until April",
            "Cyclists share the lane with buses for the time being",
        ),
        (("Length", "412 m"), ("Built", "1931"), ("Bearings", "12"), ("Daily trams", "380")),
        "load = sum(axle.weight for axle in tram.axles)\nassert load < bridge.limit",
        (
            "About time. My way to work took ninety minutes each morning during all of last year.",
            "I will miss the ferry, honestly. Coffee on deck beats standing in a crowded tram.",
            "Nobody has explained why the survey of 2019 did not notice the washed-out pier.",
        ),
    ),
    Subject(
        "Configuring retries in the queue client",
        (
            "The queue client sends a message again when the broker does not confirm it within "
            "the time limit. By default it tries five times and doubles the pause after each of "
            "them, starting with two hundred milliseconds.",
            "Messages keep their identifier when they are sent again, so a consumer that stores "
            "the identifiers it has seen can drop duplicates. Without such a store a message may "
            "be handled twice after a network failure.",
            "Pauses are spread by a random share of up to a quarter. Otherwise all clients that "
            "lost the broker at the same moment would come back at the same moment, and would "
            "bring it down for a second time.",
            "A message that fails five times goes to the dead letter queue together with the last "
            "error. Set a handler to be told, since nothing else will tell you: the client logs "
            "the failure on the lowest level only.",
            "The limit of attempts applies to one process. After a restart the counting begins "
            "anew, unless the outbox is kept on disk, which costs about a millisecond a message "
            "on ordinary drives.",
            "Version three renamed the settings. The old names still work and print a warning; "
            "they will be removed in the next major version, so move to the new names with the "
            "script that comes with the package.",
        ),
        (
            "Set attempts to one to switch retries off",
            "Use a deadline when a late message is worse than a lost one",
            "Keep the outbox on disk if messages must survive a restart",
        ),
        (("attempts", "5"), ("pause", "200 ms"), ("factor", "2.0"), ("spread", "0.25")),
        "client = Client(\n    attempts=5,\n    pause=0.2,\n    spread=0.25,\n)\n"
        "client.send(message)",
        (
            "This should say that the deadline includes the pauses, which cost me an evening.",
            "Is there a way to see the number of attempts from inside of the consumer function?",
            "The script missed our settings in YAML files, so do have a second look at these.",
        ),
    ),
)
