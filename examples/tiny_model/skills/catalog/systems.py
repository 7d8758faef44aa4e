"""Functions about servers, code, data, files, factories, stores, fleets, energy and farms.

The format is that of `catalog`.
"""

CATALOG = """
deploy_service | Deploy a version of a service to an environment.
service:host=Service; version:code=Version or build; environment:word=Where it will run
? Deploy {service} version {version} to {environment}.; Put {version} of {service} on {environment};
Can you deploy {service} to {environment} with version {version}?;
Ship {version} of the service {service} to {environment};
Roll out {version} of {service} to {environment}; deploy {version} of {service} in {environment};
{environment} should run {service} {version}
= deployment_id:code, status:state

rollback_deployment | Undo a deployment and go back to the one before.
deployment_id:code=Deployment to undo
? Roll back deployment {deployment_id}.; Deployment {deployment_id} is broken, go back.;
Please revert the deployment {deployment_id}; Take deployment {deployment_id} back;
Can we roll back {deployment_id}?; Undo deployment {deployment_id}; rollback {deployment_id}
= restored_version:code, status:state

scale_workers | Change how many workers a service runs.
service:host=Service name; replicas:count=Number of workers
? Scale {service} to {replicas} workers.; Change the number of {service} workers to {replicas};
Set the workers of {service} to {replicas}; We need {replicas} replicas of {service};
{service} should have {replicas} workers; Give {service} {replicas} workers please;
Run {replicas} workers for {service}; scale {service} {replicas}
= service:$service, running:count

check_uptime | How long a server has been up without a restart.
hostname:host=Server
? How long has {hostname} been up?; Is the server {hostname} up, and since when?; uptime {hostname};
Tell me how long {hostname} has been running; What is the uptime of the server {hostname}?;
When was {hostname} last restarted?; Check the uptime of {hostname}.
= hostname:$hostname, days:medium, online:bool

stop_container | Stop a running container.
container:host=Name of the container; kill:flag=Do not wait for it to finish
? Stop the container {container}.[kill: Kill it.]; Shut down container {container}[kill: , kill it];
Can you stop the running container {container}?[kill: Kill it if you must.];
The container {container} must stop.[kill: Just kill it.]; container {container} stop[kill: , kill];
Halt the {container} container[kill: and kill it]; Please stop {container}[kill: with a kill]
= stopped:bool, exit_code:digit

kill_query | Abort a running database query.
query_id:code=Id of the query
? Kill query {query_id}.; Query {query_id} blocks the database, get rid of it; kill {query_id};
Please stop the database query {query_id}; Can you end the running query {query_id}?;
Query {query_id} runs forever, kill it; Terminate query {query_id} now; Abort the query {query_id}
= killed:bool

create_index | Create an index on a column of a database table.
table:word=Table; column:word=Column to index; unique:flag=No two rows alike
? Create an index on {table}, column {column}[unique: , unique];
{table} is slow to search by {column}, create an index.[unique: Make it unique.];
Table {table} needs an index on {column}[unique: , unique]; index {table} {column}[unique: unique];
Index column {column} in table {table}[unique: , unique];
Add an index to {table} on {column}[unique: , unique]; Index {column} of {table}[unique: as unique]
= index:word, seconds:decimal

get_table_schema | Columns and types of a database table.
table:word=Name of the table
? Which columns does the table {table} have?; schema of {table} please; Describe table {table};
How is {table} laid out in the database?; What are the column types in {table}?;
Show the schema of {table}.; Give me the columns of {table}; What does the table {table} look like?
= columns:word_list, primary_key:word

find_slow_queries | Find queries that took longer than a limit.
database:host=Database; limit_ms:medium=Limit in milliseconds
? Find slow queries in {database} over {limit_ms} ms.; Anything over {limit_ms} ms on {database}?;
Are there queries slower than {limit_ms} milliseconds in the database {database}?;
What on {database} needs more than {limit_ms} ms?; Show queries above {limit_ms} ms on {database};
List all {database} queries over {limit_ms} ms; slow queries {database} {limit_ms} ms
= queries:word_list, slowest_ms:large

update_record | Write a value into one field of a database record.
record_id:code=Id of the record; field:word=Field to change; value:phrase=New value
? Update record {record_id}: set {field} to {value}.; Set {field} to {value} on record {record_id};
Put "{value}" into the {field} field of record {record_id};
Change the field {field} of record {record_id} to {value};
Record {record_id}, field {field}, new value {value}; The {field} of {record_id} should be {value};
In record {record_id} write {value} into {field}
= updated:bool

search_logs | Search the logs of a service for a word.
keyword:word=Word to search for; service:host=Service; since:time=Only lines after this time
? Search the logs of {service} for {keyword} since {since}.;
Since {since}, which log lines of the service {service} mention {keyword}?;
Any {keyword} in the {service} log since {since}?; Find {keyword} in {service} logs after {since};
logs of {service} with {keyword} since {since}; grep {keyword} in {service} from {since} on;
Did {service} log {keyword} after {since}?
= matches:count, first_line:phrase

get_cpu_usage | Current load of the processor of a server.
host:host=Server
? What is the CPU usage of {host}?; Get the current load for the server {host}; CPU load of {host};
How much CPU does {host} use right now?; How busy is the processor on {host}?; cpu {host};
Show me the cpu usage on {host}.; Is {host} under heavy load?
= percent:small, load:decimal

query_metric | Average and peak of a metric over the last minutes.
metric:word=Name of the metric; minutes:count=How far back
? What was {metric} over the last {minutes} minutes?; Average of {metric} over {minutes} minutes;
In the last {minutes} minutes, what was the peak of {metric}?; Query {metric} for {minutes} minutes;
Show the metric {metric} for the last {minutes} minutes.; metric {metric}, last {minutes} minutes;
How did {metric} do in the past {minutes} minutes?
= average:decimal, peak:decimal

count_errors | Count the errors a service logged on a day.
service:host=Service; date:date=Day
? How many errors did {service} have on {date}?; How many things went wrong in {service} on {date}?;
Tell me how many errors {service} logged for {date}; Give me the error count of {service} on {date};
Count the errors of {service} for {date}.; On {date}, how often did {service} fail?;
Number of errors in {service}, {date}; errors {service} {date}
= errors:large, most_common:word

create_alert_rule | Alert somebody when a metric rises above a threshold.
metric:word=Metric; threshold:medium=Highest good value; recipient:email=Who is told
? Alert {recipient} when {metric} is above {threshold}.;
Create an alert to {recipient} for {metric} over {threshold};
New rule: {metric} over {threshold} alerts {recipient};
Warn {recipient} once {metric} rises over {threshold}; alert {recipient}: {metric} over {threshold};
If {metric} exceeds {threshold}, tell {recipient}; Above {threshold} {metric}, alert {recipient}
= rule_id:code, active:bool

silence_alert | Mute an alert for some hours.
alert_id:code=Alert; hours:count=How long to mute it
? Silence alert {alert_id} for {hours} hours.; Please keep alert {alert_id} quiet for {hours} hours;
Can you silence {alert_id}? {hours} hours will do.; For the next {hours} hours, silence {alert_id};
Snooze the alert {alert_id} for {hours} hours; No more {alert_id} alerts for {hours} hours;
mute alert {alert_id} {hours} hours; Mute {alert_id} for {hours} hours
= silenced:bool, until:time

acknowledge_alert | Tell the others that you are looking at an alert.
alert_id:code=Alert
? Acknowledge alert {alert_id}.; Tell the others that I have seen {alert_id}; ack {alert_id};
Mark alert {alert_id} as acknowledged; Please acknowledge {alert_id} for me;
I am looking at alert {alert_id}.; I am on it: alert {alert_id}; I take the alert {alert_id}
= acknowledged:bool, by:name

open_incident | Open an incident for a service.
service:host=Service; summary:phrase=What is wrong; severity:level=How bad it is
? Open a {severity} incident for {service}: {summary}.; {severity} incident on {service}: {summary};
Please open a {severity} incident about {summary} on the service {service};
Declare a {severity} incident in {service}: {summary}; incident {service}, {summary}, {severity};
{service} is broken, severity {severity}: {summary};
New incident "{summary}" at {service}, {severity}
= incident:code, commander:name

list_incidents | Incidents of a severity that are still open.
severity:level=low, medium, high or critical
? Which {severity} incidents are open?; Show me the open incidents with severity {severity};
How many incidents are {severity} right now?; What is burning with severity {severity}?;
List all {severity} severity incidents.; Are there still {severity} incidents?;
{severity} incidents please
= incidents:code_list

close_incident | Resolve an incident and note the cause.
incident_id:code=Incident; cause:phrase=What the cause was
? Close incident {incident_id}, the cause was {cause}.; We fixed {incident_id}, it was {cause}.;
The reason for incident {incident_id} was {cause}, close it; close {incident_id}: {cause};
Note {cause} as the cause and close incident {incident_id};
Incident {incident_id} is resolved, cause: {cause}; Resolve {incident_id} with the cause {cause}
= closed:bool, minutes_open:medium

page_engineer | Page the engineer on call of a team.
team:word=Team; message:phrase=What to tell them
? Page the {team} team: {message}.; Whoever has call duty in {team} should know about {message};
Wake up whoever is on call at {team} and say {message}; Call the {team} engineer, message {message};
Get me someone from team {team}, tell them {message}; page {team} about {message};
Page the engineer on call for {team} with {message}; We need the {team} team engineer for {message}
= paged:name, answered:bool

merge_pull_request | Merge a pull request of a repository.
number:large=Pull request; repo:word=Repository; squash:flag=As one commit
? Merge pull request {number} in {repo}.[squash: Squash it.]; merge {repo} {number}[squash: squash];
Can you merge request {number} into {repo}?[squash: Squash please.];
{number} in {repo} is ready, merge it.[squash: Squash it.];
Land request {number} on {repo}[squash: , squashed]; Merge #{number} of {repo}[squash: with squash];
Please merge {repo} {number}[squash: and squash]
= merged:bool, commit:code

trigger_build | Start a build of a branch.
project:word=Project; branch:word=Branch to build
? Build branch {branch} of {project}.; Trigger a {project} build for the branch {branch};
Kick off the build for {branch} in {project}; Run the CI of {project} on branch {branch};
Please compile {project}, branch {branch}; Start a build of {project} on {branch};
Can {project} be built from {branch}?; build {project} from branch {branch}
= build:code, queued:bool

get_build_result | Whether a build passed.
build_id:code=Build
? Did build {build_id} pass?; What is the result of build {build_id}?; Why is build {build_id} red?;
Show me how build {build_id} ended; Is build {build_id} green?; Check the build {build_id};
build {build_id} result; Has {build_id} passed?
= passed:bool, failed_tests:count, log:path

find_commit_author | Who wrote a commit.
commit:code=Commit
? Who wrote commit {commit}?; Tell me who is behind commit {commit}; Commit {commit}, who was that?;
Find the author of commit {commit}.; Who made the change {commit}?; Who is to blame for {commit}?;
Whose commit is {commit}?; author of {commit}
= author:name, email:email, date:date

tag_release | Tag a release of a repository.
repository:word=Repository; tag:code=Name of the tag; draft:flag=Do not publish it yet
? Tag {repository} as {tag}.[draft: Only a draft.]; New {repository} release: {tag}[draft: (draft)];
Can you make a release of the repository {repository} with the tag {tag}?[draft: As a draft.];
Make release {tag} of {repository}[draft: as a draft]; tag {repository} {tag}[draft: draft];
Put tag {tag} on {repository}[draft: , draft only];
Release {repository} as {tag}[draft: , as draft]
= tag:$tag, published:bool

request_review | Ask somebody to review a change.
change:code=Id of the change; reviewer:name=Who reviews it
? Ask {reviewer} to review {change}.; Can {reviewer} look at {change}?; review {change}: {reviewer};
Add {reviewer} as a reviewer of {change}; I want a code review by {reviewer} for {change};
Request a review of {change} from {reviewer}; {reviewer} should review change {change}
= requested:bool, open_reviews:digit

grant_role | Give a user a role.
username:name=User; role:word=Role to give
? Give {username} the role {role}.; {username} needs the {role} role; Make {username} a {role};
Add the role {role} to user {username}; grant {username} role {role}; Grant {role} to {username};
Please assign the {role} role to the user {username}; {username} should be {role} from now on
= granted:bool, roles:word_list

revoke_access | Take the access to something away from a user.
user_email:email=User; resource:word=What the user may no longer open
? Revoke access to {resource} for {user_email}.; Take away the {resource} access of {user_email};
Please end the access of {user_email} to {resource}; {user_email} must not use {resource} any more;
No more {resource} access for {user_email}; Remove {user_email} from {resource};
Lock {user_email} out of {resource}; revoke {resource} from {user_email}
= revoked:bool

reset_password | Send a user a link for a new password.
email:email=Address of the user
? Reset the password of {email}.; {email} forgot the password.; password reset for {email};
{email} needs a new password please; Let {email} choose a new password; Send {email} a new password;
I can not log in, my address is {email}; Can you send {email} a link for the password?
= sent:bool, expires:time

list_group_members | People in a user group.
group:word=Name of the group
? Who is in the group {group}?; Give me everybody in the {group} group; Who is a member of {group}?;
Which users belong to {group}?; Show me all people in {group}; Tell me the people in {group};
List the members of {group}.; members of group {group}
= group:$group, members:name_list

create_api_key | Create an API key that expires after some days.
label:word=What the key is for; valid_days:count=Days until it expires
? Create an API key {label} for {valid_days} days.; New key {label}, valid {valid_days} days;
I need an API key called {label} that lasts {valid_days} days; api key {label} {valid_days} days;
Make a {label} key that expires in {valid_days} days;
Issue a key for {label}, good for {valid_days} days;
For {valid_days} days I need a key named {label}
= key:code, expires:date

set_rollout | Switch a feature on for a share of the users.
feature:word=Name of the feature; percent:small=Share of users in percent
? Roll {feature} out to {percent} percent.; Increase {feature} to {percent} percent of the users;
{percent} percent of the users should see {feature}; rollout {feature} {percent} percent;
Set the rollout of {feature} to {percent} percent; Turn on {feature} for {percent} percent of users;
Give {feature} to {percent} percent of our users; Show the feature {feature} to {percent} percent
= feature:$feature, users:large

check_feature_flag | Whether a feature flag is on.
flag_name:word=Name of the flag
? Is the flag {flag_name} on?; Tell me if the {flag_name} feature is on; Is {flag_name} enabled?;
Is the feature {flag_name} switched on?; What is {flag_name} set to, on or off?; flag {flag_name};
Check the feature flag {flag_name}.; Did somebody turn on {flag_name}?
= enabled:bool, changed_by:name

start_backup | Back a database up to a file.
database:host=Database; target:path=File to write; encrypted:flag=Encrypt it
? Back up {database} to {target}.[encrypted: Encrypt it.];
I need the database {database} in the file {target}.[encrypted: It must be encrypted.];
Start a backup of {database} into {target}[encrypted: , encrypted please];
Dump {database} to {target}[encrypted: and encrypt it];
Backup {database} in {target}[encrypted: , encrypted];
Save {database} as {target}[encrypted: , encrypted];
backup {database} {target}[encrypted: encrypted]
= backup_id:code, megabytes:large

restore_backup | Restore a backup on a server.
backup_id:code=Backup; target_host:host=Server to restore it on
? Restore backup {backup_id} on {target_host}.; Please load {target_host} from backup {backup_id};
Put the backup {backup_id} onto the server {target_host}; Bring {backup_id} back on {target_host};
{target_host} lost its data, restore backup {backup_id}; On {target_host}, restore from {backup_id};
Recover {target_host} with the backup {backup_id}; restore {backup_id} to {target_host}
= restored:bool, minutes:small

add_dns_record | Add a DNS record to a domain.
domain:host=Domain; type:ticker=Type of the record; target:host=What it points to
? Add a {type} record for {domain} to {target}.; Point {domain} to {target} with a {type} record;
Create a DNS entry of type {type} from {domain} to {target};
The domain {domain} needs a {type} record to {target}; Let {domain} point at {target}, type {type};
dns {domain}, type {type}, target {target}; New DNS record: {domain} {type} {target}
= record_id:code, ttl:medium

resolve_hostname | Look up the address of a host name in DNS.
hostname:host=Name to look up
? What is the address of {hostname}?; Can you resolve the host {hostname} for me?; dns {hostname};
To which address does {hostname} resolve?; Where does the name {hostname} point?;
Which address does {hostname} have?; Look up {hostname} in DNS; Resolve {hostname}.
= address:code, ttl:medium

ping_host | Ping a host and measure how fast it answers.
host:host=Host; packets:digit=How many packets to send
? Ping {host} with {packets} packets.; How fast does {host} answer {packets} packets?;
Does {host} answer? Try {packets} packets.; Try to reach {host} with {packets} packets;
Please ping {host} {packets} times; Send {packets} pings to {host}; ping {host} {packets} times
= lost:digit, milliseconds:decimal

renew_certificate | Renew the TLS certificate of a domain.
domain:host=Domain of the certificate
? Renew the certificate of {domain}.; Can you extend the certificate of the domain {domain}?;
The certificate for {domain} runs out, renew it.; Please renew the TLS certificate for {domain};
{domain} needs a new TLS certificate; Get a fresh certificate for {domain}; renew {domain}
= renewed:bool, valid_until:date

rotate_image | Turn an image by some degrees.
image:path=Image file; degrees:count=Angle, clockwise
? Rotate {image} by {degrees} degrees.; Please rotate the picture {image} {degrees} degrees;
{image} is sideways, turn it by {degrees} degrees; Turn the image {image} {degrees} degrees;
Spin {image} around by {degrees} degrees; I want {image} turned {degrees} degrees;
rotate {degrees} degrees: {image}
= image:$image, saved:bool

transcribe_audio | Turn speech in a recording into text.
recording:path=Audio file; language:language=Language spoken
? Transcribe {recording}, it is in {language}.; Turn the {language} recording {recording} into text;
Please make a {language} transcript of the audio {recording}; transcribe {recording} {language};
What is said in {recording}? They speak {language}.; I need the text of {recording} in {language};
{recording} is a {language} recording, type it out; Write down the {language} speech in {recording}
= text:phrase, minutes:small

add_watermark | Write a line of text across an image.
image:path=Image; caption:phrase=Text to write; color?:color=Color of the text
? Add the watermark {caption} to {image}[color: in {color}];
Stamp the image {image} with the line {caption}[color: , {color} please];
Watermark {image} with "{caption}"[color: in {color}]; Put {caption} on {image}[color: in {color}];
Image {image}, text {caption}[color: in {color}]; watermark {caption} on {image}[color: , {color}];
Write {caption} on {image}[color: in {color}]
= output:path

summarize_document | Sum a document up in few words.
document:path=File to summarize; max_words:count=Longest summary
? Summarize {document} in {max_words} words.; Shorten the document {document} to {max_words} words;
Give me a summary of {document}, at most {max_words} words;
What is {document} about, in {max_words} words?; In {max_words} words, what does {document} say?;
Sum up {document} in {max_words} words please; summary of {document}, {max_words} words
= summary:phrase, words:count

count_words | Count the words in a text file.
file:path=Text file
? How many words are in {file}?; How many words did I write in {file}?; Count the words in {file}.;
How long is the text {file}?; Number of words in {file}; word count of {file}; words {file}
= words:large, lines:medium

check_spelling | Check a text for spelling mistakes.
text:phrase=Text to check; language:language=Language of the text
? Check the spelling of "{text}" in {language}.; Are there mistakes in the {language} text {text}?;
Did I spell {text} right in {language}?; Please check my {language} text: {text};
Proofread "{text}", it is {language}; spell check {language}: {text}; Is {text} correct {language}?
= mistakes:digit, corrected:phrase

get_atomic_mass | Atomic mass of a chemical element.
element:word=Name of the element
? What is the atomic mass of {element}?; Tell me the atomic mass of {element} please;
Which atomic mass does {element} have?; How heavy is an atom of {element}?; atomic mass {element};
Give me the mass of {element}.; Look up the element {element}
= mass:decimal, symbol:letter

convert_units | Convert a value from one unit to another.
value:amount=Number to convert; from_unit:word=Unit of the number; to_unit:word=Unit wanted
? Convert {value} {from_unit} to {to_unit}.; Change the unit: {value} {from_unit} into {to_unit};
I have {value} {from_unit}, what is that in the unit {to_unit}?;
How many {to_unit} are {value} {from_unit}?; What is {value} {from_unit} in {to_unit}?;
{value} {from_unit} in {to_unit} please; units: {value} {from_unit} to {to_unit}
= result:decimal, unit:$to_unit

read_sensor | Newest reading of a sensor.
sensor_id:code=Sensor
? Read sensor {sensor_id}.; What is the reading of {sensor_id}?; What did {sensor_id} last measure?;
What does sensor {sensor_id} show?; Show the latest reading of {sensor_id}; sensor {sensor_id};
Which value does the sensor {sensor_id} report?; Give me the newest value from sensor {sensor_id}
= value:decimal, unit:word, time:time

calibrate_sensor | Correct a sensor by an offset.
sensor_id:code=Sensor; offset:decimal=What to add to its readings
? Calibrate sensor {sensor_id} with offset {offset}.; Add {offset} to what sensor {sensor_id} reads;
Sensor {sensor_id} is off by {offset}, correct it; Use an offset of {offset} for sensor {sensor_id};
Set the offset of {sensor_id} to {offset}; Adjust the sensor {sensor_id} by {offset};
calibrate {sensor_id} {offset}
= calibrated:bool, reading:decimal

schedule_maintenance | Plan the maintenance of a machine.
machine:code=Machine; date:date=Day; technician:name=Who does it
? {technician} should service {machine} on {date}; {date}: {technician} maintains machine {machine};
Schedule maintenance of the machine {machine} on {date} with {technician};
Plan maintenance of {machine} by {technician} on {date};
Put {technician} on the {machine} service for {date}; maintenance {machine}, {date}, {technician};
Let {technician} look after {machine} on {date}
= job:code, starts_at:time

report_defect | Report faulty pieces found in a batch.
batch:code=Batch; pieces:count=How many; defect:phrase=What is wrong with them
? Report {pieces} faulty pieces in {batch}: {defect}.;
Note {pieces} defects in batch {batch}, all of them {defect};
Found {pieces} with the defect {defect} in {batch}; {pieces} pieces of {batch} are faulty: {defect};
defect {defect}, {pieces} pieces, batch {batch}; In batch {batch}, {pieces} pieces have {defect};
Batch {batch} has {pieces} bad parts, {defect}
= report:code, batch_blocked:bool

move_pallet | Move a pallet to another bay of the warehouse.
pallet_id:code=Pallet; bay:ticker=New place
? Move pallet {pallet_id} to bay {bay}.; Could the forklift take {pallet_id} over to {bay}?;
Pallet {pallet_id} belongs in bay {bay}, move it; Bay {bay} is free, move {pallet_id} there;
Bring the pallet {pallet_id} to {bay}; Put {pallet_id} into bay {bay}; pallet {pallet_id} to {bay}
= moved:bool, bay:$bay

find_storage_bin | Find the bin in which an article is stored.
article:code=Article number; warehouse:city=Warehouse
? Where is article {article} stored in {warehouse}?; In which bin of {warehouse} is {article}?;
Which shelf in the warehouse {warehouse} holds {article}?; bin for {article} in {warehouse};
Find the bin of {article} in the {warehouse} warehouse.; Where do I find {article} in {warehouse}?;
{warehouse} warehouse: where is article {article}?
= bin:code, aisle:letter, pieces:count

locate_vehicle | Where a vehicle of the fleet is.
plate:code=License plate
? Where is the vehicle {plate}?; Find the vehicle with the plate {plate}; Position of {plate};
Where is the van {plate} right now?; On which road is the truck {plate}?; Locate {plate}.;
Show me where our car {plate} is; locate vehicle {plate} please
= place:city, speed:small, driver:name

log_refuel | Record that a vehicle was refuelled.
plate:code=Vehicle; litres:amount=Litres of fuel; price:amount=What it cost
? Refuelled {plate}: {litres} litres for {price} euros.; {plate} took {litres} litres, cost {price};
I put {litres} litres of fuel into {plate} and paid {price};
Log {litres} litres at {price} dollars for {plate}; Vehicle {plate} got {litres} litres for {price};
refuel {plate}, {litres} litres, {price} euros; fuel {plate}, {litres} litres, {price} dollars
= entry:code, litres:$litres

dispatch_truck | Send a truck from a depot to two stops.
depot:city=Where it starts; first_stop:city=First stop; last_stop:city=Second stop
? Send a truck from {depot} to {first_stop}, then {last_stop}.;
Deliver from {depot} to {first_stop} first and {last_stop} second;
From {depot} to {first_stop} and on to {last_stop}, by truck;
Start in {depot}, stop in {first_stop}, then {last_stop}; truck {depot}, {first_stop}, {last_stop};
Dispatch a truck: {depot}, {first_stop}, {last_stop};
Truck from {depot} via {first_stop} to {last_stop}
= truck:code, kilometres:medium, arrival:time

read_meter | Current reading of an energy meter.
meter_id:code=Meter
? What does meter {meter_id} show?; How much energy has meter {meter_id} counted?; meter {meter_id};
What is on the electricity meter {meter_id}?; Get the reading of energy meter {meter_id};
Current reading of the meter {meter_id}; Tell me what {meter_id} reads now; Read meter {meter_id}.
= reading:large, unit:word

submit_meter_reading | Hand a meter reading in to the energy company.
meter_id:code=Meter; reading:large=What the meter shows; read_on:date=Day of the reading
? Submit {reading} for meter {meter_id} on {read_on}.; Send in {meter_id}, {reading}, {read_on};
Hand in {reading} as the reading of {meter_id} for {read_on};
meter {meter_id} reading {reading} date {read_on}; Meter {meter_id} showed {reading} on {read_on};
On {read_on} meter {meter_id} was at {reading}; Report {reading} on {meter_id}, day {read_on}
= accepted:bool, used:medium

start_irrigation | Water a field for some minutes.
field:word=Field; minutes:count=How long
? Water the field {field} for {minutes} minutes.; irrigation {field} {minutes} minutes;
The {field} field is dry, give it {minutes} minutes of water; Irrigate {field}, {minutes} minutes;
{minutes} minutes of water for the field {field} please;
Start the irrigation of {field} for {minutes} minutes;
Run the sprinklers on {field} for {minutes} minutes
= started:bool, litres:large

record_harvest | Record how much was harvested from a field.
crop:word=Crop; kilograms:amount=Weight in kilograms; field:word=Field
? We harvested {kilograms} kg of {crop} from field {field}.;
Write down that {field} yielded {kilograms} kg of {crop};
Record {kilograms} kilograms of {crop} from {field}; harvest: {crop}, {kilograms} kg, field {field};
Note a {crop} harvest of {kilograms} kg in {field}; Field {field} gave {kilograms} kg of {crop};
The {crop} harvest on {field} was {kilograms} kg
= saved:bool, season_total:large

check_soil_moisture | How wet the soil of a field is.
field:word=Field
? How wet is the soil in {field}?; What is the moisture in the soil of field {field}?;
Tell me how wet the {field} field is; Check the soil moisture of {field}.; Does {field} need water?;
Is the soil on {field} too dry?; Is the field {field} dry?; soil moisture {field}
= moisture:decimal, needs_water:bool
"""
