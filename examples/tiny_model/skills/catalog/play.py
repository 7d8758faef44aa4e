"""Functions of play: games, sport, music, films, photos, crafts, parties, museums and clubs."""

CATALOG = """
get_now_playing | Song that a radio station plays at this moment.
radio:proper=Name of the station
? What plays on {radio} now?; Which song is {radio} playing?; I hear radio {radio}, what plays?;
now playing: {radio}; Name the song on {radio}.; Get the song on {radio}; {radio}: what is playing?
= title:phrase, artist:proper

list_podcast_episodes | Episodes of a podcast.
show:phrase
? podcast {show}, episodes; Which episodes has podcast {show}?; I want to see the {show} episodes;
List the podcast {show}.; {show} episodes please; Any new {show} episode?; Show podcast {show}
= episodes:phrase_list, newest:date

find_sheet_music | Find the printed music of a piece.
piece:phrase
? Find sheet music for {piece}.; Any music sheet of {piece}?; I need to play {piece}, get the notes;
sheet music {piece}; Get the score of {piece}; {piece} as sheet music; Where are notes for {piece}?
= file:path, pages:small

get_film_cast | Actors of a film.
film:phrase
? Who is in the cast of {film}?; Who plays in the film {film}?; {film}, who acts in that film?;
cast of {film}; Get the cast of {film}.; I saw {film}, name the cast; Which actors has {film}?
= actors:name_list, year:year

solve_crossword_clue | Words that fit the clue of a crossword.
clue:phrase
? What word fits the clue {clue}?; I am stuck at {clue}, solve it; Any crossword word for "{clue}"?;
Solve the clue {clue}.; crossword clue: {clue}; {clue}, which crossword word?; Help me solve {clue}
= answers:word_list

get_league_table | Ranking of the teams of a league.
league:proper
? Who leads league {league}?; How is the table of {league}?; {league} league, who is on top?;
Get the {league} table.; {league} league table; I want the {league} table; Show league {league}
= leader:proper, points:small

shuffle_deck | Shuffle several decks of cards.
decks:digit
? I need {decks} shuffled decks; Please shuffle {decks} decks; Can you shuffle {decks} decks?;
Shuffle {decks} decks.;
Mix {decks} decks of cards; {decks} decks, shuffled; {decks} decks to shuffle
= cards:medium, deck_id:code

count_followers | How many people follow an account.
user:word
? How many people follow {user}?; {user}: how many followers?; Who follows {user}? Count them;
Count {user}'s followers; followers of {user}; Number of {user} followers; {user} follower count
= followers:large

get_museum_admission | What it costs to enter a museum.
museum:proper
? What is admission at {museum}?; Get the price of museum {museum}; I visit {museum}, which price?;
admission {museum}; Is museum {museum} free?; {museum}, museum admission; What does {museum} cost?
= adults:decimal, children:decimal

list_club_members | Everybody who belongs to a club.
club:proper
? List the members of {club}.; Who is in the club {club}?; I need the {club} member list;
club {club}, members; Name all of club {club}; Has {club} any members?; {club} club: who is in it?
= members:name_list, count:count

unfollow_account | Stop following somebody on the network.
user:word
? unfollow account {user}; I do not want to follow {user} any more; The account {user}, unfollow it;
Unfollow {user}.; Stop following {user}; Can I unfollow {user}?; No more {user} posts, unfollow
= unfollowed:bool, following:count

sharpen_photo | Make a blurred photo sharper.
photo:path
? Make photo {photo} sharper; {photo} is blurred, sharpen it; Is {photo} blurred? Sharpen it!;
Sharpen {photo}.; sharper photo: {photo}; Can you sharpen {photo}?; I want {photo} to be sharp
= file:path

suggest_party_games | Games to play with guests.
guests:count
? Suggest games for {guests}.; party games, {guests} guests; {guests} guests, what games?;
Party of {guests}, games?; We are {guests}, any game?; {guests} guests play what?;
Party game for {guests}?
= games:phrase_list

get_chess_rating | How strong a chess player is.
player:name
? Get the rating of {player}.; How good at chess is {player}?; I need the rating of {player};
chess rating {player}; How is {player} rated?; {player}: chess rating?; Which rating has {player}?
= rating:medium, rank:large

find_knitting_pattern | Find instructions for knitting something.
garment:phrase
? Find a {garment} pattern.; {garment}, any knitting pattern?; Is there a pattern for {garment}?;
I want to knit {garment}; knitting: {garment}; How do I knit {garment}?; Get me {garment} to knit
= pattern:path, hours:small

get_breed_standard | What judges of a pet show look for in a breed.
breed:proper
? Get the {breed} standard.; What is standard for {breed}?; I breed {breed}, any standard?;
breed standard {breed}; How must a {breed} look?; {breed} standard please; {breed}: breed standard?
= kilograms:small, colors:color_list

explain_game_rules | Explain how a game is played.
game:proper
? Explain the rules of {game}.; I do not know {game}, explain it; Can you explain the game {game}?;
How is {game} played?; rules of {game}; {game}: what are the rules?; How do I win at {game}?
= rules:phrase, players:digit

get_origami_steps | How to fold a figure out of paper.
figure:word
? Get {figure} origami steps.; {figure} in origami, which steps?; A paper {figure}, step by step;
How do I fold a {figure}?; origami {figure}; Fold a {figure} from paper; I want to fold a {figure}
= steps:small, paper:color

move_song | Move a song inside the playlist.
to:small; song:small=Present position
? In place {to} I want to have song number {song}; I want song number {song} to be number {to};
song {song} to place {to}; Move song {song} to place {to}.; To place {to}, move song {song};
Song number {song} should be in place {to}; Can song {song} move to place {to}?
= moved:bool, songs:count

substitute_player | Change a player during a match.
off:name=Who leaves the field; on:name
? {on} comes on as a substitute for {off}; We need {on} on the field and {off} off;
Substitute {off}, bring {on} on.; Player {off} is tired, send on {on}; Can {on} replace {off}?;
{on} comes on for player {off}; substitution: {on} in, {off} out; Let {on} play instead of {off}
= changes_left:digit

record_match_score | Write down how a match ended.
guests:digit; home:digit=Goals of the home team
? Record {home} for home, {guests} for the guests; The guests scored {guests}, the home team {home};
Home {home}, guests {guests}; Score {home} home, {guests} guests; Guests {guests}, home {home};
The match ended with home {home}, guests {guests}; We guests scored {guests}, the home team {home}
= match:code, winner:proper

create_game_board | Make a board for a game.
rows:digit; cols:digit
? Create a board of {cols} columns and {rows} rows.; Our game has {cols} columns and {rows} rows;
{rows} rows, {cols} columns; {cols} columns, {rows} rows please; board: {rows} rows, {cols} columns;
Can I have a board, {cols} columns, {rows} rows?; The board should have {cols} columns, {rows} rows
= board_id:code

print_bingo_cards | Print cards for playing bingo.
size:small=Numbers on each card; cards:count
? {size} numbers on each of {cards} cards please; We need {cards} cards with {size} numbers each;
{cards} cards of {size} numbers; {cards} cards, {size} numbers; {size} bingo numbers, {cards} cards;
Print {cards} bingo cards of {size} numbers.; Can you print {cards} cards of {size} numbers?
= file:path, sheets:small

draw_gift_exchange | Draw by lot who gives a present to whom.
max:count=Most that a present may cost; people:count=How many take part
? Draw a gift exchange of {people}, limit {max}; Up to {max} euros each, {people} people give gifts;
{people} of us, gift limit {max}; We are {people}, limit {max}; gift limit {max}, {people} people;
{people} people exchange gifts up to {max} euros; Let {people} people exchange {max} dollar gifts
= draw_id:code

trade_stickers | Find somebody to trade stickers of an album with.
want:small=Number of the missing sticker; give:small
? For sticker {want} I trade my sticker {give}; I have {give} twice and need sticker {want};
Trade my {give} for {want}.; I give {give} and want {want}; sticker trade: give {give}, want {want};
Get me sticker {want}, I give away {give}; Who trades sticker {want} for my {give}?
= partner:name, found:bool

estimate_yarn | How much yarn a knitted piece needs.
width:medium=In centimetres; long:medium=Length in centimetres
? Estimate yarn for {long} cm long, {width} cm wide; How much yarn? {long} cm long, {width} cm wide;
yarn: {long} long, {width} wide; {width} wide, {long} long, yarn?; {long} long, {width} wide scarf;
I knit {width} cm wide and {long} cm long, yarn?; Yarn for {width} cm of width, {long} cm of length
= grams:medium, balls:digit

mix_paint | Mix two paints.
tint:color=Paint to take a little of; base:color=Paint to take most of
? A drop of {tint} goes into the {base} paint; Mix mostly {base} paint with a bit of {tint};
base {base}, tint {tint}; Tint the {base} paint with {tint}; Mix {base} paint with a little {tint}.;
I want {base} paint with a tint of {tint}; Can you add a touch of {tint} to my {base}?
= result:color, millilitres:medium

set_team_colors | Set the colors a team plays in.
shirt:color; short:color=Color of the shorts
? The team wants {short} shorts, {shirt} shirts; Our team has {short} shorts and {shirt} shirts;
{short} shorts, {shirt} shirts; shirts {shirt}, shorts {short}; team: {short} shorts, {shirt} shirt;
{shirt} shirts please, and shorts in {short}; Set shirts to {shirt} and shorts to {short}.
= saved:bool

find_carpool | Find a shared car between two places.
to:city; from:city
? From {from}, does anybody share a car to {to}?; Can I share a car to {to}, starting in {from}?;
Find a carpool from {from} to {to}.; I live in {from} and want a carpool to {to};
Who drives from {from} to {to}?; carpool {from} to {to}; To {to} from {from}, any carpool?
= driver:name, leaves:time

transfer_club_membership | Pass a club membership on to somebody else.
heir:name=Who gets it; from:name=Who leaves the club
? {from} leaves the club, {heir} is the new member; Can {from} transfer the membership to {heir}?;
{heir} takes over from {from}; from {from} to {heir}, transfer; {from} hands over to {heir};
Transfer the membership of {from} to {heir}.; {heir} is a member now in place of {from}
= transferred:bool, card:code

nominate_candidate | Propose somebody in the elections of a club.
candidate:name; by:name=Who proposes the candidate
? Can you note that {by} nominates {candidate}?; {by} thinks {candidate} would be a good candidate;
{by} nominates {candidate}; {by} wants to nominate {candidate}; {candidate} is nominated by {by};
{by} proposes {candidate}; candidate {candidate}, by {by}
= accepted:bool, candidates:digit

start_metronome | Tick in time for practising music.
bar:digit=Beats in a bar; speed:medium=Beats a minute
? metronome at {speed} bpm, {bar} beats in the bar; I play at {speed} bpm with {bar} beats in a bar;
start {speed} bpm, {bar} per bar; {bar} beats a bar, {speed} bpm; Start {speed} bpm, bars of {bar};
For {bar} beats a bar, start it at {speed} bpm; Can it tick at {speed} bpm, {bar} beats a bar?
= running:bool

rename_photo_album | Give a photo album another title.
title:phrase=New title; album:phrase=Present title
? Change the name of album {album} to {title}; Can you rename photo album {album} to {title}?;
Rename {album} to {title}.; album {album}, new name {title}; Give {album} the name {title};
My album {album} should be named {title}; Use {title} as the new name of {album}
= photos:medium

copy_photo_style | Make a photo look like another one.
photo:path; model:path=Photo with the style
? Copy the style of photo {model} to {photo}.; Use the style of {model} on my photo {photo};
Make {photo} look like {model}; {photo} in the style of {model}; style {model}, photo {photo};
I like {model}, give {photo} the same style; Can {photo} get the style of photo {model}?
= file:path

add_soundtrack | Put music under a video.
video:path; music:path
? Add {music} as soundtrack to video {video}.; I want {music} as the soundtrack of {video};
Put {music} under video {video}; music {music}, video {video}; Let {music} play in video {video};
The video {video} lacks music, add {music}; Can you add the music {music} to {video}?
= file:path, seconds:medium

introduce_friends | Write to a friend who another friend is.
friend:name; to:name=Who gets to know the friend
? Send {to} an introduction of {friend} by mail; Can you introduce my friend {friend} to {to}?;
Introduce {friend} to {to}.; introduction of {friend} to {to}; {to} should get to know {friend};
Let {to} get to know my friend {friend}; Tell {to} who my friend {friend} is
= sent:bool

invite_to_party | Invite somebody to a party.
host:name=Who gives the party; guest:name
? {host} gives a party and wants {guest} to come; To the party of {host}, please invite {guest};
Invite {guest} to {host}'s party.; party of {host}, guest {guest}; {host} wants to invite {guest};
Ask {guest} to come to the party of {host}; {guest} should be invited by {host}
= invited:bool, guests:count

order_party_food | Order food and drinks for a party.
drink:count=Number of bottles; food:count=Number of pizzas
? Our party needs {drink} bottles, {food} pizzas; Can you order {drink} drinks and {food} pizzas?;
Get {food} pizzas, {drink} drinks; {food} pizzas, {drink} bottles; {drink} drinks, {food} pizzas;
Party order: {food} pizzas and {drink} drinks; For a party, {food} pizzas and {drink} bottles
= total:decimal, ready_at:time

convert_baking_pan | Adapt a recipe to another size of pan.
own:small; old:small=Diameter in the recipe
? The recipe says {old} cm, my pan has {own} cm; I bake with a {own} cm pan, not with {old} cm;
Convert {old} cm to my {own} cm.; pan {own} cm instead of {old}; I own {own} cm, not {old} cm;
My pan is {own} cm, the recipe has {old} cm; It needs a {old} cm pan but I own {own} cm
= factor:decimal, minutes:small

enter_pet_show | Enter an animal in a pet show.
pet:name; owner:name
? {owner} enters the pet {pet} in the show; {pet} is in the show, {owner} is the owner;
Enter {pet}, owner {owner}.; pet {pet} of owner {owner}; {owner} wants to show pet {pet};
For its owner {owner}, enter pet {pet}; Can {owner} enter a pet named {pet}?
= start_number:small, class:word

score_show_animal | Give an animal at a show its points.
points:small; id:small=Start number of the animal
? Score animal number {id} with {points} points.; The judge gave {points} points to animal {id};
{points} points for animal {id}; Animal {id} gets {points} points; animal {id}, score {points};
Can animal {id} get a score of {points}?; I think animal {id} deserves {points} points
= total:medium, rank:small

draw_tournament_groups | Draw the groups of a tournament.
groups:digit; teams:count
? tournament of {groups} groups and {teams} teams; Can you put {teams} teams into {groups} groups?;
{teams} teams, {groups} groups; {teams} teams in {groups} groups; {groups} groups, {teams} teams;
Please draw {groups} groups for {teams} teams.; We have {teams} teams and need {groups} groups
= draw:code, largest:digit

calculate_running_pace | Minutes a runner takes for each kilometre.
time:small=In minutes; km:small
? In {time} minutes I run {km} km, which pace is it?; What pace is {km} km in {time} minutes?;
{km} km, {time} minutes, pace?; {time} minutes, {km} km, my pace?; I ran {time} minutes, {km} km;
Calculate the pace of {km} km in {time} minutes; running pace: {km} kilometres in {time} minutes
= pace:decimal

seek_episode | Jump to a place in the episode of a podcast.
sec:small=Second; min:small=Minute
? Play the episode from minute {min}, second {sec}; I want second {sec} in minute {min}, seek it;
minute {min}, second {sec}; Seek minute {min}, second {sec}; Second {sec} of minute {min};
Go to second {sec} of minute {min} please; In the episode, go to minute {min}, second {sec}
= playing:bool

book_school_visit | Announce a school class to a museum.
staff:digit=Number of teachers; kids:count=Number of pupils
? School visit, {kids} pupils and {staff} teachers; Can {staff} teachers and {kids} pupils visit?;
{kids} pupils, {staff} teachers; {staff} teachers, {kids} pupils; Book {kids} kids, {staff} staff;
{staff} teachers visit with {kids} pupils; We {staff} teachers bring {kids} pupils
= visit_id:code, price:decimal

plan_hike | Find a hike for a travel group.
climb:medium=Metres to climb; km:small=Length of the hike
? Let us hike {km} km and climb {climb} metres; A hike please: climb {climb} metres, walk {km} km;
hike: {km} km, climb {climb}; Plan {km} km, {climb} metres up; {climb} metres up, {km} km hike;
We want to climb {climb} metres on {km} km; Any hike of {km} km that climbs {climb} metres?
= trail:phrase, hours:digit

change_meeting_point | Tell a travel group where to meet instead.
new:street=Where to meet now; old:street=Where we wanted to meet
? Change the meeting point from {old} to {new}.; The group should meet at {new} and not at {old};
We meet at {new}, not {old}; meeting point {new}, not {old}; Meet at {new} instead of {old};
Move our meeting point from {old} to {new}; Not {old}, but {new} is our meeting point
= told:count

find_joint_films | Films that a director made with an actor.
director:name; actor:name
? films with the actor {actor}, director {director}; Which films of {director} does {actor} act in?;
Did {director} direct {actor}?; {actor} in films by {director}; {director} films with {actor};
Find films of director {director} with {actor}.; In which films did {director} direct {actor}?
= films:phrase_list, first:year

set_film_languages | Set the languages of the film that is playing.
subs:language; voice:language
? I want {voice} voices and {subs} subtitles; Can the film have {subs} subtitles, {voice} voices?;
{voice} film, {subs} subtitles; {subs} subtitles, {voice} voices; film in {voice}, {subs} subtitles;
Set the film to {voice} with {subs} subtitles.; Let the film speak {voice}, subtitles in {subs}
= changed:bool

reserve_clubhouse | Reserve the house of a club for some days.
last:date; first:date
? From {first} to {last}, reserve the clubhouse; Our club needs the house from {first} until {last};
clubhouse {first} to {last}; Clubhouse until {last}, from {first}; Reserve from {first} to {last};
We need the clubhouse until {last}, from {first}; Can we have the clubhouse from {first} to {last}?
= reserved:bool, fee:decimal

record_club_vote | Save how the members of a club voted.
no:count=Votes against it; yes:count
? {no} members were against, {yes} voted in favor; We had {yes} votes in favor and {no} against;
{yes} voted yes, {no} no; {no} against, {yes} in favor; vote: {yes} for it, {no} against;
Record {yes} votes in favor, {no} against.; The club voted, {yes} for and {no} against
= passed:bool, vote_id:code

sell_raffle_tickets | Mark raffle tickets as sold.
last:code; first:code
? We sold the raffle tickets up to {last}, from {first}; Can I sell tickets from {first} to {last}?;
Sell {first} up to {last}.; raffle: {first} to {last} sold; I sold {first} up to {last};
Raffle tickets from {first} to {last} are sold; Mark as sold: first ticket {first}, last {last}
= sold:count, takings:decimal

play_audio_guide | Play what the audio guide of a museum says.
stop:small=Number at the exhibit; language:language
? In {language}, what does stop {stop} tell?; Give me the {language} audio guide for stop {stop};
{language} guide, stop {stop}; Play stop {stop} in {language}.; {language} audio at stop {stop};
I am at stop {stop}, play the guide in {language}; Let me hear the {language} audio at stop {stop}
= seconds:medium

tag_friend_in_photo | Mark who is seen in a photo.
photo:path; friend:name
? Mark my friend {friend} in the photo {photo}; On photo {photo} you see {friend}, please tag;
Tag {friend} in {photo}.; photo {photo}, tag {friend}; I want {friend} tagged in {photo};
{friend} is on the photo {photo}, add a tag; Can you tag my friend {friend} in {photo}?
= tagged:bool, faces:digit

reply_to_comment | Answer a comment below a post.
comment:code; reply:phrase
? I want to reply {reply} to comment {comment}; Under comment {comment} please reply {reply};
Comment {comment}: reply {reply}; reply {reply}, comment {comment}; Reply to {comment}: "{reply}";
Answer the comment {comment} with {reply}; My reply to comment {comment} is {reply}
= reply_id:code

crop_photo | Cut a photo to a size in pixels.
height:medium; width:medium; file:path
? I have the photo {file} and need it cropped to a width of {width} and a height of {height} pixels;
Crop {file} to width {width}, height {height}.; Crop photo {file}, {height} high, {width} wide;
Cut {file} to height {height}, width {width}; {file}: crop, width {width}, height {height};
Make {file} {width} wide and {height} high; {file}, cropped, {width} wide, {height} high
= file:path

transpose_song | Move a song from one key to another.
to:letter=New key; source:letter=Present key; song:phrase
? {song} is in {source}, I want it in {to}; I sing the song {song} in {to} instead of {source};
song {song}, {source} to {to}; {song}, key {source}, to {to}; Move {song} from {source} to {to};
From {source} to {to}, transpose {song}; Transpose the song {song} from {source} to {to}.
= sheet:path

log_goal | Note a goal of the running match.
minute:small; scorer:name; pass:name=Who gave the ball to the scorer
? In minute {minute} we saw a beautiful goal by {scorer} after a pass that came from {pass};
Goal: {scorer}, pass {pass}, minute {minute}; Minute {minute}: pass {pass}, goal {scorer};
Log minute {minute}, {scorer} after pass by {pass}; {pass} passed, {scorer} scored, minute {minute};
Minute {minute}, goal {scorer}, pass {pass}; Log {scorer} as scorer, {pass} passed, minute {minute}
= home:digit, guests:digit

transfer_player | Move a player from one club to another.
buyer:proper=Club that buys; player:name; old:proper=Club that sells
? From {old}, the player {player} moves to {buyer}; {player} plays for {buyer}, no longer for {old};
{player} from {old} to {buyer}; {buyer} buys {player} from {old}; {old} sells {player} to {buyer};
Can you transfer {player} from {old} to {buyer}?; The player {player} of {old} moves to {buyer}
= transferred:bool, contract_until:date

record_broadcast | Record a program of a radio station.
radio:proper=Name of the station; end:time; start:time
? From {start} to {end}, record the station {radio}; Broadcast on {radio}, start {start}, end {end};
{radio} from {start} to {end}; {start} to {end}, record {radio}; Record {start} to {end} on {radio};
Can you record {radio} from {start} until {end}?; recording of radio {radio}, {start} to {end}
= recording:path, megabytes:medium

loan_artwork | Lend a work of art to another museum.
to:proper=Museum that borrows it; owner:proper=Museum that owns it; work:phrase
? Send {work} of museum {owner} on loan to {to}; Can museum {to} have the work {work} from {owner}?;
{owner} loans {work} to {to}; Loan {work} from {owner} to {to}.; {to} borrows {work} from {owner};
From museum {owner} to {to}, the artwork {work}; artwork {work}, owner {owner}, on loan to {to}
= loan_number:code, insured_for:large

search_films | Films of one kind made between two years.
before:year; after:year; genre:word
? Which films of the genre {genre} were made after the year {after} but before the year {before}?;
{genre} films after {after}, before {before}; {genre} films before {before}, after {after};
I like {genre} after {after}, before {before}; Find {genre} films after {after}, before {before};
Search {genre}, after {after}, before {before}; Before {before}, after {after}, any {genre} film?
= titles:phrase_list, best:phrase

credit_song | Save who wrote a song.
song:phrase; words:name; music:name
? The song {song} has music by {music} and words by {words}, please give the two credit for it;
{song}: music {music}, words {words}; Song {song}, words {words}, music {music};
Credit {song}: words {words}, music {music}; Words by {words}, music by {music}, song {song};
{music} composed {song}, {words} wrote words; Credit {music} for music, {words} for words, {song}
= registered:bool, work_number:code

create_poll | Ask the followers to choose one of two answers.
ask:phrase=Question; one:word; two:word
? In a poll, let people choose between {one} and {two}, the question they answer is {ask};
Poll: {ask}, first {one}, second {two}; Create a poll on {ask}, {one} or {two}.;
{one} or {two}? Create the poll {ask}; First {one}, second {two}, poll {ask};
I want a poll about {ask}: {one} or {two}; Ask {ask} in a poll, answers {one} and {two}
= poll_id:code

dedicate_song | Have a song played on the radio for somebody.
to:name=Who is greeted; sender:name=Who sends the greeting; song:phrase
? Dedicate {song} to {to}, love from {sender}; Play the song {song} for {to} from {sender};
From {sender} to {to}: {song}; song {song}, {sender} to {to}; {sender} dedicates {song} to {to};
For {to} play {song}, it is from {sender}; {sender} wants to dedicate {song} to {to}
= plays_at:time

seat_guest | Give a guest a seat at a party.
seat:digit; table:small; guest:name
? Which table? Put our guest {guest} at table {table}, where the seat number {seat} is still free;
{guest}: table {table}, seat {seat}; Seat {guest} at table {table}, chair {seat}.;
Seat {seat} of table {table} for my guest {guest}; I want {guest} at table {table} in seat {seat};
At table {table}, keep seat {seat} for {guest}; Can {guest} have the seat {seat} at table {table}?
= seated:bool, free_seats:small

compose_menu | Write the menu of a dinner party.
sweet:phrase=Dessert; first:phrase=Starter; main:phrase
? I cook {main} as main course after the starter {first}, with {sweet} for dessert, write a menu;
menu: first {first}, main {main}, sweet {sweet}; Compose: {first}, main course {main}, then {sweet};
First {first}, then {main}, for dessert {sweet}; Start with {first}, main {main}, end with {sweet};
menu: main {main}, dessert {sweet}, first {first}; Dessert {sweet}, starter {first}, main {main}
= menu:path, minutes:medium

replace_recipe_ingredient | Change an ingredient in a saved recipe.
recipe:phrase; new:word=Goes in; old:word=Comes out
? For the recipe {recipe}, put {new} instead of {old}; I cook {recipe} with {new} instead of {old};
{recipe} with {new}, not {old}; recipe {recipe}: {new}, not {old}; {recipe}: {new} replaces {old};
Use {new} and not {old} in the recipe {recipe}; Can the recipe {recipe} have {new}, no {old}?
= saved:bool, calories:medium

schedule_rehearsal | Call a choir or band together to practise.
hour:time; band:proper=Name of the choir or band; day:date
? Schedule a rehearsal of {band} for {day} at {hour}; Can {band} have a rehearsal at {hour}, {day}?;
rehearsal {band}, {day}, {hour}; {day}, {hour}: band {band} meets; {band} rehearses {day} at {hour};
The choir {band} should rehearse {day} at {hour}; At {hour}, {day}, I want to rehearse with {band}
= rehearsal:code, room:room

postpone_club_meeting | Move the meeting of a club to a later day.
new:date=New day; day:date=Day it was planned for; club:proper
? The club {club} should meet {new}, not {day}; From {day} to {new}, postpone the club {club};
club {club}: {new}, not {day}; {club} meets {new}, not {day}; Postpone {club} from {day} to {new}.;
Move the {club} meeting from {day} to {new}; Can club {club} meet {new} instead of {day}?
= told:count

schedule_post | Publish a post at a later time.
hour:time; text:phrase; day:date
? Schedule the post {text} for {day}, {hour}; Can you schedule {text} to be posted {day} at {hour}?;
Post "{text}" {day} at {hour}.; post {text}, {day}, {hour}; At {hour}, {day}, I want to post {text};
{day} at {hour}, publish my post {text}; The post {text} should go out {day} at {hour}
= post_id:code

enter_team | Enter a team in a league.
captain:name; league:proper; team:proper
? The team {team} with its captain {captain} would like to enter the league {league} this year;
team {team}, captain {captain}, league {league}; League {league}: captain {captain}, team {team};
Enter {team} in {league}, captain {captain}.; In {league}, enter {team}, captain {captain};
Captain {captain} enters {team} in {league}; Can {captain} enter team {team} in {league}?
= entered:bool, fee:decimal
"""
