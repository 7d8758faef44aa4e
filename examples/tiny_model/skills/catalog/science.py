"""Functions of science, maps, nature, health, schools, geometry and texts; see `catalog`."""

CATALOG = """
get_boiling_point | Temperature at which a liquid boils.
liquid:word
? When does {liquid} boil?; boiling point {liquid}; {liquid}, boiling point?;
How hot to boil {liquid}?; I boil {liquid}, how hot?; Get {liquid}'s boiling point;
What heat boils {liquid}?
= degrees:decimal

get_star_distance | Light years from here to a star.
star:proper=Name of the star
? Find the distance to {star}.; What distance has {star}?; Is star {star} very distant?;
{star}: distance please; How far is the star {star}?; I see {star}, how distant?; distance {star}
= light_years:decimal

list_moons | Moons of a planet.
planet:proper=Name of the planet
? Which moons has {planet}?; moons {planet}; List all moons of {planet}.; {planet} has which moons?;
Name me {planet} moons; I need the moons of {planet}; What moons go round {planet}?
= moons:proper_list

get_animal_diet | What an animal eats.
animal:word
? What does the {animal} eat?; {animal} diet please; diet, {animal}; Get the {animal} diet.;
I feed the {animal}, which diet?; Which diet has the {animal}?; The {animal} lives on what diet?
= foods:word_list, grams_a_day:medium

look_up_gene | What is known about a gene.
gene:ticker=Short name of the gene
? Look up the gene {gene}.; gene {gene}; What does gene {gene} do?; I must know the gene {gene};
{gene} is which gene?; Could you look at gene {gene}?; Tell me about the gene {gene}
= chromosome:small, role:phrase

factorize_number | Split a number into prime factors.
number:large
? I need {number} in prime factors; Can you factorize {number}?; {number} into factors please;
factors of {number}; Factorize {number}.; Which primes divide {number}?; What factors has {number}?
= factors:count_list

get_circle_area | Area of a circle.
r:decimal=Radius, from the centre to the edge
? Area of a circle, radius {r}?; circle, radius {r}; {r} radius circle, area?;
I need the area for radius {r}; Get the area for radius {r}.; What area has radius {r}?;
My circle has radius {r}, area?
= area:decimal

cube_volume | Volume of a cube.
edge:decimal=Length of one edge
? How big is a {edge} cm cube?; cube, edge {edge}; Volume of a cube of {edge}?; {edge} cube volume;
I need a {edge} cube's volume; Get the volume, edge {edge}.; A cube has edge {edge}, volume?
= volume:decimal

find_rhymes | Words that rhyme with a word.
word:word
? What rhymes with {word}?; Find rhymes for {word}.; {word} rhymes; I need a rhyme on {word};
Which words rhyme with {word}?; Any rhyme to {word}, please?; My poem ends in {word}, rhyme it
= rhymes:word_list

find_antonym | Word with the opposite meaning.
term:word
? Opposite of {term}?; antonym {term}; Find an antonym for {term}.; {term}: which antonym?;
I want the antonym of {term}; What is the reverse of {term}?; Antonym to {term}, please
= antonym:word

fix_grammar | Correct the grammar of a sentence.
text:phrase=Sentence with mistakes
? Fix the grammar: {text}; Is "{text}" good grammar?; grammar of "{text}"; I wrote "{text}", fix it;
"{text}" sounds odd, fix it; Could you fix "{text}"?; "{text}", with good grammar please
= corrected:phrase, mistakes:digit

split_syllables | Syllables of a word.
text:word=The word to split
? Which syllables make up {text}?; Split {text} into syllables.; Where do I split {text}?;
syllables of {text}; What syllables has {text}?; {text}, split it please; I need {text} in syllables
= syllables:word_list, number:digit

get_pollen_count | Pollen in the air of a place today.
city:city
? Hay fever! Pollen in {city}?; Count of pollen for {city}; I go to {city}, any pollen?;
Get the {city} pollen count.; How much pollen has {city}?; Is there pollen in {city}?; pollen {city}
= level:level, count:medium

show_uv_index | Strength of the sun.
place:city
? Is the UV high in {place}?; Show the UV index for {place}.; I am in {place}, show the UV;
UV index {place}; How strong is UV in {place}?; {place}: UV please; What UV index has {place}?
= uv_index:digit

get_side_effects | Side effects of a medicine.
drug:word=Name of the medicine
? Get the side effects of {drug}.; What effects does {drug} have?; I take {drug}, any effects?;
List effects of {drug}; side effects {drug}; Does {drug} have side effects?; {drug}: side effects?
= effects:phrase_list, severity:level

get_blood_type | Blood group of a patient.
patient:name
? {patient} needs blood, which type?; I need {patient}'s blood type; Get the blood type: {patient};
Which blood suits {patient}?; blood, {patient}; Blood type of {patient}?; What blood has {patient}?
= blood_type:letter, donor:bool

list_prerequisites | Courses to pass before a course.
code:code=Code of the course
? I take {code}, what before?; Has {code} prerequisites?; List {code} prerequisites.;
What does {code} require?; What comes before {code}?; prerequisites {code}; Prerequisites of {code}?
= courses:code_list, credits:digit

get_species_status | How endangered a species is.
species:phrase=Name of the animal or plant
? What status has {species}?; I saw {species}, endangered?; Get the status of {species}.;
species: {species}; Is {species} endangered?; How rare is {species}?; {species}, status please
= status:word, left:large

is_prime_number | Check whether a number is prime.
n:large
? Is {n} prime?; prime: {n}?; Check if {n} is a prime number; Is the number {n} a prime?;
I wonder whether {n} is prime; Tell me if {n} is prime, please; {n}, prime or not?
= prime:bool, next_prime:large

find_hospital | Hospital of a town.
town:city
? I am ill in {town}, hospital?; Need a hospital near {town}; Where is {town}'s hospital?;
Which hospital is in {town}?; Find a hospital in {town}.; {town} hospital please; hospital {town}
= hospital:proper, address:street

show_flag | Flag of a country.
country:proper
? Show the flag of {country}.; flag {country}; What flag has {country}?; {country} flag please;
How does {country}'s flag look?; I want to see {country}'s flag; Draw me the {country} flag
= image:path, colors:color_list

check_palindrome | Check whether a text reads the same backwards.
text:phrase
? I say {text} is a palindrome; Check the palindrome {text}.; Does {text} read alike backwards?;
Is {text} a palindrome?; Palindrome check for {text}; {text}, palindrome or not?; palindrome: {text}
= palindrome:bool

get_visible_planets | Planets to be seen in a night.
night:date
? I want planets for {night}; Visible planets for {night}?; Get the planets for {night}.;
planets, {night}; {night}: which planets?; What planets show, {night}?; Night of {night}, planets?
= planets:proper_list

get_floor_area | Area of a rectangular floor.
long:decimal=Longer side; wide:decimal=Shorter side
? My floor has {wide} m width, {long} m length; Get the area for length {long}, width {wide};
{long} m long, {wide} m wide area; area: {wide} wide, {long} long; Floor {long} long, {wide} wide?;
I lay a floor, width {wide}, length {long}, area?; What area has a floor {long} m long, {wide} wide?
= area:decimal

get_cylinder_volume | Volume of a cylinder.
r:amount=Radius; h:amount=Height
? I need the volume, radius {r}, height {h}; Get the volume for height {h}, radius {r};
What volume, {h} high, radius {r}?; {h} high, radius {r} cylinder; cylinder, radius {r}, height {h};
A cylinder is {h} high, radius {r}. Volume?; Volume of a cylinder, height {h}, radius {r}?
= volume:decimal

triangle_surface | Surface of a triangle.
base:decimal=Bottom side; h:decimal=Height
? I need the surface, base {base}, {h} high; How big is a triangle, height {h}, base {base}?;
{h} high, {base} base: surface; Base {base}, height {h}, surface?; triangle: {h} high, base {base};
My triangle has base {base} and height {h}; What surface has a triangle of base {base}, {h} high?
= surface:decimal

compute_average_speed | Speed over a whole trip.
km:medium=Length of the trip; hours:decimal
? speed: {hours} hours, {km} km; {km} km, {hours} hours, speed?; Compute {km} km per {hours} hours;
I did {km} km in {hours} hours, which speed?; How fast is {km} km in {hours} hours?;
In {hours} hours we made {km} km, speed?; It took {hours} hours for {km} km, average speed?
= km_per_hour:decimal

percent_change | Change between two values in percent.
after:amount=Newer value; before:amount
? change {before} to {after}; Was {before}, is {after}: percent?; {after} after {before}, change?;
How many percent from {before} to {after}?; Now {after}, before {before}: percent change?;
I want the change from {before} to {after}; If {before} becomes {after}, how many percent?
= percent:decimal

get_density | Density of a body.
kg:decimal; litres:decimal
? I need a density, {kg} kg in {litres} litres; In {litres} litres are {kg} kg, which density?;
How dense, {kg} kg, {litres} l?; {litres} litres, {kg} kg: dense?; density {kg} kg, {litres} litres;
{kg} kg fill {litres} litres, how dense is it?; Get the density, mass {kg} kg, volume {litres}
= density:decimal, floats:bool

calculate_dew_point | Temperature at which dew forms.
temp:small=In degrees; rh:small=Relative humidity in percent
? dew: {temp} degrees, humidity {rh}; Dew at {rh} percent, {temp} degrees;
{temp} C, {rh} percent, dew?; Dew point at {temp} degrees, {rh} percent?;
Humidity {rh}, {temp} degrees: the dew point?; It has {temp} degrees and {rh} percent, is dew near?;
I need dew at humidity {rh}, {temp} degrees
= dew_point:decimal

feel_wind_chill | How cold the wind makes it feel.
wind:small=In km an hour; temp:small=In degrees
? It is {temp} degrees, wind {wind}, how chilly?; Wind chill for {temp} degrees, wind {wind}?;
I want the chill, {temp} degrees, wind {wind}; How cold do {temp} degrees feel in wind {wind}?;
{wind} km/h wind, {temp} C, chill?; Wind {wind} at {temp} C, how cold?; chill, {temp} C, wind {wind}
= feels_like:small

get_time_gap | Hours between the clocks of two places.
home:city=Where you live; away:city=Place to compare with home
? time gap from {home} to {away}; home {home}, time in {away}?; {away} time gap, home {home};
I live in {home}, what is the time gap to {away}?; How far is {away} time from {home}, home?;
Going away from {home} to {away}, which time gap?; Get the time gap of {away}, home is {home}
= hours:int

get_bearing | Compass direction between two places.
goal:city=Place looked at; here:city=Where you stand
? bearing from {here} to {goal}; I am in {here}, where is {goal}?; {goal} from {here}, bearing?;
What compass bearing has {goal} from {here}?; Get the bearing to {goal} from {here}.;
From {here}, which bearing leads to {goal}?; Standing in {here}, I need the bearing of {goal}
= degrees:medium

merge_tables | Add the rows of one table to another.
main:path=Table that grows; extra:path
? Table {main} should also hold {extra}; Can {main} take in table {extra}?;
Into {main}, please merge {extra}; Add the rows of {extra} to {main};
Merge the table {extra} into {main}.; I want {extra} merged into {main}; merge: {extra} into {main}
= rows:medium

assign_tutor | Give a pupil a private teacher.
tutor:name=Who teaches; pupil:name
? tutor {tutor} for pupil {pupil}; {pupil} gets the tutor {tutor}; Let {tutor} tutor {pupil}.;
Assign the tutor {tutor} to {pupil}, please; {pupil} needs a tutor, take {tutor};
Can {tutor} be the tutor of {pupil}?; I want {pupil} taught by the tutor {tutor}
= assigned:bool

refer_patient | Send a patient on to another doctor.
patient:name; doctor:name
? Refer {patient} to {doctor}.; Doctor {doctor} for {patient}; referral: {patient} to {doctor};
{patient} has to see the doctor {doctor}; Please refer to {doctor} my patient {patient};
I want {patient} referred to doctor {doctor}; Can doctor {doctor} take patient {patient}?
= referral:code

plot_scatter | Draw two columns against each other.
x:word=Column across; y:word=Column upwards
? scatter plot, x {x}, y {y}; x axis {x}, y axis {y}, plot it; Plot {y} as y and {x} as x;
Scatter plot with {y} upwards and {x} across; I want dots, the y axis {y}, the x axis {x};
Can you plot y {y} against x {x}?; The y axis is {y}, the x axis {x}, plot that
= image:path, points:medium

get_electric_current | Current through a resistor.
volts:amount; ohms:amount
? current: {ohms} ohms, {volts} volts; {volts} volts, {ohms} ohms;
Current of {volts} V, {ohms} ohms; Get the current at {volts} volts and {ohms} ohms;
I put {volts} volts on {ohms} ohms, which current?; {ohms} ohms at {volts} volts, how many amperes?;
What current do {volts} volts give on {ohms} ohms?
= amperes:decimal

random_integer | Draw a whole number by chance.
highest:medium; lowest:digit
? random, {lowest} to {highest}; Random from {lowest} to {highest}; Draw {lowest} up to {highest};
I need an integer from {lowest} to {highest}; At most {highest}, at least {lowest}, random;
Pick at random between {lowest} and {highest}; Could I get a random {lowest} to {highest}?
= plain:medium

list_eclipses | Eclipses of the sun in a span of years.
until:year; since:year
? I study eclipses, from {since} to {until}; Was any eclipse after {since}, before {until}?;
Eclipses up to {until} from {since}; {since} to {until}, eclipses?; eclipses {since} until {until};
Which eclipses fell between {since} and {until}?; List the eclipses from {since} to {until}.
= dates:date_list

score_exam | Turn the points of an exam into percent.
points:small; max:medium=Most points to get
? exam: {points} points of {max}; Score {points} of {max} points; Of {max}, I had {points}, score?;
I got {points} of {max} in my exam, score?; The exam has {max} points, I have {points};
What score is {points} out of {max}?; With {max} possible, do {points} pass the exam?
= percent:int, passed:bool

get_medicine_dose | Amount of medicine for a body weight.
kg:small=Body weight; mg:decimal=Milligrams for one kilogram
? Dose at {mg} mg per kg, {kg} kg?; {kg} kg, {mg} mg per kg, dose?; dose {kg} kg, {mg} mg per kg;
Get the dose for {kg} kg body, {mg} mg per kg; Weight {kg} kg, medicine {mg} mg per kg;
I weigh {kg} kg, what dose of {mg} mg per kg?; At {mg} mg per kg, which dose needs {kg} kg?
= milligrams:decimal

link_samples | Note which sample another one was made from.
parent:code=Older sample; child:code=Made from it
? link {child} to parent {parent}; {parent} is parent of {child}; Link {parent}, child {child}.;
Sample {child} was made from {parent}, link it; From {parent} I made the child {child}, link;
Make {parent} the parent of sample {child}; Can you link {child}, a child of {parent}?
= linked:bool

store_sample | Put a sample into a freezer.
freezer:code; sample:code
? Store {sample} in {freezer}.; sample {sample}, freezer {freezer}; {sample} into freezer {freezer};
Freezer {freezer} should store {sample}; Please freeze the sample {sample} in {freezer};
Can the freezer {freezer} store {sample}?; I want to store sample {sample} in {freezer}
= stored:bool, shelf:digit

count_occurrences | How often a word stands in a text.
text:phrase; word:word=Word to look for
? count {word} in: {text}; I want {word} counted in "{text}"; Count the word {word} in "{text}".;
"{text}": any occurrence of {word}?; Find each {word} in "{text}", count them;
How often does {word} occur in "{text}"?; In "{text}", how many times is {word}?
= occurrences:digit

create_table | Make an empty table.
cols:digit=Number of columns; rows:count
? Can I have a {rows} row, {cols} column table?; New table please: columns {cols}, rows {rows};
{rows} rows by {cols} columns; {cols} columns, {rows} rows table; table {rows} rows, {cols} columns;
I need {cols} columns and {rows} rows, a table; Create a table of {cols} columns, {rows} rows
= table_id:code, cells:medium

get_slope_percent | How steep a road is.
up:small=Metres upwards; along:medium=Metres forward
? Along {along} m and up {up} m, what percent?; I need the slope, up {up} m, along {along} m;
Slope of {up} m up, {along} along; {along} m along, {up} m up slope; slope: {up} up, {along} along;
We go {up} m up and {along} m along, slope?; How steep is {up} m up on {along} m along?
= percent:decimal

drop_map_pin | Mark a point on the map.
lon:decimal=Longitude; lat:decimal=Latitude
? pin lat {lat}, lon {lon}; lon {lon}, lat {lat}, pin it; Mark lat {lat}, lon {lon};
Drop a pin at latitude {lat}, longitude {lon}.; Map pin with longitude {lon}, latitude {lat};
I need a pin on the map, lat {lat}, lon {lon}; Can you pin longitude {lon}, latitude {lat}?
= pin_id:code

plan_parent_meeting | Let a parent and a teacher meet.
parent:name; teacher:name
? I want the teacher {teacher} to meet {parent}; Can {teacher} meet the parent {parent}?;
Plan for teacher {teacher} to meet {parent}; {parent} asks to meet the teacher {teacher};
{teacher} meets parent {parent}; Parent {parent} meets {teacher}; parent {parent}, teacher {teacher}
= room:room, time:time

book_telescope | Book a telescope to look at something.
telescope:proper; object:phrase=What to look at
? Book {telescope} for {object}.; See {object} with {telescope}; telescope {telescope}: {object};
I want {telescope} to be booked for {object}; Is the telescope {telescope} free for {object}?;
Point telescope {telescope} at {object}; To look at {object}, please book {telescope}
= booking_id:code, night:date

get_satellite_pass | Next time a satellite flies over a town.
town:city; satellite:proper
? {satellite} pass over {town}; {town}: {satellite} pass?; satellite {satellite}, town {town};
When does satellite {satellite} pass over {town}?; Get the next {satellite} pass above {town}.;
I am in {town}, when does {satellite} pass?; Can {town} see the satellite {satellite} pass?
= time:time, date:date

get_moonrise | Time at which the moon rises.
place:city; day:date
? I camp near {place}, moonrise for {day}?; For {day}, when does the moon rise in {place}?;
At what hour is moonrise, {day}, {place}?; {place}, {day}: when is the moon up?;
moonrise {day}, {place}; Get the moonrise in {place} for {day}.; When is moonrise in {place}, {day}?
= time:time

sort_table | Sort the rows of a table.
table:path; column:word=Column to sort by
? Sort {table} by {column}.; By column {column}, sort {table}; sort {table}, column {column};
I want {table} in order of {column}; Can you sort {table} by the {column}?;
Let column {column} sort {table}; Order table {table} by column {column}
= rows:medium

get_column_mean | Mean of the numbers in a column.
column:word; file:path
? How high is the mean {column} in {file}?; What is the mean of {column} in {file}?;
File {file}, column {column}: mean please; I opened {file}, what mean has {column}?;
Average column {column} of {file}; mean of {column} in {file}; In {file}, get the mean of {column}.
= mean:decimal, rows:medium

submit_essay | Hand in an essay for a course.
file:path; course:code
? essay {file}, course {course}; Submit {file} to {course}.; For {course} I submit {file};
My essay for {course} is {file}, hand it in; Hand in {file}, an essay in course {course};
{file} is ready, the essay for course {course}; Can you submit the essay {file} to {course}?
= submitted:bool, words:medium

start_quiz | Start a quiz to learn from.
topic:word; count:count=Number of questions
? Ask me {count} questions in a {topic} quiz; Start a quiz on {topic}, {count} questions.;
Can a quiz on {topic} have {count} questions?; I learn {topic}, quiz me with {count} questions;
{count} {topic} questions please; Quiz me {count} times on {topic}; quiz: {topic}, {count} questions
= quiz_id:code, first_question:phrase

log_ph_value | Save how acid a sample is.
sample:code; ph:decimal
? The pH of {sample} is {ph}, please save; Can you note a pH value of {ph} for {sample}?;
Log for {sample}: pH {ph}; I measured a pH of {ph} in {sample}, log it;
Log pH {ph} for sample {sample}.; pH value {ph}, sample {sample}; sample {sample} has pH {ph}
= logged:bool, acid:bool

pronounce_word | Speak a word aloud.
word:word; accent:language
? pronounce {word} in {accent}; {accent} way to pronounce {word}; Say the {accent} word {word}.;
How do I pronounce the word {word} in {accent}?; In {accent}, how is {word} pronounced?;
I cannot say {word}, pronounce it in {accent}; Please speak {word} with a {accent} accent
= audio:path, phonetic:word

set_flood_alert | Warn when a river gets too high.
river:proper; cm:medium=Height in centimetres
? flood alert: {river}, {cm} cm; {cm} cm in {river}: alert me; Alert at {cm} cm for {river};
Set an alert if the river {river} is over {cm} cm.; Once {river} rises to {cm} cm, alert me;
I fear a flood of the {river}, alert at {cm} cm; Can I get a {river} flood alert at {cm} cm?
= alert_id:code, now:medium

get_box_volume | Volume of a box.
h:decimal=Height; w:decimal=Width; d:decimal=Depth
? Box of depth {d}, width {w}, height {h}, how big?; My box has height {h}, width {w}, depth {d};
I need a volume, {w} wide, {d} deep, {h} high; Get the volume of depth {d}, height {h}, width {w};
A box {w} wide, {d} deep, {h} high, volume?; What volume has {w} width, {h} height, {d} depth?;
box: {h} high, {w} wide, {d} deep
= volume:decimal

grow_savings | Savings with yearly interest.
sum:large=Money at the start; years:small; rate:decimal=Percent a year
? How do {sum} grow at {rate} percent in {years} years?;
savings {sum}, {years} years, {rate} percent; I save {sum} for {years} years at {rate} percent;
{years} years, {rate} percent, savings {sum}; At {rate} percent, what is {sum} in {years} years?;
In {years} years, {sum} grow {rate} percent a year; Grow {sum} at {rate} percent, {years} years
= balance:decimal, interest:decimal

replace_word | Replace a word in a text.
text:phrase; old:word; new:word
? {new} replaces {old} in "{text}"; "{text}": {new}, not {old}; Replace {old} by {new} in "{text}".;
"{text}": replace {old} with {new}; I wrote "{text}", replace {old} with {new};
Please use {new} to replace {old} in "{text}"; In "{text}", can the word {old} become {new}?
= text:phrase

rename_column | Give a column of a table another title.
table:path; new_title:word; old_title:word
? Rename column {old_title} to {new_title} in {table}.;
In {table}, rename {old_title} to {new_title}; Can {table} have {new_title} instead of {old_title}?;
{table}: column {old_title}, new name {new_title}; I want {new_title}, not {old_title}, in {table};
In {table}, column {old_title} becomes {new_title}; Column {old_title} of {table} is now {new_title}
= columns:digit

move_patient | Move a patient to another ward.
to:digit=New ward; from:digit=Present ward; patient:name
? Move {patient} from ward {from} to ward {to}.; {patient}: ward {from} to {to};
To ward {to}, move {patient} from {from}; {patient} leaves ward {from}, moves to {to};
Can {patient} go from ward {from} to ward {to}?; I need {patient} moved to ward {to} from {from};
Ward {to} takes {patient} from ward {from}
= bed:digit

filter_rows | Keep the rows whose value is in a range.
column:word; most:medium; least:digit
? Filter rows, {column} from {least} to {most}.; rows of {column}, least {least}, most {most};
Rows with {column} at least {least}, at most {most}; Filter {column}, most {most}, least {least};
What rows have {least} to {most} in {column}?; I want rows of {column} over {least}, under {most};
No rows under {least} or over {most} in {column}
= rows_left:medium

transfer_pupil | Move a pupil to another school.
pupil:name; new:proper=School to go to; old:proper=School to leave
? Transfer {pupil} from school {old} to {new}.; pupil {pupil}, old school {old}, new school {new};
{pupil} leaves {old}, transfer to school {new}; School {new} gets {pupil} from school {old};
Can {pupil} transfer from {old} to school {new}?;
I want {pupil} to go to school {new}, not to {old}; To school {new} from {old}, transfer {pupil}
= transferred:bool, first_day:date

record_body_size | Save how tall and heavy a patient is.
kg:small; name:name; cm:medium
? I measured {name}, size {cm} cm, {kg} kg; With {kg} kg and {cm} cm, please record {name};
{name} has {cm} cm body size, {kg} kg; record {cm} cm, {kg} kg for {name}; {name}: {kg} kg, {cm} cm;
Height {cm} cm, weight {kg} kg, patient {name}; Could you record that {name} has {kg} kg, {cm} cm?
= recorded:bool

book_interpreter | Book somebody who interprets a talk.
spoken:language; target:language; day:date
? Interpreter from {spoken} to {target} for {day}; interpreter {day}, {spoken} into {target};
For {day}, I need {spoken} interpreted into {target};
Who can interpret {spoken} into {target}, {day}?; Book {spoken} into {target} interpreting, {day};
Into {target} from {spoken}, interpret for {day}; From {spoken}, interpret into {target}, {day}
= interpreter:name, fee:decimal

draw_route_map | Draw a map with a line between two places.
color:color; end:city; start:city
? Draw a {color} route from {start} to {end}.; map: {start} to {end}, {color};
Map the way to {end} from {start} in {color}; I want a {color} line from {start} to {end};
In {color}, draw how I get from {start} to {end}; From {start} to {end}, a {color} map route;
Can the route to {end} from {start} be {color}?
= image:path

get_rain_total | Rain fallen between two days.
first:date; last:date; city:city
? In {city}, {first} to {last}, how much rain?; Up to {last} from {first}, total rain of {city}?;
I need {city} rain, starting {first}, ending {last};
Get the rain from {first} until {last} in {city}; How much rain had {city} from {first} to {last}?;
Rain in {city}, first day {first}, last day {last}; rain total {city}, {first} to {last}
= millimetres:decimal

schedule_surgery | Plan a surgery.
patient:name; surgeon:name=Who operates; day:date
? Schedule {surgeon} to operate on {patient}, {day}.;
surgery: {patient} by surgeon {surgeon}, {day}; {patient} needs surgery by {surgeon}, {day};
For {day}, surgery on {patient} by {surgeon}; Can {surgeon} operate on {patient}, {day}?;
I want {patient}'s surgery for {day}, by {surgeon}; Surgeon {surgeon} gets patient {patient}, {day}
= theatre:digit, starts_at:time

switch_medicine | Give a patient another medicine.
patient:name; new:word; old:word
? Switch {patient} from {old} to {new}.; {patient}: {new} instead of {old};
{patient} gets medicine {new} in place of {old}; Stop {old} and start {new} for {patient};
From {old}, please switch {patient} over to {new}; I want medicine {new}, not {old}, for {patient};
Can {patient} switch to {new}? Now it is {old}
= switched:bool, next_dose:time
"""
