"""What composed functions and the requests for them are made of."""

from examples.tiny_model.words import names, phrases

NOUNS = names("""
order invoice parcel flight user account ticket booking meeting event task project document
contract report payment subscription coupon product package shipment customer patient student
teacher course lesson exam book movie song playlist album photo video message comment post article
page recipe meal restaurant table room house apartment garage car bike train bus ticket trip tour
hotel reservation appointment reminder alarm timer note list calendar contact email file folder
backup server database cluster container job pipeline branch issue ticket release deployment
sensor camera lamp heater oven printer scanner robot drone machine engine battery pump valve door
gate window garden plant tree field farm warehouse store shelf item basket voucher refund claim
policy loan card wallet transfer budget salary shift employee team visitor member badge license
permit passport vaccine prescription sample experiment survey vote poll auction bid badge
""")

VERBS = names("""
book reserve order cancel schedule create delete update ship return refund track rent buy sell
print upload download archive approve reject assign invite notify renew pause resume start stop
open close lock unlock move copy rename add remove share publish hide merge split clean repair
inspect install reset scan sign verify register submit send deliver collect charge donate pack
label tag sort export import rate review mark flag block mute
""")

SYNONYMS = {
    "book": "reserve",
    "delete": "remove",
    "create": "make",
    "buy": "purchase",
    "cancel": "call off",
    "update": "change",
    "ship": "dispatch",
    "repair": "fix",
    "notify": "tell",
    "start": "launch",
    "stop": "end",
    "rent": "hire",
    "send": "mail",
    "inspect": "check",
    "submit": "hand in",
    "publish": "post",
}

LOOKUPS = names("""
get lookup find fetch show check read retrieve query load view describe search
""")

ATTRIBUTES = names("""
price status balance size weight owner address phone height age color rating location temperature
speed length capacity deadline title author version total discount salary score level email
description category stock
""")

TOPICS = names("""
weather forecast population time temperature traffic news sunrise sunset holidays timezone events
hotels restaurants museums pollen humidity wind rain tides parking rent taxes elevation crime
schools hospitals concerts jobs airports radiation noise snow earthquakes fuel_prices air_quality
public_transport postal_code area_code
""")

COUNTED = names("""
sides dice bags points people pages nights rooms seats bottles boxes minutes hours days weeks months
grams kilograms liters meters kilometers miles degrees percent guests adults children tickets copies
items pieces units stars floors steps laps rounds players teams cards coins dollars euros workers
desks tables chairs beds cars bikes trees plants rows columns lines words letters retries replicas
threads servers users watts volts width height depth length weight speed age year size volume
""")

ID_REQUESTS = phrases("""
Where is {noun} {v}?|What is the status of {noun} {v}?|Look up {noun} {v}.|Find {noun} number {v}
Show me {noun} {v}|I need the details of {noun} {v}|Can you check {noun} {v}?
What about {noun} {v}?|Get me {noun} {v} please|{noun} {v}|What do we know about {noun} {v}?
Tell me about {noun} {v}.|Is there anything on {noun} {v}?|Please find the {noun} with number {v}.
I am looking for {noun} {v}.|Pull up {noun} {v}|Give me the {noun} {v}
Could you look at {noun} {v}?|Information on {noun} {v} please|My {noun} is {v}, can you find it?
Could you find {noun} {v}?|Please look up the {noun} {v}|Please check {noun} {v}
Show the {noun} {v}|I want to see {noun} {v}|Get the {noun} with number {v}
What is with {noun} {v}?|Look at {noun} {v}
""")

ATTRIBUTE_REQUESTS = phrases("""
What is the {attr} of {noun} {v}?|Tell me the {attr} of {noun} {v}.|{attr} of {noun} {v}
I need the {attr} of {noun} {v}|Which {attr} does {noun} {v} have?
What {attr} does {noun} {v} have?|Show the {attr} for {noun} {v}
Do you know the {attr} of {noun} {v}?|Give me the {attr} of the {noun} {v}.
Check the {attr} of {noun} {v}|Find out the {attr} of {noun} {v}
Look up the {attr} of {noun} {v} please|What's the {attr} for {noun} {v}?
Could you get the {attr} of {noun} {v}?|Please tell me the {attr} of {noun} {v}
What {attr} has {noun} {v}?|Give me the {attr} for {noun} {v}
Do you have the {attr} of {noun} {v}?|Could you tell me the {attr} of {noun} {v}?
I want the {attr} of the {noun} {v}|Find the {attr} of {noun} {v}
Look up the {attr} for the {noun} {v}|Get me the {attr} of {noun} {v}
The {attr} of {noun} {v} please
""")

