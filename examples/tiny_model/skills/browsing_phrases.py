"""The words of browsing: kinds of places, what is known of them, how it is said and asked."""

from examples.tiny_model.words import names, phrases

KINDS = names("""
Museum Library Castle Bridge Theatre Tower School Harbour Park Hotel Hospital Garden Factory Bakery
Observatory Market Stadium Cathedral Lighthouse Mill Brewery Station Cinema Zoo Archive Abbey
Academy Aquarium Arena Bank Gallery Hall House Inn Institute Laboratory Monument Orchard Palace Port
Prison Pool Restaurant Ship Square Temple Tunnel University Village Winery Workshop Yard Club Cafe
""")

ATTRIBUTES = dict(
    each.split(":")
    for each in phrases("""
director:full_name|architect:full_name|owner:full_name|founder:full_name|manager:full_name
guide:full_name|keeper:full_name|designer:full_name|gardener:full_name|chairman:full_name
secretary:full_name|sponsor:full_name|painter:full_name|cook:full_name|captain:full_name
teacher:full_name|patron:full_name|mayor:full_name|height:metres|length:metres|depth:metres
width:metres|weight:tonnes|price:euros|ticket price:euros|entrance fee:euros|annual rent:euros
budget:euros|phone number:digits|fax number:digits|room number:digits|house number:digits
account number:digits|opening year:year|founding year:year|year of construction:year
closing year:year|opening day:weekday|closing day:weekday|market day:weekday|cleaning day:weekday
opening time:time|closing time:time|time of the last tour:time|departure time:time|postal code:code
door code:code|licence number:code|inventory number:code|catalogue number:code|street:street
address:street|colour:colour|colour of the door:colour|symbol:word|motto:words|largest hall:proper
oldest room:proper|nearest station:proper|sister city:city|place of origin:city
main language:language|second language:language|favourite dish:word|email address:email
wind speed:speed|capacity:people
number of rooms:count|number of seats:count|number of visitors:count|number of books:count
number of employees:count|number of trees:count|area:area|currency:currency|nickname:proper
opening month:month|season:month|material:word|main sponsor:full_name|deputy director:full_name
""")
)
"""What a page may tell of a place, with the kind of its value."""

SENTENCES = phrases("""
The {a} is {v}.|The {a} of {s} is {v}.|Its {a} is {v}.|Today the {a} is {v}.|The {a} here is {v}.
Since {y} the {a} is {v}.|As of {y}, the {a} is {v}.|{s}: the {a} is {v}.|Their {a} is {v}.
""")

LISTED = "The {a} is {v}."

NEIGHBOURS = phrases("""
It is near {s}.|From here one sees {s}.|It belongs to {s}, where the {a} is another.
The {a} of {s} is another.|Not to be confused with {s}.|It was built after {s}.
""")
"""What a page says of another place."""

HOSTS = names("town guide places county visit atlas travel city region maps")

QUESTIONS = phrases("""
What is the {a} of {s}?|What's the {a} of {s}?|Tell me the {a} of {s}.|I need the {a} of {s}.
Find the {a} of {s}.|Look up the {a} of {s}.|Do you know the {a} of {s}?|Search for the {a} of {s}.
Please find out the {a} of {s}.|Can you find the {a} of {s}?|Which {a} does {s} have?
What {a} does {s} have?|Find out the {a} of {s} for me.|I am looking for the {a} of {s}.
Give me the {a} of {s}.|Search the web for the {a} of {s}.|Could you look up the {a} of {s}?
I want to know the {a} of {s}.|What does the web say about the {a} of {s}?|{s}: what is the {a}?
Regarding {s}, what is the {a}?|What is the current {a} of {s}?|Browse for the {a} of {s}.
""")

BOTH = phrases("""
What are the {a} and the {b} of {s}?|Tell me the {a} and the {b} of {s}.
I need the {a} and the {b} of {s}.|Find the {a} and the {b} of {s}.
Look up the {a} and the {b} of {s}.|What is the {a} and the {b} of {s}?
Can you find the {a} and the {b} of {s}?|Give me the {a} and the {b} of {s}.
""")

FILLERS = phrases("""
Many people from {c} come here in {m}.|The way from {c} is well marked.
A small shop sells {w} cards.
Bring warm clothes in {m}.|The walls are made of {w}.|Dogs are welcome.|The roof was mended in {y}.
Groups are asked to write first.|There is a cafe next to it.|The {w} room is closed at the moment.
It is known in {c} and beyond.|A train goes to {c} every hour.|Photographs are allowed.
The stairs are steep.|Children like the {w}.|In {y} there was a fire.
The view reaches as far as {c}.
Everyone here speaks of the {w}.|The garden behind it is full of {w}.|A new {w} came in {y}.
""")
