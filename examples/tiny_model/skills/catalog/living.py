"""More functions as users write them, in the catalogue's format: home and devices, kitchen, health,
sport, animals and gardens, family and notes, music, films, books and games.
"""

CATALOG = """
dim_lamp | Dim the lamps of a room.
room:room=Room of the lamp; brightness:small=Percent of full brightness
? Dim the {room} lamp to {brightness} percent.; Set the lamps in the {room} to {brightness} percent;
It is too bright in the {room}, dim it to {brightness}; {room} lamps {brightness} percent;
Dim the light in the {room} to {brightness}; I want {brightness} percent brightness in the {room};
Make the {room} lamp darker, {brightness} percent please
= room:$room, brightness:$brightness

start_vacuum | Send the robot vacuum to clean a room.
target_room:room=Room to clean
? Vacuum the {target_room}.; Start the vacuum in the {target_room}; robot vacuum {target_room};
Send the robot to the {target_room}; Can you clean the {target_room} with the robot?;
Please have the {target_room} vacuumed; Let the robot clean the {target_room}
= state:state, minutes:small

run_scene | Start a saved lighting scene.
scene:word=Name of the scene
? Start the scene {scene}.; Run scene {scene}; I want the {scene} lighting;
Switch the lights to the {scene} scene; Activate {scene} in the house; scene {scene} please;
Can you put on the lighting scene {scene}?
= scene:$scene, lamps:count

get_camera_snapshot | Take a picture with a security camera.
camera:room=Where the camera hangs
? Show me the {camera} camera.; Take a picture with the camera in the {camera};
What does the {camera} camera see?; Snapshot of the {camera} please; camera {camera};
Get me a security picture from the {camera}; I want to see what is going on in the {camera}
= image:path, motion:bool

check_battery_level | Battery charge of a sensor.
sensor_id:code=Number of the sensor
? How full is the battery of sensor {sensor_id}?; Check the battery of {sensor_id}.;
Does sensor {sensor_id} need a new battery?; How much charge has {sensor_id} left?;
battery level {sensor_id}; Is the battery in {sensor_id} nearly empty?; Sensor {sensor_id}: battery?
= percent:small, low:bool

get_energy_usage | Electricity that a device used on one day.
device:word=Name of the device; day:date=Which day
? How much electricity did the {device} use on {day}?; Get the energy that {device} used on {day};
Energy usage of {device} for {day}; What did the {device} consume on {day}?; energy {device} {day};
Show me the power usage of the {device} on {day}; On {day}, how much power went into the {device}?
= kilowatt_hours:decimal, cost:decimal

rename_device | Give a smart device another name.
old_name:word=Present name; new_name:word=New name
? Rename {old_name} to {new_name}.; Rename the device {old_name}, call it {new_name};
Call the device {old_name} {new_name} from now on; The device {old_name} should be named {new_name};
Change the name of {old_name} to {new_name}; I want {new_name} as the new name for {old_name};
new name for device {old_name}: {new_name}; Please name my {old_name} device {new_name} instead
= renamed:bool

close_blinds | Lower the blinds of a room.
room:room=Which room; halfway:flag=Leave them half open
? Close the blinds in the {room}[halfway: halfway].; Lower the {room} blinds[halfway: halfway];
The sun blinds me in the {room}, close them[halfway: halfway];
{room} blinds down[halfway: , only halfway]; Shut the {room} blinds[halfway: halfway];
Can you let the blinds in the {room} down[halfway: halfway]?; {room} blinds closed[halfway: halfway]
= room:$room, position:small

set_light_color | Change the color of the light in a room.
location:room=Room; color:color=Name of the color
? Make the light in the {location} {color}.; Set the {location} light to {color};
I want {color} light in the {location}; Change the color in the {location} to {color};
{color} for the {location} lights please; Turn the lights of the {location} {color};
Can the {location} have {color} lighting?; {location} light {color}
= location:$location, color:$color

switch_plug | Turn a smart plug on or off.
plug:word=Name of the plug; state:onoff=on or off
? Turn the plug {plug} {state}.; Switch {state} the plug {plug};
Switch the {plug} plug {state} please; plug {plug} {state}; Could you turn {state} the {plug} plug?;
I want the smart plug {plug} to be {state}; The {plug} plug has to be {state}
= plug:$plug, state:$state, watts:medium

arm_alarm_system | Arm the burglar alarm.
zone:room=Part of the house; delay?:small=Seconds to wait
? Arm the alarm in the {zone}[delay: after {delay} seconds].;
Arm the {zone}[delay: in {delay} seconds]; We leave, arm the {zone}[delay: , delay {delay}];
Activate the burglar alarm for the {zone}[delay: in {delay} seconds];
{zone} alarm on[delay: , wait {delay} seconds]; Secure the {zone}[delay: , delay {delay} seconds];
Please protect the {zone} with the alarm[delay: {delay} seconds from now]
= armed:bool, zone:$zone

pair_device | Connect a new device to the smart home.
serial:code=Serial number; nickname:word=Name to give it; room:room=Where it stands
? Pair {serial} as {nickname} in the {room}.; Add {serial} to the {room} with the name {nickname};
Connect the new device {serial}, call it {nickname}, room {room};
Please pair {nickname}, serial number {serial}, in the {room};
I bought a device for the {room}, serial {serial}, connect it as {nickname};
New device in the {room}: {serial}, name it {nickname}; Hook {serial} up in the {room} as {nickname}
= paired:bool, device_id:code

scale_recipe | Compute the amounts of a recipe for more or fewer people.
recipe:phrase=Title of the recipe; servings:count=Number of people
? Scale the recipe {recipe} to {servings} servings.;
I cook {recipe} for {servings} people, scale the recipe; Adapt {recipe} to {servings} people;
Convert the recipe for {recipe} to {servings} people please; scale {recipe}, {servings} servings;
What do I need for {servings} servings of {recipe}?; {recipe} for {servings} persons, which amounts?
= ingredients:word_list, grams:medium

count_calories | Calories of a food.
food:phrase=What is eaten; grams:medium=Weight of the portion
? How many calories do {grams} grams of {food} have?; Count the calories of {grams} g of {food};
Calories in {food}, {grams} grams; I ate {grams} grams of {food}, how many calories was that?;
{grams} grams {food}, calories please; Is {food} fattening? I have {grams} grams of it;
Tell me the calories for a portion of {food} of {grams} grams
= calories:medium, fat:decimal

suggest_dinner | Suggest a dish for dinner.
cuisine:cuisine=Kind of cooking; max_minutes:small=Time to cook at most
? Suggest a {cuisine} dinner in {max_minutes} minutes.;
What {cuisine} dish can I cook in {max_minutes} minutes?;
I have {max_minutes} minutes and want {cuisine} food, any suggestion?;
Dinner idea: {cuisine}, {max_minutes} minutes; What shall we eat? {cuisine}, {max_minutes} minutes;
Give me a {cuisine} dinner that takes {max_minutes} minutes; {cuisine} dinner, {max_minutes} minutes
= dish:phrase, minutes:small

find_substitute | What to use instead of an ingredient.
ingredient:word=Missing ingredient
? What can I use instead of {ingredient}?; Find a substitute for {ingredient}.;
I have no {ingredient}, what do I take instead?; Can I replace {ingredient} with something else?;
substitute for {ingredient}; Is there an alternative to the ingredient {ingredient}?;
Which ingredient could stand in for {ingredient}?; I am out of {ingredient}, name a replacement
= substitute:word, ratio:decimal

list_ingredients | Ingredients of a dish.
dish:phrase=Name of the dish
? What is in {dish}?; List the ingredients of {dish}.; Which ingredients do I need for {dish}?;
What goes into {dish}?; ingredients {dish}; Tell me everything {dish} is made of;
What should I have at home for cooking the dish {dish}?; Ingredients for {dish} please
= ingredients:word_list

recommend_wine | Recommend a wine that fits a meal.
meal:phrase=What is served
? Which wine goes with {meal}?; Recommend a wine for {meal}.; What should we drink with {meal}?;
wine with {meal}; I am serving {meal}, which wine fits?; Find the right bottle for {meal};
Do you have a wine recommendation for {meal}?; A good wine for {meal} please
= wine:proper, color:color, price:decimal

plan_meal | Put a dish into the meal plan.
dish:phrase=What to cook; date:date=Which day; guests:digit=Number of people
? Plan {dish} for {guests} people on {date}.; On {date} we eat {dish} with {guests} guests;
Put {dish} on the meal plan for {date}, {guests} people; meal plan {date}: {dish}, {guests} people;
I want to cook {dish} for {guests} on {date}, add it to the plan;
For {date}, plan a meal of {dish} for {guests} guests; {guests} guests come on {date} and get {dish}
= planned:bool, meal_id:code

brew_coffee | Make coffee with the coffee machine.
cups:digit=How many cups; ready_at:time=When it should be ready; decaf:flag=Without caffeine
? Make {cups} cups of coffee for {ready_at}[decaf: , decaf].;
Brew {cups} cups at {ready_at}[decaf: , decaf]; I want {cups} coffees at {ready_at}[decaf: , decaf];
At {ready_at} there should be {cups} cups of coffee[decaf: , decaf];
coffee {ready_at}, {cups} cups[decaf: , decaf];
Can you brew {cups} cups by {ready_at}[decaf: without caffeine]?;
Have {cups} coffees ready at {ready_at}[decaf: with no caffeine]
= cups:$cups, state:state

get_lab_results | Results of the last blood test of a patient.
patient_id:code=Patient number
? Show the lab results of patient {patient_id}.; What did the blood test of {patient_id} show?;
Are the results for patient {patient_id} back from the lab?; lab results {patient_id};
I need the blood values of patient {patient_id}; Get me the latest test results for {patient_id};
How is the blood of patient {patient_id}?; Patient {patient_id}, lab results please
= iron:decimal, sugar:decimal, normal:bool

cancel_checkup | Cancel a medical checkup.
checkup_id:code=Number of the checkup
? Cancel checkup {checkup_id}.; I cannot come to my checkup {checkup_id}, cancel it;
Please call off the checkup {checkup_id}; I no longer need checkup {checkup_id}, cancel it;
My medical checkup {checkup_id} has to be cancelled; no checkup {checkup_id} please;
Take {checkup_id} off the list of checkups
= cancelled:bool, fee:decimal

refill_prescription | Order a prescription again at a pharmacy.
prescription:code=Prescription number; pharmacy:proper=Name of the pharmacy
? Refill prescription {prescription} at {pharmacy}.;
Order my prescription {prescription} again from {pharmacy}; Have {pharmacy} refill {prescription};
Ask {pharmacy} for a refill of prescription {prescription};
The pharmacy {pharmacy} should renew prescription {prescription};
refill {prescription}, pharmacy {pharmacy}; I want to pick up {prescription} at {pharmacy} once more
= ready_on:date, price:decimal

check_drug_interaction | Check whether two drugs may be taken together.
first_drug:word=One drug; second_drug:word=Another drug
? Can I take {first_drug} together with {second_drug}?; Do {first_drug} and {second_drug} interact?;
Check the interaction of {first_drug} and {second_drug}.;
Is it safe to combine {first_drug} with {second_drug}?; drug interaction {first_drug} {second_drug};
I take {first_drug}, may I also take the drug {second_drug}?;
Are the drugs {first_drug} and {second_drug} dangerous together?
= severity:level, advice:phrase

find_pharmacy | Find a pharmacy nearby.
town:city=Where to look; open_now:flag=Only those that are open
? Find a pharmacy in {town}[open_now: open now].;
Where is the nearest pharmacy in {town}[open_now: , it must be open now]?;
I need a pharmacy in {town}[open_now: open now]; Is there a pharmacy in {town}[open_now: open now]?;
pharmacy {town}[open_now: , open now]; Where can I buy medicine in {town}[open_now: right now]?;
Show me a pharmacy near {town}[open_now: which is open now]
= pharmacy:proper, address:street

book_doctor_visit | Make an appointment with a doctor.
doctor:name=Name of the doctor; day:date=Which day; complaint:phrase=What is wrong
? Book a visit to doctor {doctor} on {day} because of {complaint}.;
I need to see {doctor} on {day}, complaint: {complaint};
Make a doctor appointment with {doctor} for {day} about {complaint};
Can {doctor} see me on {day} about {complaint}?; Visit {doctor} on {day}, reason {complaint};
My complaint is {complaint}, book me with {doctor} on {day}; {day}, doctor {doctor}, for {complaint}
= appointment:code, starts_at:time

log_blood_pressure | Save a blood pressure reading.
systolic:medium=Upper value; diastolic:medium=Lower value; time:time=When it was taken
? My blood pressure was {systolic} over {diastolic} at {time}.;
Log {systolic} over {diastolic}, taken at {time};
Blood pressure {systolic}/{diastolic} at {time}, save it;
At {time} I measured {systolic} over {diastolic}; pressure {time}: {systolic} over {diastolic};
Save the pressure reading: upper {systolic}, lower {diastolic}, time {time};
Record {systolic} to {diastolic} for my blood pressure at {time}
= saved:bool, rating:level

record_symptom | Write a symptom into the health diary.
symptom:phrase=What hurts; severity:digit=From one to nine; began?:date=First day
? Record the symptom {symptom} with severity {severity}[began: since {began}].;
I have {symptom}, severity {severity}[began: , it began {began}];
Note {symptom} in my health diary, strength {severity}[began: , since {began}];
My symptom is {symptom} at {severity} out of nine[began: since {began}];
symptom {symptom}, severity {severity}[began: , began {began}];
Severity {severity} for the symptom {symptom}[began: , start {began}];
Add to my health diary: {symptom}, {severity} of nine[began: , since {began}]
= entry:code, see_doctor:bool

schedule_vaccination | Plan a vaccination for a person.
vaccine:word=Against what; person:name=Who gets it; on_date:date=Which day
? Schedule a {vaccine} vaccination for {person} on {on_date}.;
{person} needs the {vaccine} vaccine on {on_date}; vaccination {vaccine}, {person}, {on_date};
On {on_date} {person} should get vaccinated against {vaccine};
I want a {vaccine} vaccine appointment for {person}, {on_date};
Vaccinate {person} against {vaccine} on {on_date}; Plan the {vaccine} shot of {person} for {on_date}
= appointment:code, clinic:proper

get_heart_rate | Latest heart rate of an athlete.
athlete:name=Name of the athlete
? What is the heart rate of {athlete}?; How fast is the heart of {athlete} beating?;
Show me the pulse of {athlete}; heart rate {athlete}; Get the heart rate for {athlete} please;
Check the heart of {athlete}; Read the heart rate monitor of {athlete}
= beats_per_minute:medium, zone:level

set_step_goal | Set how many steps to walk each day.
steps:large=Steps a day
? Set my step goal to {steps}.; I want to walk {steps} steps a day; My new goal is {steps} steps;
daily steps {steps}; Change the step goal to {steps} please; Let me aim for {steps} steps each day;
From now on I walk {steps} steps, set that as my goal; Goal: {steps} steps per day
= goal:$steps, today:large

list_fixtures | Next games of a team.
team:proper=Name of the team
? When does {team} play next?; List the fixtures of {team}.; Which games does {team} have next?;
Show me the next games of the team {team}; fixtures {team}; What matches are coming up for {team}?;
Against whom does {team} play in the next weeks?; The game calendar of {team} please
= opponents:proper_list, next_game:date

get_match_result | Result of a match between two teams.
home_team:proper=Team that played at home; away_team:proper=Visiting team
? What was the result of {home_team} against {away_team}?;
How did {home_team} play against {away_team}?; Who won the match {home_team} versus {away_team}?;
match result {home_team} {away_team}; Tell me the score of {home_team} against {away_team};
Did {away_team} win at {home_team}?; {home_team} versus {away_team}, how did the match end?
= home_goals:digit, away_goals:digit, winner:proper

create_workout_plan | Create a training plan for a goal.
goal:word=What to train for; sessions:digit=Workouts per week; weeks?:small=Length of the plan
? Create a workout plan for {goal} with {sessions} sessions a week[weeks: for {weeks} weeks].;
I want to train for {goal} {sessions} times a week[weeks: over {weeks} weeks];
Make me a training plan: goal {goal}, {sessions} workouts per week[weeks: , {weeks} weeks];
My goal is {goal}, plan {sessions} workouts a week[weeks: for {weeks} weeks];
workout plan {goal}, {sessions} a week[weeks: , {weeks} weeks long];
How should I exercise {sessions} times per week for {goal}[weeks: in {weeks} weeks]?;
A plan with {sessions} weekly workouts to reach {goal}[weeks: within {weeks} weeks] please
= plan_id:code, first_session:date

reserve_court | Reserve a tennis court.
court:code=Number of the court; date:date=Which day; starts_at:time=Start of the game
? Reserve court {court} on {date} at {starts_at}.;
I want to play tennis on court {court} on {date} at {starts_at};
Book the court {court} for {date}, {starts_at}; We need court {court} from {starts_at} on {date};
court {court}, {date}, {starts_at}; On {date} at {starts_at} we play tennis, get us court {court};
Keep tennis court {court} for us at {starts_at} on {date}
= reserved:bool, price:decimal

identify_plant | Name the plant on a photo.
photo:path=Image file
? Which plant is on {photo}?; Identify the plant in {photo}.; What grows on the photo {photo}?;
Tell me the name of the plant in {photo}; What kind of flower is this: {photo}; plant on {photo}?;
I took the photo {photo}, which plant is it?; Have a look at {photo} and name the plant
= plant:word, poisonous:bool

locate_pet | Find a pet by its GPS collar.
collar_id:code=Number of the collar
? Where is my dog with collar {collar_id}?; Locate the pet with collar {collar_id}.;
My cat ran away, her collar is {collar_id}; My pet {collar_id} is gone, can you find it?;
locate collar {collar_id}; Find the pet wearing {collar_id}; Show me where collar {collar_id} is
= street:street, moving:bool

feed_pet | Let the feeder give food to a pet.
pet:name=Name of the animal; grams:medium=Amount of food; feeding_time:time=When
? Feed {pet} {grams} grams at {feeding_time}.; Give {pet} {grams} grams of food at {feeding_time};
At {feeding_time} {pet} gets {grams} grams; {pet} should be fed {grams} grams at {feeding_time};
My cat {pet} is hungry, feed her {grams} grams at {feeding_time};
feeder: {pet}, {grams} grams, {feeding_time}; Food for {pet} at {feeding_time}, {grams} grams please
= fed:bool, food_left:medium

start_sprinkler | Water the lawn with the sprinkler.
lawn:word=Name of the lawn; minutes:small=How long
? Run the sprinkler on {lawn} for {minutes} minutes.;
Start the {lawn} sprinkler for {minutes} minutes; The {lawn} lawn needs {minutes} minutes of water;
Water the lawn {lawn} for {minutes} minutes; For {minutes} minutes, let the sprinkler water {lawn};
The grass of {lawn} is dry, sprinkle it for {minutes} minutes; sprinkler {lawn}, {minutes} minutes
= litres:medium, state:state

log_harvest | Write down what was harvested in the garden.
crop:word=What was picked; kilograms:amount=Weight; picked_on?:date=Day of the harvest
? Log a harvest of {kilograms} kg of {crop}[picked_on: on {picked_on}].;
We harvested {kilograms} kilograms of {crop}[picked_on: on {picked_on}];
I picked {kilograms} kg {crop} in the garden[picked_on: {picked_on}];
Garden harvest: {crop}, {kilograms} kg[picked_on: , {picked_on}];
Write down {kilograms} kg of {crop} from the garden[picked_on: for {picked_on}];
harvest {crop} {kilograms} kg[picked_on: , {picked_on}];
The {crop} gave us {kilograms} kilograms[picked_on: on {picked_on}], note the harvest
= season_total:decimal

save_note | Save a personal note.
content:phrase=Text of the note; tag:word=Keyword to file it under
? Save the note {content} under {tag}.; Note down {content} with the tag {tag};
Write a note: {content}, tag {tag}; New {tag} note: {content}; note {content}, tag {tag};
Please keep in my notes {content}, tagged {tag}; Jot down {content} under the keyword {tag}
= note_id:code

search_diary | Search the diary for a word.
keyword:word=Word to look for; since?:date=Only entries after this day
? When did I write about {keyword} in my diary[since: after {since}]?;
Search my diary for {keyword}[since: since {since}].; diary search {keyword}[since: since {since}];
Find diary entries with the word {keyword}[since: since {since}];
What does my diary say about {keyword}[since: from {since} on]?;
Look through the diary for the word {keyword}[since: , only after {since}];
Did I mention {keyword} in the diary[since: since {since}]?
= entries:count, last:date

add_birthday | Add a birthday to the family calendar.
person:name=Whose birthday; birthday:date=Date of birth
? {person} has a birthday on {birthday}.; Remember that {person} was born on {birthday};
On {birthday} is the birthday of {person}; Save {birthday} as the birthday of {person} please;
birthday {person} {birthday}; Add {birthday} to the family calendar, {person} has a birthday;
Add the birthday of {person}, {birthday}; Put the birthday of {person} into the calendar: {birthday}
= saved:bool, days_left:count

assign_chore | Give a child a chore at home.
chore:phrase=What to do; child:name=Who does it; due:date=Until when
? Assign the chore {chore} to {child} until {due}.; {child} has to do {chore} by {due};
Give {child} the chore {chore}, due {due}; By {due} the child {child} should do this: {chore};
New chore for {child}: {chore}, by {due}; Let {child} do {chore} until {due};
chore {chore} for {child}, due {due}; It is up to {child} to do the chore {chore} by {due}
= chore_id:code, points:digit

pay_allowance | Pay pocket money to a child.
child:name=Who gets it; amount:amount=How much
? Pay {child} an allowance of {amount}.; Give {child} {amount} dollars pocket money;
{child} gets {amount} as allowance; Pocket money for {child}: {amount}; allowance {child} {amount};
{amount} dollars of allowance for {child} please; Pay the pocket money of {amount} to {child}
= paid:bool, savings:decimal

find_gift | Find an idea for a present.
recipient:name=Who gets it; occasion:word=What is celebrated; budget:amount=Most to spend
? Find a gift for {recipient} for {occasion} up to {budget} dollars.;
What can I give {recipient} for {occasion}, budget {budget}?;
Gift idea for {recipient}, {occasion}, {budget} euros;
I need a {occasion} present for {recipient} under {budget} dollars;
gift {recipient}, {occasion}, {budget}; For {occasion}, find {recipient} a gift under {budget};
With {budget} dollars, which present can I get {recipient} for {occasion}?
= gift:phrase, price:decimal

hire_babysitter | Hire a babysitter for an evening.
evening:date=Which day; from_time:time=Start; children:digit=Number of children
? Hire a babysitter for {children} children on {evening} from {from_time}.;
We need a babysitter on {evening} at {from_time} for {children} kids;
Who watches {children} children on {evening} from {from_time} on?;
Babysitter {evening}, {from_time}, {children} kids; sitter for {children} on {evening}, {from_time};
We are out on {evening} from {from_time}, get a sitter for {children} children;
Hire a sitter from {from_time}, {evening}, {children} kids
= sitter:name, hourly_rate:decimal

create_playlist | Make a playlist of songs of one kind of music.
genre:word=Kind of music; songs:count=How many songs; name?:word=Title of the playlist
? Create a playlist of {songs} {genre} songs[name: called {name}].;
Make a {genre} playlist, {songs} songs[name: , name {name}];
I want a playlist of {songs} {genre} songs[name: named {name}];
{songs} songs of {genre} music[name: as {name}]; playlist {genre}, {songs}[name: , name {name}];
A mix of {songs} {genre} songs please[name: , call it {name}];
Collect {songs} {genre} tracks[name: as {name}]
= playlist_id:code, length:medium

get_lyrics | Words of a song.
song:phrase=Title of the song; singer:proper=Who sings it
? What are the lyrics of {song} by {singer}?; Get the lyrics to {song} by {singer};
Show me the words of the song {song} by {singer}; Find the text of {song} from the singer {singer};
lyrics {song} by {singer}; I want to sing along to {song} by {singer}, show the words;
What does {singer} sing in {song}?; {singer} has a song called {song}, what are the lyrics?
= plain:phrase

find_concerts | Find concerts of a band in a city.
band:proper=Who plays; city:city=Where; from_day:date=Earliest day
? Find concerts of {band} in {city} after {from_day}.;
When does {band} play live in {city} after {from_day}?;
Does {band} give a concert in {city} after {from_day}?; concerts {band} {city} from {from_day};
I want to see {band} in {city}, from {from_day} on;
After {from_day}, are there {band} concerts in {city}?;
Which concerts does {city} have with {band} from {from_day} on?
= venue:proper, date:date, ticket_price:decimal

queue_album | Play an album on the speakers of a room.
album:phrase=Title of the album; speaker:room=Room of the speakers; shuffle:flag=In random order
? Play the album {album} in the {speaker}[shuffle: , shuffled].;
Put {album} on in the {speaker}[shuffle: , shuffled];
Queue {album} on the {speaker} speakers[shuffle: , shuffled];
I want to hear the album {album} in the {speaker}[shuffle: on shuffle];
album {album}, {speaker}[shuffle: , shuffle]; In the {speaker}, play {album}[shuffle: , shuffle it];
Let the speakers in the {speaker} play {album}[shuffle: in random order]
= songs:count, minutes:small

list_filmography | Films of a director.
director:name=Name of the director
? Show me everything directed by {director}; Name the films of the director {director};
Which films did {director} direct?; List the films of {director}.; What movies has {director} made?;
filmography {director}; Which movies are by {director}?; I like {director}, which films are there?
= films:proper_list, first_year:year

add_to_watchlist | Remember a film to watch later.
film:phrase=Title of the film
? Add {film} to my watchlist.; I want to watch {film} later; Put the film {film} on the watchlist;
Remember the movie {film} for me; watchlist {film}; {film} should go on my list of films to watch;
Keep {film} for a film night; Somebody recommended the film {film}, save it for later
= added:bool, films:count

get_showtimes | When a cinema shows a film.
film:phrase=Title; cinema:proper=Name of the cinema; date:date=Which day
? When does {cinema} show {film} on {date}?; Showtimes of {film} at {cinema} on {date};
At what time is {film} on at the cinema {cinema} on {date}?; showtimes {cinema}, {film}, {date};
On {date}, when can I see {film} in the {cinema} cinema?;
Get the times for the film {film} on {date} at {cinema}; Is {film} shown on {date} at {cinema}?
= starts_at:time, hall:digit, seats_left:count

renew_library_loan | Keep a borrowed library book longer.
loan_id:code=Number of the loan
? Renew the loan {loan_id}.; Extend my library loan {loan_id}; renew {loan_id};
Can I keep the library book {loan_id} longer?; Please renew my borrowed book {loan_id};
The loan {loan_id} ends soon, make it longer; I need more time for library loan {loan_id}
= due_date:date, renewals:digit

log_reading_progress | Save the page reached in a book.
book:phrase=Title of the book; page:medium=Last page read
? I am on page {page} of {book}.; Log page {page} for the book {book}; reading {book}, page {page};
In {book} I have reached page {page}; Save my reading progress: {book}, page {page};
I have read {book} up to page {page}; Got to page {page} in the book {book}
= percent:small, pages_left:medium

search_library | Search the books of the library.
author:name=Who wrote it; topic:word=What it is about; language:language=Language of the book
? Search the library for {language} books by {author} about {topic}.;
Does the library have a book on {topic} by {author} in {language}?;
I want a {language} book on {topic} by {author}; Find {language} books of {author} about {topic};
library: {author}, {topic}, {language}; What did {author} write on {topic} in {language}?;
Which {language} books on {topic} by the author {author} are there?
= title:phrase, shelf:code

get_high_score | Best score in a game.
game:proper=Name of the game
? Get the highest score of the game {game}; How many points does the leader in {game} have?;
What is the high score in {game}?; Who has the best score in {game}?; Show me the record for {game};
high score {game}; Tell me the best result ever in {game}; Which score do I have to beat in {game}?
= score:large, player:name

challenge_player | Invite a friend to a game.
opponent:name=Who to play with; game:proper=Which game; play_at:time=When to start
? Challenge {opponent} to a game of {game} at {play_at}.; Invite {opponent} to {game} at {play_at};
I want to play {game} with {opponent} at {play_at}; At {play_at} I challenge {opponent} in {game};
Ask {opponent} whether we play {game} at {play_at}; game of {game} against {opponent}, {play_at};
{opponent} against me in {game} at {play_at}, send the challenge
= sent:bool, match:code

draw_cards | Draw cards from the deck.
number:digit=How many cards
? Draw {number} cards.; Give me {number} cards from the deck; I take {number} cards; draw {number};
Deal me {number} cards please; Can I have {number} cards?; {number} more cards from the deck
= cards:word_list, left:small
"""