PLACE_REQUESTS = phrases("""
What is the {topic} in {v}?|Tell me the {topic} in {v}.|{topic} in {v}|How is the {topic} in {v}?
I need the {topic} for {v}|Show me the {topic} of {v}|Give me the {topic} for {v} please
What about the {topic} in {v}?|Check the {topic} in {v}|{topic} {v}
Do you have the {topic} for {v}?|Find the {topic} of {v}.|I am in {v}, what is the {topic}?
What's the {topic} like in {v}?|Can you look up the {topic} for {v}?
I travel to {v}. What is the {topic} there?|Please tell me the {topic} for {v}
Could you check the {topic} in {v}?|What is the {topic} like in {v}?|Give me the {topic} in {v}
I want to know the {topic} of {v}|Look up the {topic} in {v}
""")

ACTION_REQUESTS = phrases("""
{do}|Please {do}.|{do} please|Can you {do}?|Could you {do}?|I want to {do}.|I would like to {do}
I'd like you to {do}.|I need to {do}|Would you {do}?|We have to {do}.|You should {do}.|Hey, {do}
Let's {do}.|Help me to {do}.|Go ahead and {do}|Now {do}|Time to {do}|It is time to {do}.
Be so kind and {do}.|Please {do} now|I need you to {do}|Can you please {do}?
Would you please {do}?|I want you to {do}|Could you please {do}?
""")

KEYS = names("""
status:state total:decimal price:decimal count:count name:name city:city date:date time:time
id:code reference:code confirmed:bool success:bool message:phrase note:phrase owner:name
location:city weight:decimal color:color score:small balance:decimal currency:currency level:level
category:word created:date due:date available:bool quantity:count email:email title:phrase
state:state rating:digit duration:small order_id:code booking_id:code total_price:decimal
created_at:date is_active:bool user_name:name delivery_date:date next_step:phrase items:word_list
tags:word_list codes:code_list temperature:small humidity:small value:large distance:medium
author:name year:year result:word room:room unit:word
""")

PARAMETERS = (
    (
        "city,location,place,town,region",
        "city",
        "Name of the city;Where;",
        "in {v};for {v};at {v}",
    ),
    (
        "person,name,customer,user,recipient,guest,owner,assignee,employee,member",
        "name",
        "Name of the person;Who;",
        "for {v};to {v};with {v};by {v};{n} {v}",
    ),
    (
        "date,day,start_date,due_date,when",
        "date",
        "Which day;Date;",
        "on {v};for {v};by {v}",
    ),
    (
        "time,hour,start_time,at",
        "time",
        "Time of day;When;",
        "at {v}",
    ),
    (
        "quantity,count,copies,pieces,units",
        "count",
        "How many;Number of pieces;",
        "{n} {v};{v} {n};with {n} {v}",
    ),
    (
        "price,budget,max_price,fee,limit",
        "amount",
        "In dollars;Upper limit;",
        "for {v} dollars;under {v} dollars;with a {n} of {v};up to {v} euros;{n} {v}",
    ),
    (
        "color,colour",
        "color",
        "Color;",
        "in {v};{n} {v}",
    ),
    (
        "priority,severity,importance",
        "level",
        "low, medium or high;",
        "with {n} {v};with {v} {n};{n} {v}",
    ),
    (
        "email,email_address,contact",
        "email",
        "Email address;",
        "to {v};for {v};{n} {v}",
    ),
    (
        "note,comment,message,text,reason,subject,title",
        "phrase",
        "Free text;",
        'with the {n} {v};with {n} "{v}";{n}: {v};because {v};saying {v}',
    ),
    (
        "minutes,days,hours,nights,weeks",
        "count",
        "How long;",
        "for {v} {n};{v} {n}",
    ),
    (
        "language",
        "language",
        "Target language;",
        "in {v}",
    ),
    (
        "source,origin,from_place,start",
        "city",
        "Where from;",
        "from {v}",
    ),
    (
        "destination,target,to_place",
        "city",
        "Where to;",
        "to {v}",
    ),
    (
        "size,width,height,weight,age,temperature,speed,volume,score,year",
        "medium",
        "As a number;",
        "with {n} {v};{n} {v};at {n} {v};with a {n} of {v}",
    ),
    (
        "category,type,kind,department,team,group,project,brand,topic,genre",
        "word",
        "One word;",
        "{n} {v};in the {n} {v};of {n} {v};with {n} {v}",
    ),
    (
        "path,file,filename",
        "path",
        "Path of the file;",
        "from {v};{n} {v};with the file {v}",
    ),
    (
        "urgent,express,public,recursive,private,silent",
        "flag",
        "",
        "and make it {n};{n}: yes;and set {n};as {n}",
    ),
)
"""Names, kind of value, descriptions, and how a request brings the value in ({n}: the name)."""
