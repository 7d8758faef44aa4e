"""Functions for travel, places, nature, events and city services, in the format of `catalog`."""

CATALOG = """
get_flight_status | Tell whether a flight is on time.
flight_number:code=Flight number
? Is flight {flight_number} on time?; What is the status of flight {flight_number}?;
Is {flight_number} delayed?; flight status {flight_number}; Has flight {flight_number} landed yet?;
Check on flight {flight_number} for me; My wife is on flight {flight_number}, is it late?
= status:state, arrives:time

select_seat | Choose a seat on a booked flight.
booking:code=Booking reference; row:small=Row of the seat; seat:letter=Letter of the seat
? Select row {row}, seat {seat} for booking {booking}.; For {booking} take row {row}, letter {seat};
Put {booking} in row {row}, seat {seat}; booking {booking}, row {row}, seat {seat};
I would like to sit in row {row}, seat {seat}, my reference is {booking};
Choose seat {seat} in row {row} for {booking};
Can I have seat {seat} in row {row}? My booking is {booking}.
= confirmed:bool, fee:decimal

rebook_flight | Move a flight booking to another day.
reference:code=Booking reference; new_date:date=New day of travel
? Rebook {reference} to {new_date}.; Move my flight {reference} to {new_date};
I want to fly on {new_date} instead, booking {reference}; Put {reference} on a flight on {new_date};
Can you change the flight booking {reference} to {new_date}?;
flight {reference}, new date {new_date}; Our plans changed, please shift {reference} to {new_date}
= rebooked:bool, fee:amount

add_baggage | Add checked bags to a booking.
booking:code=Booking; bags:digit=Number of bags; kg:small=Kilograms of each bag
? Add {bags} bags of {kg} kg to booking {booking}.; {booking} needs {bags} bags, {kg} kg each;
I bring {bags} suitcases of {kg} kilos, booking {booking};
Check {bags} bags, {kg} kg each, for {booking}; baggage for {booking}: {bags} bags, {kg} kg;
With {kg} kg each, put {bags} bags on {booking}; {bags} pieces at {kg} kg each for {booking}
= added:bool, price:decimal

report_lost_luggage | Report luggage that did not arrive.
tag:code=Number on the luggage tag; airport:city=Where it should have arrived
? My suitcase {tag} did not arrive in {airport}.; Report luggage {tag} as lost at {airport};
I am in {airport}, my bag {tag} is missing; Lost luggage in {airport}, tag {tag};
The airline lost my luggage {tag} on the way to {airport};
Bag {tag} never came out at {airport} airport; At {airport} nobody finds my luggage {tag}
= report_id:code, state:state

set_fare_alert | Tell me when a fare drops below a price.
origin:city=Start of the trip; destination:city=End of the trip; limit:count=Price in dollars
? Tell me when {origin} to {destination} drops below {limit} dollars.;
Set a fare alert from {origin} to {destination} at {limit} dollars;
Alert me if the fare from {origin} to {destination} falls under {limit};
fare alert {origin} to {destination}, {limit} dollars;
Watch the price of trips to {destination} from {origin}, my limit is {limit};
I only travel from {origin} to {destination} for less than {limit}, let me know;
Let me know about fares below {limit} euros from {origin} to {destination}
= alert_id:code, fare:amount

redeem_miles | Spend frequent flyer miles.
member_id:code=Frequent flyer number; miles:large=How many miles
? Redeem {miles} miles for member {member_id}.; Use {miles} miles from card {member_id};
Member {member_id} wants to spend {miles} miles; redeem {miles}, member {member_id};
I want to cash in {miles} miles, my number is {member_id}; Take {miles} miles off {member_id};
Pay with {miles} of the frequent flyer miles on {member_id}
= redeemed:bool, miles_left:large

find_train_connections | Find train connections between two stations.
origin:city=Where the train leaves; goal:city=Where it goes; after:time
? Find a train from {origin} to {goal} after {after}.; train {origin} to {goal}, {after};
Which trains go to {goal} from {origin} after {after}?;
I take the train from {origin} to {goal} after {after};
Show train connections from {origin} to {goal}, not before {after};
Is there a rail connection from {origin} to {goal} after {after}?;
After {after}, how do I get from {origin} to {goal} by rail?
= train:code, departure:time, platform:digit

list_train_delays | Late trains at a station.
station:city=Name of the station
? Which trains are delayed in {station}?; List the delays at {station} station.;
Are trains running late at {station}?; train delays {station}; Show me all late trains in {station};
Is anything delayed at {station} station?; I am waiting in {station}, are there any delays?;
Is the railway in {station} on schedule?
= delayed:count, longest:small

get_platform | Platform from which a train leaves.
train_number:code=Number of the train
? Which platform does train {train_number} leave from?; Platform for {train_number}?;
From which track does {train_number} depart?; Where do I board train {train_number}?;
platform of train {train_number} please; Get me the platform of {train_number};
I have to catch {train_number}, where does it leave?
= platform:digit, departure:time

buy_rail_pass | Buy a pass for all trains of a country.
country:proper=Where it is valid; days:count=Days it is valid; rider:name=Who travels
? Buy a {days} day rail pass for {country} for {rider}.; rail pass {country}, {days} days, {rider};
{rider} needs {days} days of rail in {country}; Train pass for {rider}, {country}, {days} days;
I want a {days} day pass in the name of {rider} for the trains in {country};
For {rider}: all trains in {country} for {days} days;
For {days} days, {rider} takes trains in {country}
= pass_number:code, price:amount

get_next_bus | Next departure of a bus line from a stop.
line:small=Number of the line; stop:street=Name of the stop
? When does the next bus {line} leave from {stop}?; Next {line} bus from {stop}?;
bus {line} at {stop}; I am at {stop}, when does line {line} come?;
How long until bus {line} gets to {stop}?; When is the next departure of line {line} at {stop}?;
At {stop}, when can I catch the {line}?; I am waiting for bus {line} at {stop}.
= departure:time, minutes:small

plan_route | Plan a route by public transport.
start:street=Where to start; destination:street=Where to go; arrive_by:time=Latest arrival
? Plan a route from {start} to {destination}, arriving by {arrive_by}.;
How do I get from {start} to {destination} by {arrive_by}?;
I must be at {destination} by {arrive_by}, coming from {start};
route {start} to {destination}, arrive by {arrive_by};
Which public transport takes me from {start} to {destination} before {arrive_by}?;
Find a route to {destination} from {start} that arrives before {arrive_by};
By {arrive_by} I have to be at {destination}, plan the way from {start}
= leave_at:time, changes:digit, minutes:small

validate_bus_ticket | Check that a bus ticket is valid.
ticket_number:code=Number on the ticket
? Validate ticket {ticket_number}.; Is ticket {ticket_number} still valid?;
Check the ticket {ticket_number}; Stamp my ticket {ticket_number}; ticket {ticket_number}, valid?;
Can I still ride with {ticket_number}?; Is {ticket_number} a valid bus ticket?;
Does ticket {ticket_number} still work on the tram?
= valid:bool, until:time

extend_transit_pass | Make a city transit pass valid for longer.
card:code=Number of the pass; months:digit=Months to add
? Extend transit pass {card} by {months} months.; Renew my bus pass {card} for {months} months;
Card {card} should run {months} months longer; Add {months} months to transit card {card};
{months} more months on pass {card} please; pass {card}, {months} months more;
Make {card} valid for {months} more months
= valid_until:date, price:decimal

book_ferry | Book a ferry crossing.
departure_port:city=Port of departure; arrival_port:city; with_car:flag=Take a car on board
? Book a ferry from {departure_port} to {arrival_port}[with_car: with a car].;
I need the ferry to {arrival_port} from {departure_port}[with_car: and I bring my car];
Get us on the boat from {departure_port} to {arrival_port}.[with_car: We take the car.];
ferry {departure_port} to {arrival_port}[with_car: , one car];
Reserve a crossing from {departure_port} to {arrival_port}[with_car: for us and the car];
We want to cross from {departure_port} to {arrival_port} by ship[with_car: with our car];
Book us a boat to {arrival_port}, we leave from {departure_port}.[with_car: The car comes along.]
= booking:code, departs:time

list_sailings | Ferry departures to an island.
island:proper=Name of the island
? When do ferries go to {island}?; List the sailings to {island}.; Ferry times for {island} please;
How often does a ship sail to {island}?; Which ferries leave for {island}?; sailings {island};
Show all departures to the island {island}; When can I take the boat to {island}?
= first:time, last:time, sailings:digit

cancel_crossing | Cancel a ferry reservation.
reservation:code=Number of the reservation
? Cancel the ferry reservation {reservation}.; Cancel crossing {reservation};
We are not taking the ferry {reservation} after all; Please call off our crossing {reservation};
We all get seasick, cancel {reservation}; I no longer need the ferry {reservation};
Drop my boat reservation {reservation}
= cancelled:bool, refund:decimal

rent_car | Rent a car.
city:city=Where to pick it up; start:date=First day; days:count=Length of the rental
? Rent a car in {city} for {days} days from {start}.; {city}, {start}: rental car for {days} days;
Hire a car for {days} days, {city}, {start}; car rental {city}, {start}, {days} days;
From {start}, a car in {city} for {days} days; A vehicle in {city}, {start}, {days} days please;
Get us something to drive for {days} days, {city}, {start}
= car:proper, price:amount

return_rental | Return a rental car.
contract:code=Rental contract; km:large=Kilometres on the clock
? Return rental {contract} with {km} km on the clock.; Car {contract} is back, odometer {km};
I am bringing back the car {contract}, the odometer says {km}; return {contract}, {km} km;
Rental contract {contract} is returned at {km} kilometres;
Close rental {contract}, it has {km} kilometres; At {km} km I return the car of contract {contract}
= total:decimal, kilometres:medium

report_car_damage | Report damage to a rental car.
plate:code=Number plate; damage:phrase=What is broken
? Report damage on car {plate}: {damage}.; The rental {plate} is damaged: {damage};
Note {damage} as damage to the car {plate}; Somebody hit {plate}, broken: {damage};
Car {plate} came back damaged, write down {damage}; damage report {plate}, {damage};
I had an accident with the car {plate}, damage: {damage}
= claim:code, cost:amount

locate_charger | Find charging stations for electric cars.
address:street=Where to look; radius?:small=Kilometres around it
? Where can I charge my car near {address}?[radius: At most {radius} km away.];
Locate a charger near {address}[radius: within {radius} km];
charging station {address}[radius: , {radius} km around];
My battery is low and I am at {address}, find a plug[radius: within {radius} km];
Show electric charging stations around {address}[radius: in a radius of {radius} km];
Is there a charger near {address}[radius: and not more than {radius} km off]?;
I need a charging point close to {address}[radius: , no further than {radius} km]
= station:proper, free:digit

find_parking_spot | Find a place to park near an address.
near:street=Address; hours:digit=How long to park
? Find parking near {near} for {hours} hours.; parking {near}, {hours} hours;
Is there a parking space around {near} for {hours} hours?;
Show car parks close to {near}, I stay {hours} hours; Where can I park at {near} for {hours} hours?;
I leave my car at {near} for {hours} hours, where?; I want to park for {hours} hours near {near}
= garage:proper, price:decimal, free:count

pay_parking | Pay for parking in a zone.
plate:code=Number plate; zone:letter=Parking zone; minutes:count=How long
? Pay {minutes} minutes of parking in zone {zone} for {plate}.;
Park {plate} in zone {zone} for {minutes} minutes; zone {zone}, plate {plate}, {minutes} minutes;
Buy a parking ticket for {plate}, zone {zone}, {minutes} minutes;
Car {plate} in zone {zone}, pay {minutes} minutes;
Start parking {plate}, {minutes} minutes, zone {zone};
I stop in zone {zone} for {minutes} minutes, my plate is {plate}
= paid:decimal, until:time

contest_fine | Object to a parking fine.
fine_number:code=Number of the fine; reason:phrase=Why it is wrong
? Contest fine {fine_number} because of {reason}.; I will not pay {fine_number} because of {reason};
Appeal against {fine_number} on the grounds of {reason}; contest {fine_number}, {reason};
I object to the fine {fine_number}, reason: {reason}; Parking fine {fine_number} is wrong: {reason};
The fine {fine_number} is unfair, tell them {reason}
= case:code, state:state

count_free_spaces | Free spaces in a car park.
garage:proper=Name of the car park
? How many spaces are free in {garage}?; free spaces {garage}; Is the garage {garage} already full?;
How full is the car park {garage}?; Is there any space left at {garage}?;
Is the {garage} car park full?; Can I still park in {garage}?; Count the free spaces in {garage}
= free:count, total:medium

check_room_availability | Check whether a hotel has a free room.
hotel:proper=Name of the hotel; date:date=Day of arrival; guests:digit=Number of guests
? Does {hotel} have a room on {date} for {guests} guests?;
Are rooms free at the {hotel} for {guests} people on {date}?;
Check availability at {hotel} on {date}, {guests} guests; rooms at {hotel}, {date}, {guests} guests;
We are {guests} people and arrive on {date}, is a room free at {hotel}?;
On {date}, is the hotel {hotel} full or is there a room for {guests}?;
Can {guests} of us stay at {hotel} from {date}?
= available:bool, price:decimal

order_room_service | Order food to a hotel room.
room:medium=Number of the room; dish:phrase=What to bring; time?:time=When to bring it
? Bring {dish} to {room}[time: at {time}].; Order {dish} to {room}[time: for {time}];
Room service: {dish} for room {room}[time: , at {time}]; {room} orders {dish}[time: for {time}];
I would like {dish} in room {room}[time: at {time}]; Can I get {dish} in {room}[time: at {time}]?;
Room {room} is hungry and wants {dish}[time: at {time}]
= order:code, price:decimal

request_late_checkout | Ask the hotel for a late checkout.
room:medium=Number of the room; until:time=When to leave
? Late checkout for room {room} until {until} please.; Can room {room} check out at {until}?;
We want to keep room {room} until {until}; Ask for a checkout at {until}, room {room};
I leave room {room} at {until}, is a late checkout possible?; room {room}, checkout {until};
Until {until} we would like to sleep in room {room}
= granted:bool, surcharge:decimal

list_amenities | What a hotel offers its guests.
hotel_name:proper=Name of the hotel
? What does the hotel {hotel_name} offer?; List the amenities of {hotel_name}.;
Which amenities does {hotel_name} have?; amenities {hotel_name};
Tell me what {hotel_name} offers its guests; What is there for guests at {hotel_name}?;
I want to know the facilities of hotel {hotel_name}
= amenities:word_list

geocode_address | Coordinates of an address.
address:street=Street or place
? What are the coordinates of {address}?; Geocode {address}.; Where on the map is {address}?;
Give me latitude and longitude of {address}; coordinates {address};
Turn the address {address} into coordinates; I need the exact position of {address}
= latitude:decimal, longitude:decimal

get_elevation | Height of a mountain in metres.
mountain:proper=Name of the mountain
? How high is {mountain}?; What is the elevation of {mountain}?; Elevation of {mountain} please;
How tall is the mountain {mountain}?; Get the height of {mountain} in metres; height {mountain};
How many metres does {mountain} have?; How far up is the summit of {mountain}?
= metres:medium, country:proper

estimate_drive_time | Estimate how long a drive takes.
leaving:city=Start of the drive; goal:city=End of the drive; avoid_tolls:flag=No toll roads
? How long is the drive from {leaving} to {goal}[avoid_tolls: without tolls]?;
How many hours do I drive from {leaving} to {goal}[avoid_tolls: if I avoid toll roads]?;
Estimate the drive time to {goal} from {leaving}.[avoid_tolls: Avoid tolls.];
drive time {leaving} to {goal}[avoid_tolls: , no tolls];
I go by car from {leaving} to {goal}, how long does it take[avoid_tolls: without toll roads]?;
How fast can I be in {goal} if I start in {leaving} by car?[avoid_tolls: I avoid tolls.];
Time by car between {leaving} and {goal}[avoid_tolls: , avoid tolls]
= hours:digit, kilometres:medium

save_place | Save a favourite place on the map.
label:word=Name for the place; address:street=Where it is
? Save {address} as {label}.; Mark {address} on the map as {label}; new place {label}: {address};
My favourite place {label} is at {address}, save it; Keep {address} as {label} please;
Remember {address} under the name {label}; Add a place {label} at {address} to my map
= saved:bool, places:count

share_location | Let someone see where I am.
contact:name=Who may see it; minutes:count=Minutes
? Share my location with {contact} for {minutes} minutes.; location to {contact}, {minutes} minutes;
Let {contact} see where I am for {minutes} minutes; {contact} may follow me for {minutes} minutes;
Show {contact} my position for the next {minutes} minutes;
For {minutes} minutes {contact} should see my location;
Send {contact} my live location for {minutes} minutes
= sharing:bool, ends_at:time

get_sunrise | Time of sunrise.
location:city=Where; day:date=Which day
? When does the sun rise in {location} on {day}?; What time is sunrise in {location} on {day}?;
Sunrise in {location}, {day}; On {day}, when does it get light in {location}?;
sunrise {day} {location}; I want to see the sun come up over {location} on {day}, when is that?;
Get me the time of sunrise on {day} for {location}
= sunrise:time, daylight_hours:small

check_air_quality | Check how clean the air is.
city:city=Where
? How clean is the air in {city}?; What is the air quality in {city}?; Check the air in {city};
Is the air in {city} bad today?; air quality {city}; Is there much smog in {city}?;
Tell me about the air pollution in {city}; Can I breathe freely in {city}?
= index:small, level:level

get_snow_depth | Depth of the snow at a ski resort.
resort:proper=Name of the ski resort
? How much snow is there in {resort}?; Snow depth at {resort}?; Can we ski in {resort}?;
How deep is the snow in {resort}?; snow report {resort}; How white are the slopes of {resort}?;
Is there enough snow for skiing at {resort}?; Are the ski runs in {resort} any good now?
= centimetres:medium, slopes_open:count

search_earthquakes | Search for earthquakes in a region.
region:proper=Country or sea; magnitude:digit=Smallest magnitude; since:date=First day
? Which earthquakes above {magnitude} happened in {region} since {since}?;
List earthquakes in {region} of magnitude {magnitude} or more since {since};
Since {since}, were there quakes over {magnitude} in {region}?;
quakes {region}, over {magnitude}, since {since}; {region}: quakes over {magnitude} since {since};
Did the earth shake in {region} with magnitude {magnitude} since {since}?;
Any earthquake in {region} after {since} with a magnitude over {magnitude}?
= quakes:count, strongest:decimal

forecast_rain | Forecast the rain of the next hours.
town:city=Where; hours:count=Hours ahead
? Will it rain in {town} in the next {hours} hours?; Forecast the rain in {town} for {hours} hours;
Do I need an umbrella in {town} within {hours} hours?; rain {town}, next {hours} hours;
Does it stay dry in {town} for {hours} hours?;
How much rain falls in {town} over the next {hours} hours?;
For the next {hours} hours, is any rain coming to {town}?
= rain:bool, millimetres:decimal

subscribe_storm_alerts | Warn somebody of storms by email.
email:email=Who is warned; area:proper=Region to watch
? Send storm alerts for {area} to {email}.; Subscribe {email} to storm alerts for {area};
Warn {email} about storms in {area}; When a storm comes to {area}, mail {email};
storm alerts {area}, {email}; {email} wants storm warnings for {area};
If the wind in {area} gets dangerous, write to {email}
= subscription:code

read_water_temperature | Temperature of the water in a lake.
lake:proper=Name of the lake
? How warm is the water in lake {lake}?; Is {lake} warm enough for a swim?;
Water temperature of {lake}?; Can I bathe in {lake} without freezing?; lake {lake}, temperature;
How cold is the lake {lake} today?; Read the temperature of the lake {lake}
= degrees:small, measured_at:time

calculate_moon_phase | Phase of the moon.
night:date=Which night
? What is the phase of the moon on {night}?; Is it full moon on {night}?; moon {night};
What does the moon look like on {night}?; Which phase is the moon in on {night}?;
How bright is the night sky on {night}?; How much of the moon can I see on {night}?;
Calculate the moon phase for {night}
= illuminated:small, rises:time

record_sighting | Record an animal seen in a nature park.
animal:word=Kind of animal; number:digit=How many; park:proper=Name of the park
? I saw {number} {animal} in {park}.; We spotted {number} {animal} at the nature park {park};
In {park} there were {number} {animal}, write it down; Record {number} {animal} in {park};
Log that {animal} were seen at {park}, {number} of them; Sighting: {number} {animal}, {park};
Note a sighting of {number} {animal} in the {park} park
= sighting_id:code, total:count

purchase_tickets | Purchase tickets for a show or match.
event:proper=Name of the event; count:count=How many; block:letter=Block of seats
? Buy {count} tickets for {event} in block {block}.; {event}: {count} tickets, block {block};
I need {count} seats for {event}, block {block}; {count} of us watch {event} in block {block};
{count} tickets for the {event} show, block {block}; Match {event}: {count} seats in block {block};
In block {block} purchase {count} tickets to {event}
= order:code, total:amount

resell_event_ticket | Offer an event ticket for sale.
ticket:code=Number of the ticket; price:amount=Price wanted
? Resell ticket {ticket} for {price} dollars.; Put my ticket {ticket} up for sale at {price};
Offer ticket {ticket} for {price} euros; I cannot go, sell ticket {ticket} for {price};
ticket {ticket}, asking price {price}; I want {price} for {ticket}, find a buyer;
For {price} anyone gets my ticket {ticket}
= listing:code, fee:decimal

show_opening_hours | Opening hours of a museum.
museum:proper=Name of the museum; day:date=Day of the visit
? When does {museum} open on {day}?; What are the opening hours of {museum} on {day}?;
Is the {museum} museum open on {day}?; opening hours {museum}, {day};
How long can I visit {museum} on {day}?; On {day}, until when is {museum} open?;
I want to visit {museum} on {day}, when does it close?
= opens:time, closes:time

book_guided_tour | Book a guided tour of a museum or castle.
site:proper=What to visit; language:language=Of the guide; people:count=Size of the group
? Book a {language} tour of {site} for {people} people.;
We are {people} visitors and want a guided tour of {site} in {language};
Guided tour {site}, {language}, {people} people; Show {people} of us around {site} in {language};
I need a guide who speaks {language} at {site} for {people} visitors;
A {language} tour of {site}, {people} guests; Guide {people} of us in {language} at {site}
= tour_id:code, starts_at:time

find_exhibitions | Find exhibitions about a subject.
theme:word=Subject; city:city=Where
? Which exhibitions about {theme} are there in {city}?; Find exhibitions on {theme} in {city};
exhibitions {city}, {theme}; Is there a museum in {city} that shows something about {theme}?;
I would like to see an exhibition about {theme} in {city}; What about {theme} is on show in {city}?;
In {city}, where can I see art about {theme}?
= museum:proper, ends:date

describe_artwork | Describe a painting or another artwork.
title:phrase=Title of the artwork
? Describe the painting {title}.; Who painted {title}?; Tell me about the artwork {title};
I stand in front of "{title}", what do I see?; When was {title} painted?; artwork {title};
Explain the picture {title}; Which artist made {title}?
= artist:name, year:year

report_pothole | Report a hole in the road.
street:street=Where it is
? There is a pothole in {street}.; Report a pothole at {street}; pothole {street};
{street} has a big hole in the road; Tell the city about the hole at {street};
Please repair the pothole on {street}; I nearly fell off my bike because of a hole on {street}
= case:code, repair_by:date

find_trash_day | Find out when the trash is collected.
address:street=Where
? When is trash day at {address}?; When does the garbage truck come to {address}?; trash {address};
On which day is the trash collected in {address}?; When do I put the bins out at {address}?;
Find the next trash day for {address}; I live at {address}, when do they collect the trash?
= next:date, bin:color

request_bulky_pickup | Have the city pick up bulky waste.
item:phrase=What to take away; address:street=Where it stands; day:date=Which day
? Pick up {item} at {address} on {day}.; Request a pickup of {item} from {address} on {day};
On {day} please take away {item} from {address}; bulky waste: {item}, {address}, {day};
Get rid of {item} on {day}, {address}; The city should fetch {item} at {address} on {day};
Bulky pickup at {address} on {day} for {item}
= pickup:code, fee:decimal

unlock_bike | Unlock a city bike.
bike_number:code=Number on the frame
? Unlock bike {bike_number}.; I want to ride the bike {bike_number}; bike {bike_number} please;
Open the lock of bike {bike_number}; Release {bike_number}, I am in front of the bike;
Let me take the city bike {bike_number}; Can I have the bicycle {bike_number}?
= unlocked:bool, battery:small

register_dog | Register a dog with the city.
dog:proper=Name of the dog; owner:name=Who owns it; fur:color=Color of the dog
? Register the {fur} dog {dog} of {owner}.; {owner} has a {fur} dog called {dog}, register it;
New dog: {dog}, {fur}, owner {owner}; I am {owner} and my {fur} dog is named {dog};
Sign up the dog {dog} ({fur}) for {owner}; dog {dog}, owner {owner}, color {fur};
Put the {fur} puppy {dog} into the register, it belongs to {owner}
= tag:code, tax:amount

lookup_local_currency | Which money a country uses.
country:proper=Name of the country
? Which currency does {country} use?; What is the money in {country} called?; currency of {country};
With which currency do I pay in {country}?; Look up the local currency of {country};
What money do I need in {country}?; I am travelling to {country}, which cash should I take?
= currency:currency

list_neighbours | Countries that border on a country.
country:proper=Name of the country
? Which countries border on {country}?; List the neighbours of {country}.; neighbours of {country};
What are the neighbouring countries of {country}?; Name the countries around {country};
Who shares a border with {country}?; Next to which countries does {country} lie?
= neighbours:proper_list

get_river_length | Length of a river.
river:proper=Name of the river
? How long is the river {river}?; What is the length of the {river}?; length of the river {river};
How many kilometres does the {river} flow?; Get the length of {river}; Is the {river} a long river?;
From source to mouth, how far is the {river}?
= kilometres:medium, mouth:proper

list_public_holidays | Public holidays of a country in a year.
country:proper=Name of the country; year:year=Which year
? Which public holidays does {country} have in {year}?; List the holidays in {country} for {year}.;
What are the public holidays of {country} in {year}?; holidays {country} {year};
In {year}, on which days are the shops closed in {country}?;
Show me all holidays of {year} in {country}; Give me the {year} calendar of days off in {country}
= holidays:count, first:date

count_working_days | Count the working days between two dates.
start:date=First day; end:date=Last day; country:proper=Whose holidays count
? How many working days are there from {start} to {end} in {country}?;
Count work days in {country}, {start} to {end}; working days {country}, {start} to {end};
On how many days do people in {country} work from {start} to {end}?;
In {country}, how many days between {start} and {end} are no holidays?;
From {start} until {end}, {country}, workdays?;
Between {start} and {end}, how many business days has {country}?
= days:count, holidays:digit
"""
