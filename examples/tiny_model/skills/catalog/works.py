"""More functions as users write them, in the catalogue's format: factories, building, freight,
cars, cleaning, law, elections, police, charities, staff, access, code, grids, rails, ports, farms.
"""

CATALOG = """
void_contract | Declare a contract void.
id:code=Number of the contract
? Void contract {id}.; Is contract {id} binding? Make it void; I want {id} voided; void {id};
We never signed contract {id}, void it; {id} should be void; Can you void contract {id}?
= voided:bool, voided_on:date

release_impounded_car | Give an impounded car back to its owner.
plate:code=License plate
? Release the impounded car {plate}.; The fine is paid, release car {plate};
Can {plate} be released?; impounded car {plate}: release; I want my impounded {plate} back;
Please let go of {plate}, the car you impounded; {plate} may leave the impound yard
= released:bool, pickup_until:time

get_vote_count | Votes for a candidate in the election.
who:name=Candidate
? How many votes has {who}?; Get the vote count of {who}.; votes for {who}; Count votes for {who};
Did many vote for {who}?; {who}: vote count?; I want the votes of {who}
= votes:large, elected:bool

list_fire_hydrants | Hydrants along a street.
road:street
? List fire hydrants on {road}.; Any hydrant near {road}?; hydrants {road}; {road}: all hydrants;
I need a hydrant, fire at {road}; Show each hydrant on {road}; Where are {road} hydrants?
= hydrants:code_list, nearest:medium

decode_chassis_number | Read maker and year from the chassis number of a car.
vin:code
? Decode chassis number {vin}.; {vin} is on a chassis, decode; What car has chassis {vin}?;
chassis {vin}; I found chassis {vin}, decode it; Decode {vin} for me; Who built chassis {vin}?
= maker:proper, built:year

drain_node | Move all running work off a cluster node.
node:host
? Drain the node {node}.; {node} gets new disks, drain it; drain {node}; Can you drain {node}?;
I want nothing left on node {node}; {node} has to be drained; Take all work off node {node}
= moved:count, drained:bool

get_substation_load | Load on a substation of the power grid.
site:proper=Name of the substation
? What is the load on substation {site}?; Get the load at the substation {site}.;
substation load {site}; How loaded is the {site} substation?; {site} substation: load?;
Is the load on substation {site} too high?; I need the power load of substation {site}
= megawatts:medium, percent:small

inspect_scaffold | Send an inspector to the scaffold at a building site.
site:street=Address of the site
? Inspect the scaffold at {site}.; scaffold {site}: inspect; Is the scaffold at {site} safe?;
Can somebody inspect our scaffold on {site}?; We need a scaffold inspector at {site};
{site} has a new scaffold, have it inspected; Please check the scaffold at {site}
= inspection:code, safe:bool

find_ship_berth | Where in the port a ship lies.
ship:proper
? At which berth is the ship {ship}?; Find the berth of ship {ship}.; berth of {ship}; {ship} berth;
Where does ship {ship} lie?; I want the berth of the {ship}; Ship {ship}: at what berth?
= berth:code, leaves:time

find_notary | Find a notary who can certify papers.
town:city
? Find a notary in {town}.; Who is a notary in {town}?; notary {town}; I need a notary in {town};
Is a notary near {town}?; {town}: any notary?; Look for notaries in {town}
= notary:name, office:street

get_milk_quota | How much milk a farm may deliver to the cooperative.
farm:proper
? What milk quota has {farm}?; Get the quota of farm {farm}.; How much milk may {farm} give?;
milk quota {farm}; {farm} farm: milk quota?; I need the milk quota of {farm}; Quota of {farm} please
= litres:large, used:small

disable_badge | Make an access badge open no door any more.
badge:code
? Disable badge {badge}.; The badge {badge} is lost, disable it; Badge {badge} should open no door;
disable {badge}; I lost badge {badge}, disable it; Can you disable {badge}?; {badge} is a lost badge
= disabled:bool, last_door:word

list_volunteers | People who help a charity.
org:proper=Name of the charity
? Who volunteers for {org}?; List volunteers of {org}.; volunteers {org}; Has {org} any volunteers?;
{org}: all volunteers; Name each volunteer at {org}; I want to thank {org} volunteers
= volunteers:name_list, hours:medium

empty_waste_bins | Have the bins of a building emptied.
at:street=Address
? Empty the bins at {at}.; The bins of {at} are full; waste bins {at}; {at} has full bins;
Can you empty the bins at {at}?; I want the waste at {at} gone; Have all bins in {at} emptied
= emptied:count, next_round:date

check_probation_end | When the probation of a new employee is over.
who:name
? When does {who} end probation?; Check the probation of {who}.; I need the probation end of {who};
probation end {who}; Is {who} on probation?; {who}: end of probation?; Has {who} passed probation?
= ends:date, passed:bool

stop_conveyor | Stop a conveyor belt of the factory.
belt:code
? Stop conveyor {belt}.; conveyor {belt} stop; Can you stop belt {belt}?; Halt the belt {belt};
A box is stuck, stop belt {belt}; {belt} burns, stop the conveyor; I want conveyor {belt} to stop
= stopped:bool, pieces_left:small

find_polling_station | Where somebody can vote.
home:street=Address of the voter
? Find the polling station for {home}.; I live at {home}, where do I vote?; polling station {home};
At which station do voters of {home} vote?; {home}: where is the polling place?;
Where do people from {home} go to the polls?; I need the polling station near {home}
= station:street, closes:time

lint_source_file | Look for style errors in source code.
file:path; fix:flag=Mend what can be mended
? Lint {file}[fix: and fix it].; Run the linter on {file}[fix: with fix]; lint {file}[fix: , fix];
Is {file} clean? Lint it[fix: , fix it]; {file} needs a lint run[fix: with fixes];
I want to lint {file}[fix: and fix it]; Please lint the source {file}[fix: and fix it]
= warnings:count, fixed:small

search_lost_property | Look for lost things that were brought to the police.
thing:phrase
? I lost this: {thing}; Search the lost property for {thing}.; lost property: {thing};
Has anybody found {thing}? I lost it; Can you search what people lost for {thing}?;
{thing} got lost, search for it; Did the police find lost property, {thing}?
= found:bool, office:street

get_train_driver | Who drives a train today.
train:code
? Who drives train {train}?; Get the driver of {train}.; driver of {train}; Any driver for {train}?;
Which driver has {train}?; I need the driver of train {train}; {train}: who drives?
= driver:name, shift_ends:time

swap_machine_tool | Put another tool into a machine.
tool:code; machine:code
? Swap tool {tool} into machine {machine}.; Machine {machine} needs the tool {tool} now;
machine {machine}, tool {tool}; {tool} is the tool for {machine}; Put tool {tool} in {machine};
I want the tool {tool} in machine {machine}; In machine {machine}, swap in the tool {tool}
= swapped:bool, minutes:small

set_press_force | Force with which a factory press works.
press:code; tons:medium
? Set press {press} to {tons} tons.; {tons} tons on press {press}; press {press}, {tons} tons;
The press {press} should have a force of {tons} tons; Use a force of {tons} tons for press {press};
Can {press} press with a force of {tons} tons?; I need {tons} tons of force from press {press}
= press:$press, old_force:medium

order_bricks | Order bricks for a building site.
site:street=Where to unload; bricks:large=How many; day:date
? Order {bricks} bricks for {site}, {day}.; {day} we need {bricks} bricks at {site};
{bricks} bricks should be at {site}, {day}; For {day}, order {bricks} bricks to {site};
{site}, {bricks} bricks, {day}; {day}: {bricks} bricks, {site}; {site}, {day}: order {bricks} bricks
= order:code, arrives:date

move_crane | Bring the tower crane from one site to another.
to:street; from_site:street
? Move the crane from {from_site} to {to}.; {from_site} crane: to {to}; Crane {from_site} to {to};
The crane at {from_site} has to move to {to}; To {to} please, the crane of {from_site};
I need the crane of {from_site} moved to {to}; Bring to {to} the {from_site} crane
= arrives:date, cost:decimal

rent_scaffolding | Rent scaffolding by the metre.
weeks:digit; size:medium=Metres
? Rent {size} metres of scaffold for {weeks} weeks.; What is {size} m scaffold for {weeks} weeks?;
For {weeks} weeks, we need {size} m of scaffold; I want {weeks} weeks of scaffolding, {size} metres;
{weeks} weeks scaffold, {size} m; scaffold {size} m, {weeks} weeks; {size} m scaffold, {weeks} weeks
= rental:code, price:decimal

estimate_freight_days | How long freight is on its way.
dest:city; start:city
? Estimate freight to {dest} out of {start}.; I send freight to {dest} from {start}, estimate it;
How many days is freight from {start} to {dest}?; To {dest} goes freight of {start}, how many days?;
freight {start} to {dest}, days?; {start} freight to {dest}, days?; Freight to {dest} from {start}?
= days:small, border_crossings:digit

declare_customs_value | Tell the customs office what goods are worth.
goods:phrase; worth:amount=In euros
? Declare {goods}, worth {worth} euros.; I have to declare {goods}, value {worth};
At {worth} euros, declare {goods}; customs: {goods}, {worth} euros; {worth} euros, customs: {goods};
{worth} is the customs value of {goods}; Tell the customs office my {goods} cost {worth}
= declaration:code, duty:decimal

hand_over_route | Give the delivery route of one driver to another driver.
new:name=Driver from now on; old:name=Driver so far
? Hand the route of {old} over to {new}.; {old} is ill, {new} has to take over the route;
Route: old {old}, new {new}; Can {new} take over the route {old} drives?; {old} hands {new} a route;
I want {new} to get the route of {old}; To {new}, hand over the route of {old}
= route:code, stops:small

set_tire_pressure | Pressure of the tires of a car.
front:decimal=In bar; rear:decimal=In bar
? Set tires to {front} in front, {rear} rear.; I want rear tires at {rear}, front at {front};
Tires front {front} rear {rear}; rear tires {rear}, front {front}; {front} front, {rear} rear tires;
Can front tires get {front}, rear {rear}?; Tire pressure: {rear} rear, {front} front
= changed:bool, leak:bool

replace_car_part | Have a worn part of a car replaced in the garage.
plate:code=License plate; part:phrase
? Replace {part} in car {plate}.; Car {plate} needs a new part: {part}; car {plate}, replace {part};
Can you replace {part} on {plate}?; The {part} of car {plate} broke, replace it;
I want the part {part} replaced, car {plate}; New {part} for car {plate} please
= job:code, price:decimal

transfer_car_title | Make the buyer of a car its owner.
buyer:name; seller:name
? {seller} sold {buyer} a car, transfer it; I want the title with {buyer}, {seller} is the seller;
Transfer the car title from {seller} to {buyer}.; {buyer} bought the car of {seller}, title please;
car of {seller} to {buyer}; Car seller {seller}, buyer {buyer}; Title of {seller}'s car to {buyer}
= title:code, fee:decimal

assign_cleaner | Tell a cleaner which floor to clean.
cleaner:name; floor:digit
? {cleaner} should clean floor {floor}; Can {cleaner} be the cleaner on floor {floor}?;
I want floor {floor} cleaned by {cleaner}; The floor {floor} is dirty, assign {cleaner};
Assign {cleaner} to floor {floor}.; {cleaner} cleans floor {floor}; cleaner {cleaner}: floor {floor}
= assigned:bool, rooms:small

amend_clause | Give a clause of a contract another wording.
clause:digit; text:phrase=New wording
? Amend clause {clause} to say "{text}".; Clause {clause} of the contract should read: {text};
clause {clause}: {text}; "{text}" is to be clause {clause}; Clause {clause} needs "{text}";
Write "{text}" into clause {clause} please; I want the text "{text}" as clause {clause}
= amended:bool, version:code

file_lawsuit | Take somebody to court.
defendant:name=Who is sued; by:name=Who sues
? File a lawsuit by {by} against {defendant}.; I want a lawsuit of {by} against {defendant};
{by} files suit against {defendant}; lawsuit {by} versus {defendant}; Can {by} sue {defendant}?;
Against {defendant}, file a lawsuit by {by}; Defendant {defendant}, plaintiff {by}: lawsuit
= case_number:code, first_hearing:date

grant_power_of_attorney | Let somebody sign in the name of somebody else.
agent:name=Who may sign; owner:name=In whose name
? Grant {agent} power of attorney for {owner}.; {owner} gives {agent} power of attorney;
{agent} has to sign for {owner}; {owner} lets {agent} sign; Grant {agent}: sign for {owner};
{agent} gets the power to sign for {owner} please; From {owner} to {agent}: power of attorney
= document:code, valid_until:date

register_candidate | Let a person stand for election in a district.
person:name; district:city
? Register {person} as a candidate in {district}.; District {district} has a candidate: {person};
{person} runs in {district}; For {district}, register {person}; candidate {person}, {district};
I want {person} as a candidate in {district}; Can {district} still register the person {person}?
= registered:bool, list_place:digit

merge_districts | Make one election district part of another one.
into:city=District that stays; gone:city=District that ends
? Merge the district {gone} into {into}.; {gone} becomes part of the district {into};
district {gone} into {into}; {into} should take in the district {gone}; Can {into} absorb {gone}?;
Into {into}, merge the old district {gone}; I want {gone} merged into {into}
= voters:large, seats:digit

report_theft | Report something stolen to the police.
item:phrase; place:street; day:date
? Report a theft, {item}, at {place}, {day}.; {day}: my {item} was stolen at {place};
theft: {item}, {place}, {day}; Theft at {place}, {day}: {item}; {day} theft, {place}: {item};
At {place} a thief took my {item}, {day}; I report that {item} was stolen, {place}, {day}
= case_number:code, officer:name

send_fire_engine | Send a fire engine to an address.
address:street; engine:code
? Send fire engine {engine} to {address}.; There is smoke at {address}, engine {engine} should go;
Fire at {address}, send {engine}!; engine {engine} to {address}; {address} burns, send {engine};
Can engine {engine} drive to {address}?; I want the engine {engine} at the fire, {address}
= minutes:digit, crew:digit

set_line_manager | Set who leads an employee.
employee:name; boss:name
? Set {boss} as line manager of {employee}.; {employee} gets the manager {boss};
manager of {employee}: {boss}; I want {employee} managed by {boss}; Make {boss} boss of {employee};
{employee} reports to manager {boss} from now on; Can {boss} be the manager of {employee}?
= changed:bool, team:word

pair_mentor | Bring an experienced person together with a young one.
mentee:name=Who learns; mentor:name=Who helps
? Pair {mentor} as a mentor with {mentee}.; {mentee} needs a mentor, take {mentor};
mentor {mentor}, mentee {mentee}; Let {mentor} mentor {mentee}; {mentor} mentors {mentee};
Can {mentor} be the mentor of {mentee}?; I want {mentee} paired with the mentor {mentor}
= pair:code, first_meeting:date

calculate_severance | Money that an employee gets on leaving.
wage:amount=Monthly wage; years:digit=Time in the company
? How much severance after {years} years at {wage}?; For {years} years on {wage}, what severance?;
I got {wage} for {years} years, what severance?; Calculate severance on {wage} after {years} years;
{years} years, {wage}: severance?; severance {wage}, {years} years; {wage}, {years} years, severance
= severance:decimal, taxed:bool

link_badge_to_door | Let a badge open a door.
badge:code; door:code
? Door {door} should open for the badge {badge}; Can the door {door} open with badge {badge}?;
Link badge {badge} to door {door}.; badge {badge}, door {door}; Let badge {badge} open door {door};
I want door {door} linked to badge {badge}; Give the badge {badge} access to door {door}
= linked:bool, doors:small

change_alarm_code | Change the code of an alarm.
old:code; new:code
? Change the alarm code from {old} to {new}.; The alarm should take {new} and no longer {old};
New alarm code {new}, old {old}; alarm: old {old}, new {new}; Alarm code {old} becomes {new};
I want {new} as alarm code instead of {old}; Can we change the code {old} to alarm code {new}?
= changed:bool, zones:digit

assign_escort | Have a guard walk with a visitor.
guard:name; guest:name=Who visits
? Assign guard {guard} to escort {guest}.; {guest} visits us, {guard} should escort;
guard {guard}, guest {guest}; Let {guard} escort {guest}; The guard {guard} escorts {guest};
The guest {guest} needs an escort, take {guard}; Can our visitor {guest} get the escort {guard}?
= escort_id:code, gate:letter

rebase_branch | Put the commits of a branch on top of another one.
base:word=Branch below; branch:word=Branch to move
? Rebase {branch} onto {base}.; rebase {branch}, base {base}; Can you rebase {branch} on {base}?;
Put the branch {branch} on top of {base}; My branch {branch} should have the base {base};
Onto {base}, rebase the branch {branch}; I want {base} as the base of {branch}
= commits:small, conflicts:digit

cherry_pick | Copy one commit to a branch.
branch:word; commit:code
? Cherry-pick {commit} to {branch}.; Pick {commit} into {branch}; pick {commit}, branch {branch};
The branch {branch} needs the commit {commit}, pick it; I want the commit {commit} on {branch} too;
Can {commit} be picked onto the branch {branch}?; Into {branch}, please cherry-pick {commit}
= picked:bool, conflict:bool

migrate_database | Move a database from one server to another.
old:host; new:host
? Migrate the database from {old} to {new}.; database {old} to {new}; Migrate {old} over to {new};
{old} is slow, migrate its database to {new}; To {new}, please migrate the database on {old};
Can the database move off {old} to {new}?; I want the database of {old} on {new}
= rows:large, seconds:medium

bump_dependency | Raise the version of a package that the code needs.
package:word; version:code
? Bump {package} to {version}.; bump {package}: {version}; Use {package} {version};
Version {version} of {package} is out, bump it; We depend on {package}, please bump it to {version};
Can you bump {package} to the version {version}?; I want version {version} of dependency {package}
= bumped:bool, tests_failed:digit

trip_breaker | Switch off a circuit breaker in a substation.
breaker:code; site:proper=Substation
? Trip breaker {breaker} in {site}.; In {site}, trip {breaker}; trip {breaker}, {site};
Breaker {breaker} at {site} has to trip; The substation {site} is overloaded, trip {breaker};
Can the breaker {breaker} at {site} be tripped?; I want the {site} breaker {breaker} to trip
= tripped:bool, homes_dark:medium

couple_wagons | Couple freight wagons to a locomotive.
engine:code=Locomotive; wagons:digit
? Couple {wagons} wagons to engine {engine}.; The engine {engine} should pull {wagons} wagons;
{wagons} wagons for {engine}; Couple {engine}, {wagons} wagons; engine {engine}: {wagons} wagons;
Can the engine {engine} be coupled to {wagons} wagons?; I need {wagons} wagons behind {engine}
= length:medium, tonnes:medium

set_rail_signal | Show a color on a railway signal.
aspect:color=What it shows; signal:code
? Set rail signal {signal} to {aspect}.; Signal {signal} should show {aspect};
signal {signal} {aspect}; Make {signal} a {aspect} signal; I want {aspect} on rail signal {signal};
Can signal {signal} be {aspect}?; A train comes, set {signal} to {aspect}
= signal:$signal, locked:bool

report_track_damage | Report damage on a railway line.
line:code; km:decimal=Where on the line
? Report damage on line {line} at km {km}.; I saw track damage at kilometre {km} of line {line};
Line {line}, km {km}: track damage; damage, line {line}, km {km}; Line {line} broke at km {km};
At km {km} the track of line {line} is broken; A rail is loose at km {km} of line {line}, report it
= report:code, line_closed:bool

order_tugboats | Order tugboats that pull a ship into the port.
ship:proper; tugs:digit
? Order {tugs} tugs for the {ship}.; The {ship} needs {tugs} tugboats; {tugs} tugs for {ship};
Send {tugs} tugboats to the ship {ship}; The ship {ship} comes in, order {tugs} tugboats;
Can the {ship} have {tugs} tugboats?; ship {ship}: {tugs} tugs
= ready_at:time, fee:decimal

unload_ship | Bring containers of a ship on land.
boxes:medium=Containers; cranes:digit
? Unload {boxes} boxes with {cranes} cranes.; With {cranes} cranes, unload {boxes} boxes;
unload ship, {cranes} cranes, {boxes} boxes; Can {cranes} cranes unload {boxes} boxes?;
The ship has {boxes} boxes, unload with {cranes} cranes; ship: {boxes} boxes, {cranes} cranes;
I need {cranes} cranes to get {boxes} boxes off the ship
= hours:small, done_by:time

pool_grain | Add the grain of a farmer to a silo of the cooperative.
farmer:name; tons:decimal; silo:letter
? Pool {tons} tons of grain from {farmer} in silo {silo}.;
{farmer} brings {tons} tons of grain for silo {silo}; silo {silo}: {tons} tons, farmer {farmer};
Put the grain of {farmer}, {tons} tons, into silo {silo}; grain: {farmer}, {tons} tons, silo {silo};
Silo {silo} gets {tons} tons of grain from {farmer}; Can {farmer} pool {tons} tons in silo {silo}?
= receipt:code, share:decimal

move_herd | Drive a herd to another pasture.
now:word=Pasture now; next:word=Pasture to go to
? Move the herd from {now} to {next}.; herd {now} to {next}; Herd: now {now}, next {next};
To {next}, move the herd that stands on {now}; The herd on {now} should graze on {next};
Can the herd leave {now} and go to {next}?; Move to {next} the herd on {now}
= animals:medium, minutes:small

promote_employee | Give an employee a higher job title.
title:phrase; employee:name
? Promote {employee} to {title}.; promotion {employee}: {title}; Promoted: {employee}, {title};
{employee} gets the new job title {title}; The new title of the employee {employee} is {title};
I want to promote {employee}, title {title}; Can we promote to "{title}" our {employee}?
= promoted:bool, from_day:date

set_memory_limit | Memory that a pod may use at most.
pod:host; mb:medium=In megabytes
? Set the memory limit of {pod} to {mb} MB.; Limit the pod {pod} to {mb} megabytes;
{pod} may use {mb} MB of memory; memory limit {mb} MB, pod {pod}; Can {pod} have {mb} MB of memory?;
At {mb} MB of memory, stop the pod {pod}; {mb} MB is the new memory limit for {pod}
= old_limit:medium, restarted:bool

book_car_wash | Reserve a time in the car wash.
plate:code=License plate; slot:time
? Book a car wash for {plate} at {slot}.; At {slot} I come to wash {plate};
car wash {slot}, {plate}; Can {plate} get a wash at {slot}?; {slot}: car wash, plate {plate};
My car {plate} is dirty, wash it at {slot}; I want {plate} washed, {slot} please
= booking:code, price:decimal

appraise_used_car | Guess what a used car is worth.
model:proper; built:year; km:large=Distance driven
? What is a used {model} of {built} with {km} km worth?; I sell my car {model}, {km} km, of {built};
Appraise a {built} {model}, {km} km.; {built} used {model}, {km} km; {km} km used {model} {built};
With {km} km, what is a {built} {model} car worth?; Please appraise my {model}, {km} km, of {built}
= price:decimal, demand:level

order_patrol | Have the police patrol a street for some hours.
end:time; begin:time; road:street
? Order a patrol for {road}, {begin} to {end}.; From {begin} to {end}, have a patrol on {road};
{road} needs a patrol from {begin} until {end}; Until {end}, starting at {begin}, patrol {road};
Patrol {road} from {begin} to {end}.; patrol {road} {begin} to {end}; {begin} to {end} patrol {road}
= patrol:code, officers:digit

pledge_donation | Promise money to a charity.
donor:name; charity:proper; sum:amount
? Pledge {sum} to {charity} from {donor}.; pledge by {donor}: {sum} for {charity};
{donor} pledges {sum} to {charity}; {charity} gets {sum} from {donor}; {donor}: {sum} for {charity};
{donor} wants to donate {sum} to {charity}; A donation to {charity} of {sum} by {donor}
= pledge:code, raised:decimal

swap_shifts | Let somebody else work a shift.
taker:name=Who works instead; giver:name=Who is free then; day:date
? {giver} gives {taker} the shift of {day}, swap it; Swap shifts: {taker} works for {giver}, {day};
shift {day}: {taker} instead of {giver}; {giver} is ill, swap in {taker} for {day};
Can {taker} take the {day} shift from {giver}?; The {day} shift of {giver} should go to {taker};
{taker} gets the shift of {giver}, {day}
= swapped:bool, starts:time

schedule_job_interview | Agree on an interview for a job.
boss:name=Who asks; guest:name=Who wants the job; day:date
? {boss} interviews {guest}, {day}; Schedule a job interview of {guest} by {boss} for {day}.;
interview {day}: {boss} asks {guest}; I want {guest} interviewed for the job by {boss}, {day};
{guest} seeks a job, let {boss} interview, {day}; Can {boss} interview {guest}, {day}?;
For {day}, job interview: {boss} asks, {guest} answers
= room:code, starts:time

set_door_hours | Hours in which a door is not locked.
shut:time=Closing time; open:time=Opening time; door:word
? Set door {door} to open at {open}, shut at {shut}.; The {door} door opens {open}, shuts {shut};
door {door} {open} to {shut}; {open} to {shut}: open {door} door; Open door {door} {open} to {shut};
Shut the door {door} at {shut}, open it at {open}; I want door {door} open from {open} until {shut}
= door:$door, changed:bool

set_autoscale_range | Fewest and most copies of a service that may run.
max:count; min:digit; app:host=Name of the service
? Scale {app} from {min} to {max} copies.; Scale to at least {min} and at most {max} of {app};
autoscale {app}: {min} to {max}; {app}: scale {min} up to {max}; Autoscale {app}, {min} to {max};
{app} should scale, at most {max}, at least {min}; I want at most {max}, at least {min} for {app}
= running:count, applied:bool

shift_traffic | Send a share of the traffic to another region.
share:small=In percent; to:city; region:city=Region with too much
? Shift {share}% of traffic from {region} to {to}.; To {to}, shift {share}% of the {region} traffic;
{region} to {to}: shift {share}%; {share}% traffic {region} to {to}; {share}% from {region} to {to};
From {region}, shift {share}% of traffic to {to}; Take {share}% of traffic off {region}, on to {to}
= shifted:bool, latency:medium

schedule_power_cut | Cut the power of a street for some hours of work.
street:street; off:time=Power goes off; on:time=Power is back
? Cut the power on {street} from {off} to {on}.; From {off} until {on}, cut power to {street};
Schedule a cut at {off} for {street}, over at {on}; Power on {street} is back at {on}, cut {off};
cut {street} power {off} to {on}; {off} to {on} power cut {street}; {street} power {off} off {on} on
= cut_id:code, homes:medium

hold_train | Let a train wait at a station.
min:small=Minutes; stop:city=Station; train:code
? Train {train} should wait {min} minutes in {stop}; I change in {stop}, hold {train} {min} minutes;
hold {train}, {stop}, {min} min; {min} min in {stop}, hold {train}; {stop}: hold {train} {min} min;
Hold train {train} in {stop} for {min} minutes.; In {stop}, let the train {train} wait {min} minutes
= leaves:time, held:bool

lend_tractor | Lend the tractor of one member to another one.
to:name; from:name; day:date
? Lend the tractor of {from} to {to} for {day}.; Can {from} lend {to} a tractor, {day}?;
{from} lends {to} a tractor, {day}; tractor {day} {from} to {to}; Lend {to} {from}'s tractor {day};
For {day}, {to} needs the tractor of {from}; {to} gets a tractor, lent by {from}, {day}
= loan:code, back_at:time

rotate_crops | Grow another crop on a field.
new:word; old:word; field:code
? Rotate field {field} from {old} to {new}.; On {field}, grow the crop {new} after {old};
crops {field} {old} to {new}; {field}: rotate {old} to {new}; I want {new} on {field}, not {old};
Field {field} had {old}, rotate to {new}; After {old}, field {field} gets the crop {new}
= rotated:bool, sow_by:date
"""
