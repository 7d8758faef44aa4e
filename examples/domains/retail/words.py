"""Names, places and goods of the retail domain, in a part for training and one for the test split.

Knows words only, nothing of tables or tasks. The two parts share no name, street, town, product or
option. Names that were made up from syllables join the training part where an unlimited supply is
wanted, so that names are copied and not learned.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Side = Literal["train", "test"]
Kind = Literal["furniture", "cloth", "vessel", "hardware"]


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


FIRST = {
    "train": _split("""
        Ada Adele Agnes Aldo Alma Amir Anders Anita Anton Arno Astrid Axel Bela Bernd Birgit Boris
        Bruno Carla Casper Celia Cora Dario Delia Edgar Edith Elias Elsa Emil Erika Esme Eva Fabian
        Fiona Flora Franz Frida Gerda Gideon Greta Gustav Hanne Hedda Helga Hilda Holger Ida Igor
        Ilse Inga Isak Jakob Jana Jasper Joel Johan Josef Judith Juna Kaspar Katja Kira Klara Kurt
        Lars Lea Leon Lina Linus Lotte Lukas Magda Maja Malte Marit Marko Matti Meike Mila Milan
        Moritz Naomi Nell Nico Nils Odette Olaf Ole Orla Otto Pablo Petra Pia Ragnar Ralf Rena Rita
        Robin Rolf Runa Ruth Selma Sina Sonja Sten Svea Tamar Tessa Thea Theo Tilda Timo Tove Ulla
        Uwe Vera Viggo Vito Wilma Yann Yves Zita
    """),
    "test": _split("""
        Alvar Beate Clemens Dagmar Ebba Falk Gesa Henrik Ilona Jorin Kerstin Leopold Mirjam Norbert
        Ottilie Piet Rosalie Sander Tabea Ulrich Veit Wiebke Xenia Zora
    """),
}
LAST = {
    "train": _split("""
        Abel Ahlers Aldridge Anker Arden Ashby Baird Barlow Beck Bellamy Birch Blom Bolt Brandt
        Brook Burke Calder Carver Claes Coburn Conrad Cross Dahl Dalton Decker Dorn Draper Eck Egan
        Elder Engel Fabel Falkner Farrow Fenn Fink Foss Frost Gale Garland Geller Gorman Graf Grove
        Hale Harker Hartog Heller Holm Hooper Huber Ibsen Ingram Jansen Jarvis Jessen Kane Keller
        Kemp Klein Kramer Krog Lang Larkin Lind Lorenz Lund Maddox Marsh Mercer Moll Nash Nevin
        Nolan Norden Oakley Olsen Osborn Palmer Parrish Pohl Quist Raven Reed Rhodes Rosen Rust
        Sadler Scholz Sharp Sloan Storm Swift Tanner Teller Thorn Tiller Unger Vance Vogel Wade
        Walden Wick Winter Wolff Yates Zander Zeller
    """),
    "test": _split("""
        Ackland Bosch Crane Dietz Esser Fairley Goddard Hatch Iversen Joost Kessel Lindqvist Mohr
        Neville Ogden Pickett Rademacher Sommer Thorpe Upton Vesper Whitlock Yardley Zorn
    """),
}
TOWNS = {
    "train": _split("""
        Aldmoor Ambry Ashcombe Barrow Belmont Brackley Bramford Brookend Calverton Carrick Cliffden
        Coldwater Corby Dunmere Eastholm Elmsworth Fairhaven Fenwick Foxley Glenbrook Goldcrest
        Greyford Halden Harwick Hazelton Highmoor Holbrook Kelsey Kingsmere Lakeview Langdale
        Lowick Marlow Millbrook Newbury Northam Oakham Overton Penrose Pinewood Quarley Ravensby
        Redhill Rockport Saltby Seaford Sherwood Silverton Stonebridge Summerton Thornbury Upham
        Wexford Whitby Wildon Woodstock Yarrow
    """),
    "test": _split("""
        Arlesby Birkhaven Crowmarsh Drayton Eddington Flinthill Garside Hollowell Inverlea Kirkdale
        Lydmouth Moorgate Netherby Ormstead Pellbrook Ridgeway Swanwick Tarrant Westerleigh
    """),
}
STREETS = {
    "train": _listed("""
        Abbey Road, Alder Lane, Apple Street, Bay Street, Bell Lane, Bridge Street, Canal Street,
        Castle Road, Cedar Avenue, Chapel Lane, Cherry Avenue, Church Street, Clover Lane,
        Copper Street, Dean Road, Elm Street, Field Lane, Forest Road, Garden Street, Grange Road,
        Harbour Street, Heath Road, Hill Street, Ivy Lane, King Street, Lake Road, Lime Avenue,
        Linden Street, Maple Avenue, Market Street, Meadow Lane, Mill Road, Orchard Street,
        Park Avenue, Pine Road, Pond Lane, Quarry Road, River Street, Rose Street, School Lane,
        Spring Road, Station Road, Stone Lane, Sunset Avenue, Tower Street, Valley Road,
        Vine Street, Walnut Avenue, Water Lane, Willow Street, Windmill Road, Wood Street
    """),
    "test": _listed("""
        Acorn Street, Beacon Road, Cobbler Lane, Dover Street, Fountain Road, Granary Lane,
        Hawthorn Avenue, Juniper Street, Lantern Lane, Minster Road, Nutmeg Street, Old Ferry Road,
        Paddock Lane, Rowan Avenue, Tulip Street, Weaver Road
    """),
}
GOODS: dict[Side, dict[Kind, tuple[str, ...]]] = {
    "train": {
        "furniture": _listed("""
            garden bench, garden chair, garden table, deck chair, office chair, high stool,
            bar stool, coffee table, side table, wall shelf, book shelf, shoe rack, wine rack,
            coat stand, step ladder, bird house, mirror frame, picture frame, spice rack
        """),
        "cloth": _listed("""
            picnic blanket, wool blanket, sofa cushion, chair cushion, bath mat, door mat,
            bath towel, beach towel, shower curtain, table cloth, tea towel, bed cover, pillow case,
            garden apron, beach bag
        """),
        "vessel": _listed("""
            tea pot, coffee pot, salad bowl, soup bowl, fruit bowl, mixing bowl, flower pot,
            flower vase, storage jar, butter dish, milk jug, cake plate, egg cup, soap dish
        """),
        "hardware": _listed("""
            desk lamp, floor lamp, table lamp, reading lamp, wall clock, alarm clock, kitchen clock,
            tea kettle, coffee mill, cake tin, frying pan, sauce pan, bread box, watering can,
            rain barrel, tool box, bird bath, letter tray, waste bin, umbrella stand
        """),
    },
    "test": {
        "furniture": _listed("""
            folding table, rocking chair, plant stand, serving tray, garden swing, corner shelf
        """),
        "cloth": _listed("floor cushion, laundry bag, linen sheet, oven glove, window curtain"),
        "vessel": _listed("herb planter, candle holder, sugar bowl, water jug, pepper mill"),
        "hardware": _listed("hanging lamp, kitchen scale, oil lantern, egg timer, wall hook"),
    },
}
OPTIONS: dict[Side, dict[Kind, tuple[str, ...]]] = {
    "train": {
        "furniture": _listed("oak, pine, walnut, cherry, white, black, small, large, dark brown"),
        "cloth": _listed("red, blue, green, yellow, grey, purple, pink, orange, light blue"),
        "vessel": _listed("white, blue, small, large, black, cream, green, brown, dark green"),
        "hardware": _listed("black, white, silver, golden, copper, red, grey, small, medium"),
    },
    "test": {
        "furniture": _listed("maple, birch, teak, ebony, ivory"),
        "cloth": _listed("beige, turquoise, crimson, teal, pale pink"),
        "vessel": _listed("ivory, teal, amber, cobalt, pearl grey"),
        "hardware": _listed("brass, chrome, turquoise, bronze, beige"),
    },
}
MATERIALS: dict[Side, dict[Kind, tuple[str, ...]]] = {
    "train": {
        "furniture": _listed("beech wood, ash wood, bamboo, rattan, cork and iron"),
        "cloth": _listed("cotton, wool, linen, felt, silk and cotton"),
        "vessel": _listed("porcelain, glass, clay, stoneware, slate"),
        "hardware": _listed("stainless steel, aluminium, iron, pewter, zinc and glass"),
    },
    "test": {
        "furniture": _listed("larch wood, willow, elm wood"),
        "cloth": _listed("jute, velvet, hemp and cotton"),
        "vessel": _listed("terracotta, marble, crystal glass"),
        "hardware": _listed("enamel, cast iron, acrylic"),
    },
}
HOSTS = {
    "train": _split("mail.example post.example inbox.example letters.example home.example"),
    "test": _split("webmail.example courier.example"),
}
PLACES = _listed("""
    depot, sorting centre, parcel shop, delivery van, warehouse
