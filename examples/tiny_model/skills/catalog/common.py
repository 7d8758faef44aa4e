"""The functions that come to mind first: weather, orders, mail, timers, money, files."""

CATALOG = """
get_weather | Get the current weather for a city.
city:city=Name of the city
? What is the weather in {city}?; How is the weather in {city}?; Tell me the weather in {city}.;
weather {city}; What's the weather like in {city} today?; Is it nice weather in {city}?;
Check the weather for {city}; Give me the weather of {city} please
= temperature:small, conditions:weather

get_order | Look an order up.
order_id:code=Id of the order
? Where is order {order_id}?; What is the status of order {order_id}?; Look up order {order_id}.;
Find my order {order_id}; Has order {order_id} shipped?; Show me order {order_id};
I am waiting for order {order_id}.; What happened to order {order_id}?
= order_id:$order_id, status:state

convert_currency | Convert an amount from one currency to another.
amount:amount=Amount to convert; from_currency:currency=Currency code to convert from;
to_currency:currency=Currency code to convert to
? Convert {amount} {from_currency} to {to_currency}.;
How much is {amount} {from_currency} in {to_currency}?;
What are {amount} {from_currency} in {to_currency}?;
Change {amount} {from_currency} into {to_currency};
I have {amount} {from_currency}, how many {to_currency} is that?;
exchange {amount} {from_currency} for {to_currency}; {amount} {from_currency} to {to_currency}
= amount:decimal, currency:$to_currency

send_email | Send an email.
to:email=Address of the recipient; subject:phrase=Subject line
? Send an email to {to} with the subject {subject}.; Email {to} about {subject};
Write to {to}, subject {subject}.; Mail {to} with subject {subject};
Please send {to} an email about {subject}.; Drop {to} a mail about {subject}
= sent:bool, message_id:code

set_timer | Start a countdown timer.
minutes:count=Length in minutes
? Set a timer for {minutes} minutes.; Start a {minutes} minute timer;
Remind me in {minutes} minutes.; timer {minutes} minutes; Count down {minutes} minutes;
I need a timer of {minutes} minutes
= timer_id:code, state:state

set_alarm | Set an alarm clock.
time:time=When to ring
? Wake me up at {time}.; Set an alarm for {time}.; Alarm at {time} please;
I have to get up at {time}; Ring the alarm at {time}
= alarm_id:code, time:$time

book_table | Reserve a table in a restaurant.
restaurant:proper=Name of the restaurant; people:count=Number of guests; time:time=Time of arrival
? Book a table at {restaurant} for {people} people at {time}.;
Reserve a table for {people} at {restaurant} at {time};
I want a table at {restaurant} for {people} guests at {time}.;
Table for {people} at {restaurant}, {time};
Get us a table for {people} people at {restaurant} at {time}
= confirmed:bool, booking:code

search_flights | Find flights between two cities.
origin:city=Departure city; destination:city=Arrival city; date:date=Day of departure
? Find flights from {origin} to {destination} on {date}.;
I want to fly from {origin} to {destination} on {date};
Are there flights to {destination} from {origin} on {date}?;
Which flights go from {origin} to {destination} on {date}?;
flights {origin} to {destination} on {date};
Show me flights leaving {origin} for {destination} on {date}
= flight:code, price:amount

translate_text | Translate a text into another language.
text:phrase=Text to translate; language:language=Target language
? Translate {text} to {language}.; Translate "{text}" into {language};
How do you say {text} in {language}?; What is {text} in {language}?; Say {text} in {language};
Give me the {language} translation of "{text}"
= translation:phrase

play_song | Play a song.
title:phrase=Song title; artist:proper=Who sings it
? Play {title} by {artist}.; I want to hear {title} by {artist}; Put on {title} from {artist};
Can you play the song {title} by {artist}?; Start {title} by {artist}
= playing:bool, length:small

turn_on_light | Switch a light on.
room:room=Which room
? Turn on the light in the {room}.; Switch on the {room} light; Light on in the {room};
It is dark in the {room}, turn the light on; lights on in the {room} please
= room:$room, light:onoff

set_temperature | Set the thermostat.
room:room=Which room; degrees:small=Degrees Celsius
? Set the {room} to {degrees} degrees.; Make it {degrees} degrees in the {room};
Heat the {room} to {degrees} degrees; I want {degrees} degrees in the {room};
Set the temperature in the {room} to {degrees}
= room:$room, target:$degrees

create_reminder | Create a reminder.
text:phrase=What to remember; date:date=When
? Remind me to {text} on {date}.; Create a reminder to {text} on {date};
On {date} remind me to {text}; Don't let me forget to {text} on {date};
I must {text} on {date}, remind me
= reminder_id:code

transfer_money | Transfer money to an account.
amount:amount=How much; account:code=Receiving account
? Transfer {amount} dollars to account {account}.; Send {amount} euros to {account};
Move {amount} to account {account}; Pay {amount} to account {account};
Wire {amount} to {account} please
= transaction:code, status:state

get_stock_price | Get the latest price of a stock.
symbol:ticker=Ticker symbol
? What is the stock price of {symbol}?; How much is {symbol} stock?; Price of {symbol} shares;
Get the stock price for {symbol}; What does a share of {symbol} cost?; quote {symbol} stock
= symbol:$symbol, price:decimal

get_time | Get the current time in a city.
city:city=City
? What time is it in {city}?; Current time in {city}; Tell me the time in {city}.;
How late is it in {city}?; What's the local time in {city}?; time in {city} please
= time:time

get_population | Number of inhabitants of a city.
city:city
? How many people live in {city}?; What is the population of {city}?; population of {city};
How many inhabitants does {city} have?; Tell me the population of {city}
= population:large

add_to_cart | Put an item into the shopping cart.
item:phrase=What to add; quantity:count=How many
? Add {quantity} {item} to my cart.; Put {quantity} {item} into the cart;
I want {quantity} {item} in my basket; Add {item} to the cart, quantity {quantity};
cart: {quantity} {item}
= items:count, total:decimal

cancel_order | Cancel an order.
order_id:code=Order to cancel; reason:phrase=Why
? Cancel order {order_id} because {reason}.; Please cancel order {order_id}, reason: {reason};
I want to cancel order {order_id} due to {reason};
Order {order_id} should be cancelled because {reason}
= cancelled:bool, refund:decimal

track_package | Track a package.
tracking_number:code=Number on the label
? Track package {tracking_number}.; Where is my package {tracking_number}?;
When does package {tracking_number} arrive?;
Find the package with tracking number {tracking_number}; tracking {tracking_number};
My parcel has the number {tracking_number}, where is it?
= location:city, status:state

create_user | Create a user account.
name:name=Full name; email:email=Email address
? Create a user {name} with email {email}.; Add user {name} ({email});
Register {name} with the address {email}; Sign up {name}, email {email};
New account for {name}, {email}
= user_id:code

delete_file | Delete a file.
path:path=Path of the file
? Delete {path}.; Remove the file {path}; Please delete the file {path}; Get rid of {path};
Erase {path}; I do not need {path} any more, delete it
= deleted:bool

read_file | Read a file.
path:path=Path of the file
? Read {path}.; What is in the file {path}?; Show me the contents of {path}; Open the file {path};
Print {path}; What does {path} say?
= plain:phrase

find_restaurants | Find restaurants in a city.
city:city=Where; cuisine:cuisine=Kind of food
? Find {cuisine} restaurants in {city}.; Where can I eat {cuisine} food in {city}?;
I want {cuisine} food in {city}; Are there {cuisine} restaurants in {city}?;
Recommend a {cuisine} place in {city}
= restaurants:proper_list

get_exchange_rate | Exchange rate between two currencies.
base:currency=Currency sold; target:currency=Currency bought
? What is the exchange rate from {base} to {target}?; {base} {target} rate;
How many {target} do I get for one {base}?; Exchange rate of {base} to {target} please;
Rate for {base} in {target}
= rate:decimal

get_distance | Distance between two places in kilometres.
start:city=From; end:city=To
? How far is it from {start} to {end}?; What is the distance between {start} and {end}?;
Distance from {start} to {end}; How many kilometres are between {start} and {end}?;
How long is the way from {start} to {end}?
= kilometres:medium

schedule_meeting | Put a meeting into the calendar.
person:name=Who to meet; date:date=Which day; time:time=At what time
? Schedule a meeting with {person} on {date} at {time}.;
Set up a meeting with {person}, {date} at {time}; I want to meet {person} on {date} at {time};
Plan a meeting with {person} for {date} at {time};
Book a meeting at {time} on {date} with {person}
= meeting_id:code

get_balance | Balance of an account.
account:code=Account number
? What is the balance of account {account}?; How much money is in account {account}?;
Show the balance of {account}; balance {account}; Check the balance for account {account}
= balance:decimal, currency:currency

get_recipe | Find a recipe for a dish.
dish:phrase=Name of the dish
? How do I cook {dish}?; Find a recipe for {dish}.; Recipe for {dish} please; I want to make {dish};
Give me the recipe of {dish}
= minutes:small, difficulty:level

get_definition | Look a word up in the dictionary.
word:word=Word to define
? What does {word} mean?; Define {word}.; What is the definition of {word}?;
Look up the word {word}; meaning of {word}; Explain the word {word}
= plain:phrase

book_hotel | Book a hotel room.
city:city=City of the hotel; nights:count=Number of nights
? Book a hotel in {city} for {nights} nights.; I need a room in {city} for {nights} nights;
Reserve a hotel for {nights} nights in {city}; {nights} nights in {city} please;
We stay in {city} for {nights} nights, book a hotel
= hotel:proper, price:decimal

rate_movie | Save a rating for a movie.
title:phrase=Movie title; stars:digit=One to five stars
? Rate the movie {title} with {stars} stars.; Give {title} {stars} stars;
I rate {title} {stars} stars; {stars} stars for {title}; My rating for {title} is {stars} stars
= saved:bool

update_address | Change the address of a customer.
customer_id:code=Customer; city:city=New city
? Customer {customer_id} moved to {city}.; Change the address of customer {customer_id} to {city};
Set the city of customer {customer_id} to {city}; New address for {customer_id}: {city};
Update customer {customer_id}, now living in {city}
= updated:bool

get_customer | Fetch a customer record.
customer_id:code=Customer number
? Who is customer {customer_id}?; Show customer {customer_id}.; Look up customer {customer_id};
Find the customer with id {customer_id}; I need the record of customer {customer_id};
customer {customer_id} please
= name:name, city:city, since:year

get_invoice | Fetch an invoice.
number:code=Invoice number
? Show invoice {number}.; What is the total of invoice {number}?; Is invoice {number} paid?;
Find invoice {number}; I need invoice number {number}; How much is invoice {number}?
= total:decimal, paid:bool

apply_discount | Apply a discount code to an order.
order_id:code=Order; code:ticker=Discount code
? Apply the discount code {code} to order {order_id}.; Use code {code} on order {order_id};
Order {order_id} gets the discount {code}; I have the discount code {code} for order {order_id};
Redeem {code} for order {order_id}
= total:decimal

restart_server | Restart a server.
name:host=Host name; force:flag=Do not wait for running jobs
? Restart the server {name}.[force: Force it.]; Please restart {name}[force: by force];
Reboot server {name}[force: , force it]; The server {name} hangs, restart it.[force: Use force.]
= status:state

get_logs | Read the newest log lines of a service.
service:host=Name of the service; lines:count=How many lines
? Show the last {lines} lines of the {service} log.; Give me {lines} log lines of {service};
Logs of {service}, {lines} lines; What do the last {lines} lines of {service} say?;
Read {lines} lines from the log of {service}
= plain:phrase

create_ticket | Open a support ticket.
title:phrase=Short title; priority:level=low, medium or high; urgent?:flag
? Open a ticket {title} with priority {priority}.; Create a {priority} priority ticket: {title};
New ticket "{title}", priority {priority}; File a ticket about {title} with {priority} priority
= ticket:code

assign_ticket | Assign a ticket to a person.
ticket_id:code=Ticket; assignee:name=Who takes it
? Assign ticket {ticket_id} to {assignee}.; Give ticket {ticket_id} to {assignee};
{assignee} takes ticket {ticket_id}; Ticket {ticket_id} goes to {assignee};
Hand ticket {ticket_id} over to {assignee}
= ticket:$ticket_id, status:state

calculate_bmi | Body mass index.
weight:medium=Weight in kilograms; height:medium=Height in centimetres
? What is the bmi for {weight} kg and {height} cm?;
I weigh {weight} kg and am {height} cm tall, what is my bmi?;
Compute the bmi of a person with weight {weight} and height {height};
bmi: weight {weight}, height {height}
= plain:decimal

calculate_tip | Tip for a bill.
bill:amount=Amount of the bill; percent:count=Tip in percent
? What is the tip for a bill of {bill} at {percent} percent?; Tip {percent} percent on {bill};
How much tip is {percent} percent of a {bill} bill?; The bill is {bill}, I tip {percent} percent
= tip:decimal, total:decimal

roll_dice | Roll dice.
sides:count=Number of sides; count:digit=Number of dice
? Roll {count} dice with {sides} sides.; Throw {count} dice with {sides} sides each;
I want to roll {count} dice, {sides} sides; roll {count} times a die with {sides} sides
= rolls:int_list

get_capital | Capital of a country.
country:proper=Name of the country
? What is the capital of {country}?; capital of {country}; Which city is the capital of {country}?;
Tell me the capital of {country}; Name the capital city of {country}
= plain:city

check_stock | Check how many pieces of an article are in stock.
sku:code=Article number
? Is {sku} in stock?; How many {sku} are in stock?; Check the stock of {sku}.;
Do we have {sku} in stock?; stock of article {sku}; Can I still get article {sku}?
= in_stock:bool, quantity:count

search_products | Search the product catalogue.
query:phrase=What to look for; max_price:count=Highest price
? Find {query} under {max_price} dollars.; Search for {query} below {max_price} euros;
I am looking for {query} for at most {max_price} dollars; Show me {query} cheaper than {max_price};
{query} up to {max_price} dollars
= product:phrase, price:decimal

book_ride | Order a taxi.
pickup:street=Where to be picked up; dropoff:street=Where to go
? Get me a taxi from {pickup} to {dropoff}.; I need a ride from {pickup} to {dropoff};
Book a ride to {dropoff} from {pickup}; Order a cab from {pickup} to {dropoff};
Take me from {pickup} to {dropoff}
= driver:name, minutes:small

unlock_door | Unlock a door.
door:room=Which door
? Unlock the {door} door.; Open the door of the {door}; Let me into the {door};
unlock the door to the {door} please; The {door} door should be unlocked
= unlocked:bool

post_message | Post a message to a chat channel.
channel:word=Channel name; text:phrase=The message
? Post {text} in {channel}.; Write "{text}" to the channel {channel};
Tell the channel {channel}: {text}; Send the message {text} to channel {channel};
Say {text} in the {channel} channel
= posted:bool

get_news | Newest headline about a topic.
topic:word=Topic
? What is new about {topic}?; News about {topic} please; Any news on {topic}?;
Give me the latest news on {topic}; What are the headlines about {topic}?
= headline:phrase

enroll_student | Enroll a student in a course.
student:name=Name of the student; course:word=Name of the course
? Enroll {student} in {course}.; Sign {student} up for the {course} course;
{student} wants to take {course}; Put {student} into the course {course};
Add the student {student} to {course}
= enrolled:bool, seat:count

get_grade | Grade of a student in a subject.
student:name=Student; subject:word=Subject
? What grade does {student} have in {subject}?; Grade of {student} in {subject};
How did {student} do in {subject}?; Show the {subject} grade of {student};
Tell me the grade {student} got in {subject}
= grade:letter

water_plants | Water the plants.
zone:room=Which zone; litres:amount=How much water
? Water the plants in the {zone} with {litres} litres.;
Give the plants in the {zone} {litres} litres of water;
{litres} litres of water for the {zone} plants; The {zone} plants need {litres} litres
= watered:bool

charge_card | Charge a credit card.
card:code=Card; amount:amount=Amount in dollars
? Charge {amount} dollars to card {card}.; Put {amount} on card {card}; Card {card} pays {amount};
Bill card {card} with {amount} dollars; Take {amount} from card {card}
= receipt:code

get_tide | Next high tide at a harbour.
harbour:city=Harbour
? When is high tide in {harbour}?; Next high tide at {harbour}?; tide at {harbour};
Tell me the tide of {harbour}; When does the tide come in {harbour}?
= time:time, metres:decimal

list_orders | All orders of a customer.
customer:name=Name of the customer
? Which orders does {customer} have?; List the orders of {customer}.; Show all orders by {customer};
What did {customer} order?; orders of {customer} please
= orders:code_list

get_current_user | Who is logged in.
-
? Who am I?; Who is logged in?; Which user is this?; What is my user name?; Show the current user.;
Tell me who is logged in
= name:name, role:word

list_tables | Names of all tables in the database.
-
? Which tables are there?; List all tables.; Show the tables in the database;
What tables does the database have?; Give me the names of the tables
= tables:word_list

count_rows | Count the rows of a database table.
table:word=Table name
? How many rows does {table} have?; Count the rows in {table}.; Number of rows in the table {table};
How big is the table {table}?; rows of {table}
= plain:large

get_price | Price of a product.
product:phrase=Name of the product
? What does {product} cost?; How much is {product}?; Price of {product};
What is the price of {product}?; Tell me the price for {product}.; How expensive is {product}?
= price:decimal

refund_order | Refund an order.
order_id:code=Order; amount:amount=Amount to refund
? Refund {amount} for order {order_id}.; Give back {amount} on order {order_id};
Pay {amount} back for order {order_id}; Order {order_id} gets a refund of {amount};
I want {amount} refunded for order {order_id}
= refunded:bool

resize_image | Resize an image.
path:path=Image file; width:medium=New width; height:medium=New height
? Resize {path} to {width} by {height}.; Make {path} {width} wide and {height} high;
Scale the image {path} to {width} x {height};
Change the size of {path} to width {width} and height {height}
= path:$path

run_query | Run a saved query.
name:word=Name of the query; limit:count=Most rows to return
? Run the query {name} with limit {limit}.; Execute query {name}, at most {limit} rows;
Give me {limit} rows of the query {name}; query {name}, limit {limit}
= rows:count
"""