""")
_STARTS = _split("b br c d dr f g gr h j k kl l m n p pr r s st t tr v w")
_MIDDLES = _split("a e i o u ai ea ie oo")
_ENDS = _split("ck d der ffer l ll lman m n nd nsen r rg rk s sch son t th ton v ver x z")


@dataclass
class Words:
    """Draws words of one side.

    Args:
        rng: decides all draws.
        side: which part is drawn from.
        invent: names, streets and towns are sometimes made up from syllables.
    """

    rng: random.Random
    side: Side = "train"
    invent: bool = False

    def name(self) -> str:
        """First and last name."""
        return f"{self._pick(FIRST, 0.25)} {self._pick(LAST, 0.5)}"

    def email(self, name: str) -> str:
        """An address that goes with a name."""
        first, last = name.lower().split()
        user = self.rng.choice(
            (f"{first}.{last}", f"{first}{self.rng.randint(10, 99)}", f"{first[0]}.{last}", last)
        )
        host = self._pick(HOSTS, 0.4)
        return f"{user}@{host if '.' in host else f'{host.lower()}.example'}"

    def postcode(self) -> str:
        """Five digits."""
        return str(self.rng.randint(11000, 98999))

    def address(self, postcode: str = "") -> str:
        """Street and number, postcode and town."""
        street = self.rng.choice(STREETS[self.side])
        if self.invent and self.rng.random() < 0.3:
            street = f"{self._invented()} {street.split()[-1]}"
        number = self.rng.randint(1, 180)
        town = self._pick(TOWNS, 0.4)
        return f"{street} {number}, {postcode or self.postcode()} {town}"

    def place(self) -> str:
        """Where a parcel is."""
        return f"{self._pick(TOWNS, 0.4)} {self.rng.choice(PLACES)}"

    def phone(self) -> str:
        """A number."""
        return f"0{self.rng.randint(211, 989)}-{self.rng.randint(100000, 999999)}"

    def goods(self, count: int) -> list[tuple[str, Kind]]:
        """Different products, each with its kind."""
        every = [(name, kind) for kind, names in GOODS[self.side].items() for name in names]
        drawn = self.rng.sample(every, count)
        return [(self._renamed(name), kind) for name, kind in drawn] if self.invent else drawn

    def options(self, kind: Kind, count: int) -> list[str]:
        """Different options of one product."""
        drawn = self.rng.sample(OPTIONS[self.side][kind], count)
        return [self._renamed(each) for each in drawn] if self.invent else drawn

    def material(self, kind: Kind) -> str:
        """What a product is made of."""
        return self.rng.choice(MATERIALS[self.side][kind])

    def _renamed(self, text: str) -> str:
        """`text`, whose first word is sometimes made up."""
        first, *rest = text.split()
        return " ".join([self._invented().lower() if self.rng.random() < 0.3 else first, *rest])

    def _pick(self, lists: dict[str, tuple[str, ...]], invented: float) -> str:
        if self.invent and self.rng.random() < invented:
            return self._invented()
        return self.rng.choice(lists[self.side])

    def _invented(self) -> str:
        rng = self.rng
        start = rng.choice(_STARTS) + rng.choice(_MIDDLES)
        middle = rng.choice(_STARTS) + rng.choice(_MIDDLES) if rng.random() < 0.5 else ""
        return (start + middle + rng.choice(_ENDS)).title()
