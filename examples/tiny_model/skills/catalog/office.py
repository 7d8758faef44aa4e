"""Functions of offices and public services, in the format of `catalog`: calendars, mail, documents,
projects, staff, support, sales, surveys, schools, libraries, permits and hospitals.
"""

CATALOG = """
list_events | List the calendar events of a day.
date:date=Day to look at
? What events do I have on {date}?; List my events for {date}.; What is on my calendar {date}?;
Show the calendar for {date}; events {date}; Do I have anything planned for {date}?;
Which appointments are in my calendar on {date}?; What does my day look like on {date}?
= events:phrase_list

find_free_slot | Find a free time at which a person can meet.
person:name=Whose calendar; day:date=Day to search; minutes:small=Length of the meeting
? When is {person} free for {minutes} minutes on {day}?;
Find a free slot of {minutes} minutes with {person} on {day}.;
Find {minutes} free minutes on {day} for {person};
Does {person} have {minutes} minutes free on {day}?; free slot {person}, {day}, {minutes} minutes;
On {day} I need {minutes} minutes with {person}; Any {minutes} minute gap for {person} {day}?
= starts_at:time, ends_at:time

reschedule_meeting | Move a meeting to another day and time.
meeting_id:code=Meeting to move; new_date:date=New day; time:time=New start
? Reschedule meeting {meeting_id} to {new_date} at {time}.;
Move meeting {meeting_id} to {time} on {new_date};
Put {meeting_id} off until {new_date}, {time}; Shift {meeting_id} to {new_date} at {time} please;
{meeting_id} should be on {new_date} at {time} instead;
reschedule {meeting_id}, {new_date} {time}; Can meeting {meeting_id} be at {time} on {new_date}?
= meeting_id:$meeting_id, moved:bool

decline_invitation | Say no to an invitation and tell why.
event_id:code=Event invited to; reason:phrase=Reason given to the organiser
? Decline the invitation {event_id} because of {reason}.;
Decline {event_id}, reason: {reason}; I can't come to {event_id} because of {reason};
Say no to {event_id}, the reason is {reason}; Because of {reason} I must decline {event_id};
Turn down invitation {event_id} with reason {reason}; No to invitation {event_id}: {reason}
= event:$event_id, answer:state

invite_attendee | Invite somebody to a meeting.
attendee:email=Address of the guest; meeting_id:code=Meeting
? Invite {attendee} to meeting {meeting_id}.; Add {attendee} to the attendees of {meeting_id};
Send an invite for {meeting_id} to {attendee}; Please ask {attendee} to join meeting {meeting_id};
{attendee} should attend {meeting_id}; Could you invite {attendee} for the meeting {meeting_id}?;
invite {attendee}, meeting {meeting_id}; Meeting {meeting_id} needs one more attendee, {attendee}
= invited:bool, attendees:count

forward_message | Forward a mail to somebody else.
message_id:code=Message to pass on; recipient:email=Who gets it
? Forward message {message_id} to {recipient}.; Pass the mail {message_id} on to {recipient};
Please forward {message_id} to {recipient}; {recipient} should get a copy of message {message_id};
forward {message_id} {recipient}; Send {recipient} the message {message_id} I received;
Can you forward to {recipient} the mail {message_id}?; Let {recipient} see message {message_id}
= forwarded:bool

search_inbox | Search the inbox for mails.
sender:name=Who wrote; keyword:word=Word in the mail
? Search my inbox for mails from {sender} about {keyword}.;
Did {sender} send me a mail about {keyword}?; Find the mail from {sender} that mentions {keyword};
inbox search: {keyword} from {sender}; Look in the inbox for {keyword}, sender {sender};
What did {sender} write to me about {keyword}?; Search for {keyword} in the mails by {sender}
= message_id:code, subject:phrase, received:date

archive_thread | Archive a mail thread.
thread_id:code=Thread
? Archive thread {thread_id}.; Move the thread {thread_id} to the archive;
Please archive {thread_id}; I am done with mail thread {thread_id}; archive {thread_id};
Put the conversation {thread_id} into the archive; Clear thread {thread_id} out of my inbox
= archived:bool

snooze_message | Hide a message until a later day.
message_id:code=Message; until:date=Day it comes back
? Snooze message {message_id} until {until}.; Hide {message_id} until {until};
Show me message {message_id} again on {until}, snooze it; Snooze {message_id} to {until} please;
snooze {message_id} {until}; Bring the message {message_id} back on {until};
I will read {message_id} on {until}, hide it for now; Let message {message_id} sleep till {until}
= message:$message_id, returns_on:$until

count_unread | Count the unread mails in a folder.
folder:word=Mail folder
? How many unread mails are in {folder}?; unread in {folder}?; Do I have unread mail in {folder}?;
Count the unread mails in the {folder} folder.; Number of unread messages in the folder {folder};
How much in {folder} have I not read yet?; Tell me how many mails in {folder} are still unread
= plain:count

set_autoreply | Answer incoming mail automatically while away.
text:phrase=Text of the answer; start:date=First day; end:date=Last day
? Set an autoreply from {start} to {end} saying {text}.;
Answer my mail with {text} from {start} until {end};
Autoreply "{text}", {start} to {end}; I am away {start} to {end}, reply {text} to all mail;
Reply {text} automatically from {start} to {end};
Until {end}, starting {start}, answer mail with {text};
From {start} till {end} my out of office text is {text}
= active:bool

draft_reply | Write a draft that answers a message.
mail_id:code=Message to answer; body:phrase=What to say; reply_all:flag=Answer all recipients
? Draft a reply to {mail_id} saying {body}.[reply_all: Reply to all.];
Reply to {mail_id} with {body}[reply_all: , to all];
Answer {mail_id}: {body}[reply_all: (to everyone)];
Write a draft for {mail_id}: {body}[reply_all: , to all recipients];
Prepare the answer {body} to {mail_id}[reply_all: for all];
draft reply {mail_id}, {body}[reply_all: , reply all];
Say {body} to the sender of {mail_id}.[reply_all: Reply to everyone.]
= draft_id:code

mute_channel | Stop notifications of a chat channel.
channel:word=Channel; hours:digit=How many hours
? Mute the channel {channel} for {hours} hours.;
No notifications from {channel} for {hours} hours; Silence {channel} for {hours} hours please;
For {hours} hours I want no noise from {channel}; mute {channel} {hours} hours;
{channel} is noisy, mute it for {hours} hours; Stop notifications of {channel} for {hours} hours
= channel:$channel, muted:bool

lookup_phone_number | Look up the phone number of a contact.
contact:name=Name in the address book
? What is the phone number of {contact}?; Look up the number of {contact}.;
phone {contact}; How can I reach {contact} by phone?; Do we have a number for {contact}?;
I want to call {contact}, what's the number?; Which telephone number does {contact} have?
= contact:$contact, phone:large

add_contact | Save a person in the address book.
name:name=Name of the person; email:email=Mail address; company:proper=Employer
? Add {name} from {company} to my contacts, email {email}.;
Save the contact {name}, {email}, {company}; {name} of {company} has the address {email}, save it;
New contact: {name} at {company}, {email}; I met {name} from {company}, save the address {email};
Put {name} ({email}) of {company} into the address book; add contact {email}, {name}, {company}
= contact_id:code

share_document | Share a document with a person.
path:path=Document; email:email=Who may see it; editable:flag=Allow changes
? Share {path} with {email}.[editable: Let them edit it.];
Share the document {path} with {email}[editable: , editable];
Give {email} access to {path}[editable: with the right to edit];
{email} should see {path}[editable: and edit it];
Let {email} open {path}[editable: and make changes]; share {path} {email}[editable: , editable];
Share with {email} the file {path}[editable: for editing]
= link:code, shared:bool

move_to_folder | Move a file into a folder.
path:path=File to move; folder:word=Target folder
? Move {path} to the folder {folder}.; Put {path} into {folder};
The file {path} belongs in the {folder} folder; Please move the file {path} into {folder};
move {path} {folder}; File {path} under {folder}; Shift {path} over to the folder {folder}
= moved:bool

summarize_report | Summarize a report in a few sentences.
path:path=The report; sentences:digit=How many sentences
? Summarize the report {path} in {sentences} sentences.;
Summary of {path} in {sentences} sentences; What does {path} say, in {sentences} sentences?;
Sum up {path}, {sentences} sentences please; Shorten the report {path} to {sentences} sentences;
{sentences} sentence summary of {path}; Can you summarize {path} in {sentences} sentences?
= plain:phrase

request_signature | Ask somebody to sign a contract.
contract:code=Contract; signer:email=Who signs; deadline:date=Last day to sign
? Request a signature on {contract} from {signer} by {deadline}.;
{signer} has to sign {contract} by {deadline}; Ask {signer} to sign {contract} until {deadline};
Get {contract} signed by {signer}, deadline {deadline};
signature {contract}, {signer}, {deadline}; By {deadline} {signer} must sign contract {contract};
Send {contract} to {signer} for signing, due {deadline}
= request_id:code, status:state

add_task | Add a task to a project.
title:phrase=What is to be done; project:proper=Name of the project; due:date=Due date
? Add the task {title} to project {project}, due {due}.;
New task in {project}: {title}, due {due}; In project {project} we have to {title} by {due};
Put {title} on the task list of {project} for {due}; Add a to-do {title} due {due} in {project};
add task {title}, {project}, {due}; The project {project} needs a task {title} until {due}
= task_id:code

complete_task | Mark a task as done.
task_id:code=Task
? Mark task {task_id} as done.; Complete task {task_id}; I finished task {task_id}.;
Task {task_id} is done; Tick off {task_id}; {task_id} done; We completed {task_id} at last
= task_id:$task_id, open_tasks:count

list_overdue_items | List the work of a project that is overdue.
project:proper=Project name
? What is overdue in {project}?; List the overdue items of {project}.; overdue {project};
Which items of the project {project} are late?; Show everything overdue in project {project};
Are there overdue items in {project}?; What should have been done already in project {project}?
= items:phrase_list

prioritize_task | Set how important a task is.
task_id:code=Task; priority:level=New priority
? Set the priority of task {task_id} to {priority}.; Task {task_id} is {priority} priority;
Prioritize {task_id} as {priority}; Make {task_id} a {priority} priority task;
priority {priority} for {task_id}; How important is {task_id}? Set it to {priority};
Change task {task_id} to {priority}; Please give the task {task_id} {priority} priority
= task:$task_id, priority:$priority

log_hours | Log the hours worked on a task.
hours:digit=Hours worked; task_id:code=Task worked on; note?:phrase=What was done
? Log {hours} hours on {task_id}.[note: Note: {note}.];
I worked {hours} hours on {task_id}[note: , {note}];
{hours} hours for {task_id}[note: with note {note}]; log {task_id} {hours} hours[note: , {note}];
Book {hours} hours to {task_id}[note: , I did {note}];
{task_id} took me {hours} hours[note: , note: {note}];
Add {hours} hours to {task_id}[note: and note {note}]
= entry_id:code, total_hours:medium

get_project_progress | Tell how far a project has come.
project:proper=Name of the project
? How far is project {project}?; What is the progress of {project}?;
progress {project}; Give me a progress report on {project}; How much of {project} is finished?;
How is the project {project} coming along?; Is project {project} making progress?
= percent_done:int, status:state

move_card | Move a card on the board to another column.
card_id:code=Card; column:word=Column to move to
? Move card {card_id} to {column}.; Card {card_id} belongs in {column}; card {card_id} to {column};
Put the card {card_id} into the column {column}; Drag {card_id} to the {column} column;
Please move {card_id} over to column {column}; On the board, push card {card_id} into {column}
= card:$card_id, column:$column

request_leave | Request days off for an employee.
employee:name=Who is away; start:date=First day off; end:date=Last day off
? Request leave for {employee} from {start} to {end}.;
{employee} wants leave from {start} until {end}; Leave request: {employee}, {start} to {end};
From {start} to {end} {employee} needs days off; Can {employee} be off from {start} to {end}?;
Please request leave from {start} till {end} for {employee};
Ask for days off from {start} to {end} for {employee}
= request_id:code, status:state

get_vacation_balance | Vacation days an employee has left.
employee:name=Name of the employee
? How many vacation days does {employee} have left?; What is the vacation balance of {employee}?;
vacation balance {employee}; Show the remaining vacation of {employee}.;
How much holiday can {employee} still take?; Check how many days of vacation {employee} has;
Has {employee} any vacation left?; Tell me the holiday balance for {employee}
= days_left:small, days_taken:small

approve_absence | Approve a request for absence.
request_id:code=Request to approve
? Approve the absence {request_id}.; The absence request {request_id} is fine, approve it;
Approve request {request_id}; Please grant absence {request_id}; absence {request_id} approved;
I agree with the absence {request_id}; Say yes to the absence request {request_id}
= request_id:$request_id, approved:bool

download_payslip | Get a payslip as a file.
employee_id:code=Personnel number; pay_date:date=Day of payment
? Download payslip {pay_date} of {employee_id}.;
Get the payslip of {pay_date} for {employee_id}; I need the {pay_date} payslip for {employee_id};
payslip {employee_id} {pay_date}; Fetch the pay slip of {employee_id}, paid {pay_date};
{employee_id} needs the payslip of {pay_date}; Where is the {pay_date} payslip of {employee_id}?
= file:path, net_pay:decimal

raise_salary | Raise the salary of an employee.
employee:name=Who gets more; percent:digit=Raise in percent
? Raise the salary of {employee} by {percent} percent.;
Give {employee} a raise of {percent} percent; {employee} gets {percent} percent more salary;
salary of {employee} up {percent} percent; Increase the pay of {employee} by {percent} percent;
A {percent} percent raise for {employee} please; {percent} percent more pay for {employee}
= employee:$employee, new_salary:medium

rate_applicant | Save how well an applicant did.
name:name=Who applied; score:digit=One to nine points; comment?:phrase=Remark
? Rate applicant {name} with {score}.[comment: Comment: {comment}.];
Applicant {name} got {score}[comment: , {comment}];
{name} applied, I give {score}[comment: , comment: {comment}];
rate applicant {name} {score}[comment: , {comment}];
I met {name}, score {score}[comment: , {comment}];
{score} points for {name}[comment: , noting {comment}];
Save score {score} for {name}[comment: , note {comment}]
= saved:bool, average_score:decimal

list_applicants | List the people who applied for a job.
position:phrase=Title of the job
? Who applied for the position {position}?;
List the applicants for {position}.; Show all applicants for the job {position};
applicants {position}; How many people want the {position} job, and who are they?;
Which candidates do we have for {position}?; Give me the names of the applicants for {position}
= applicants:name_list

claim_expense | Claim money back that an employee has spent.
employee:name=Who paid; amount:amount=Amount spent; purpose:phrase=Spent on what
? Claim {amount} dollars for {employee}, spent on {purpose}.;
{employee} paid {amount} for {purpose}, claim it; Expense of {employee}: {amount} for {purpose};
File a claim of {amount} for {purpose} by {employee};
expense {employee} {amount} {purpose}; {employee} wants back {amount} euros spent on {purpose};
Claim back the {amount} {employee} spent on {purpose}
= claim_id:code, status:state

escalate_issue | Escalate a support issue to another team.
issue_id:code=Issue; team:word=Team that takes over
? Escalate issue {issue_id} to the {team} team.; Escalate {issue_id} to {team};
The team {team} must handle issue {issue_id}; Please hand the support issue {issue_id} to {team};
Issue {issue_id} is too hard for us, escalate it to {team}; escalate {issue_id}, team {team};
Bring {team} in on issue {issue_id}; Pass issue {issue_id} up to the team {team}
= issue:$issue_id, escalated:bool

close_ticket | Close a support ticket.
ticket:code=Ticket; solution:phrase=How it was solved; notify:flag=Tell the customer
? Close ticket {ticket} with the solution {solution}.[notify: Notify the customer.];
{ticket} is solved by {solution}, close it[notify: and notify them];
Close {ticket}: {solution}[notify: , notify customer];
We fixed {ticket} with {solution}, close it.[notify: Tell the customer.];
close ticket {ticket}, {solution}[notify: , notify];
Ticket {ticket} is done, solution {solution}[notify: , notify the customer];
Mark {ticket} solved with {solution}[notify: and tell the customer]
= ticket:$ticket, status:state

search_help_articles | Search the help center for articles.
topic:phrase=What the article is about
? Search the help articles for {topic}.; Is there a help article about {topic}?;
Find help on {topic}; help {topic}; Where do I find help with {topic}?;
Show articles on {topic} from the help center; What does the help center say about {topic}?
= article:phrase, article_id:code

transfer_chat | Hand a customer chat over to a department.
chat_id:code=Chat; department:word=Department that continues
? Transfer chat {chat_id} to {department}.; Hand the chat {chat_id} to the {department} department;
The customer in chat {chat_id} wants to talk to {department};
Please transfer {chat_id} to the department {department}; chat {chat_id} to {department};
Let {department} continue the chat {chat_id}; Connect chat {chat_id} with {department}
= transferred:bool, agent:name

create_lead | Save a company that may buy as a sales lead.
company:proper=Company; contact:name=Person there; budget:amount=Budget in dollars
? Create a lead for {company}, contact {contact}, budget {budget}.;
New lead: {contact} at {company}, budget {budget};
{contact} of {company} may buy for {budget} dollars; Save the lead {company}, {contact}, {budget};
lead {company}, {contact}, {budget}; {company} may spend {budget}, add {contact} as a lead;
Add a lead worth {budget} for {contact} of {company}
= lead_id:code

qualify_lead | Check whether a lead is worth a call.
lead_id:code=Lead to check
? Qualify lead {lead_id}.;
Is lead {lead_id} worth a call?; Is {lead_id} a qualified lead?; How promising is lead {lead_id}?;
Should we call the lead {lead_id}?; qualify {lead_id}; Check whether {lead_id} is a good lead
= lead:$lead_id, qualified:bool, score:int

update_deal_stage | Change the stage a deal is in.
deal_id:code=Deal; stage:word=New stage
? Update deal {deal_id} to the stage {stage}.;
Deal {deal_id} is now in stage {stage}; Set the stage of {deal_id} to {stage};
Change deal {deal_id} to {stage}; deal {deal_id} stage {stage};
Move the deal {deal_id} on to {stage}; We have reached {stage} with deal {deal_id}
= deal:$deal_id, stage:$stage

add_survey_question | Add a question to a survey.
survey:code=Survey; question:phrase=The question; required:flag=It must be answered
? Add the question {question} to survey {survey}.[required: It is required.];
Survey {survey} should ask {question}[required: as required];
New question for {survey}: {question}[required: (required)];
Put {question} into the survey {survey}[required: , required];
survey {survey}, add {question}[required: , required];
Ask {question} in {survey} too[required: , it must be answered];
Please add {question} to {survey}.[required: Everyone must answer it.]
= question_number:small

get_survey_results | Get the answers to a survey.
survey_id:code=Survey
? What are the results of survey {survey_id}?; Show the survey results for {survey_id}.;
How did people answer survey {survey_id}?; results {survey_id}; Get me the results of {survey_id};
I want to see the answers to survey {survey_id}; Is there a result for survey {survey_id} yet?
= answers:count, average:decimal

detect_language | Detect the language of a text.
text:phrase=Text in an unknown language
? Which language is "{text}"?; Detect the language of {text}.; What language is {text} written in?;
language of "{text}"; In which language is {text}?; Find out the language of the text "{text}";
I got a text that says {text}, what language is that?; Can you recognise the language of {text}?
= language:language, confidence:decimal

reserve_desk | Reserve a desk in the office.
floor:digit=Floor of the building; day:date=Day
? Reserve a desk on floor {floor} for {day}.; On {day} I work on floor {floor}, reserve a desk;
I need a desk on {day} on floor {floor}; Get me a place to work on floor {floor} for {day};
Book me a desk, floor {floor}, {day}; Is there a desk for me on floor {floor} {day}? Reserve it;
desk floor {floor} {day}; Please keep a desk free for me on {day}, floor {floor}
= desk:code, reserved:bool

find_meeting_room | Find a meeting room that is big enough.
seats:small=Seats needed; date:date=Day; time:time=Start
? Find a meeting room with {seats} seats on {date} at {time}.;
Which room has {seats} seats free on {date} at {time}?;
We are {seats} people and need a room on {date} at {time};
meeting room {date} {time}, {seats} seats; Is a room for {seats} free at {time} on {date}?;
At {time} on {date} I need a room for {seats}; Find a room for {seats} people, {date}, {time}
= room:proper, floor:digit

release_room | Give a booked room free again.
booking_id:code=Booking of the room
? Release the room of booking {booking_id}.;
We don't need the room {booking_id} any more.; Give the room with booking {booking_id} free;
release {booking_id}; Cancel the room booking {booking_id};
Please release the booked room {booking_id}; Others can have the room booked as {booking_id}
= released:bool

register_visitor | Announce a visitor at the reception.
visitor:name=Guest; host:name=Who is visited; arrival:date=Day of the visit
? Register the visitor {visitor} for {host} on {arrival}.;
{visitor} will visit {host} on {arrival}; Visitor {visitor} comes to see {host} on {arrival};
On {arrival} {visitor} is a visitor of {host}; register {visitor}, host {host}, {arrival};
Announce that {visitor} visits {host} on {arrival}; {host} has a visitor on {arrival}, {visitor}
= badge:code, registered:bool

get_timetable | Lessons of a school class.
class_name:code=School class
? What is the timetable of class {class_name}?;
Show the timetable for {class_name}.; Which lessons does class {class_name} have?;
timetable {class_name}; I need the timetable of the class {class_name};
When does {class_name} have lessons?; Give me the schedule of lessons for class {class_name}
= lessons:word_list, first_lesson:time

drop_course | Take a student out of a course.
student:name=Student; course:word=Course to leave
? {student} wants to drop {course}.; Drop the course {course} for {student};
Take {student} out of the {course} course; Remove the student {student} from {course};
{student} leaves the course {course}; drop {course}, student {student};
Please sign {student} off from {course}; The student {student} no longer takes {course}
= dropped:bool, courses_left:digit

mark_absent | Mark a pupil as absent from school.
pupil:name=Pupil; date:date=Day missed; excused:flag=There is an excuse
? Mark {pupil} as absent on {date}.[excused: It is excused.];
{pupil} is absent on {date}[excused: and excused];
{pupil} was away on {date}[excused: , excused]; On {date} {pupil} was absent[excused: , excused];
absent: {pupil}, {date}[excused: , excused]; Note {pupil} as absent {date}[excused: , excused];
Pupil {pupil} stays at home {date}[excused: , excused]
= saved:bool, absent_days:small

place_hold | Put a library book on hold for a reader.
title:phrase=Title of the book; card:code=Library card
? Place a hold on {title} for card {card}.; Put the book {title} on hold for {card};
Hold {title} for the reader with card {card}; Card {card} wants the book {title} when it is back;
hold {title} card {card}; My card is {card}, please hold the book {title};
Keep {title} in the library for card {card}; The reader {card} would like {title}, place a hold
= hold_id:code, waiting:digit

renew_loan | Renew the loan of a library book.
loan_id:code=Loan
? Renew loan {loan_id}.; I want to keep the book {loan_id} longer, renew the loan;
Extend my library loan {loan_id}; Can I renew the loan {loan_id}?;
renew {loan_id}; Please renew the library book {loan_id}; Loan {loan_id} should run longer
= renewed:bool, due:date

lookup_statute | Look up a paragraph of a law.
law:proper=Name of the law; paragraph:small=Number of the paragraph
? What does paragraph {paragraph} of the {law} law say?;
Look up paragraph {paragraph} of {law}.; Show me {law} law, paragraph {paragraph};
statute {law} paragraph {paragraph}; In the {law} statute, what is in paragraph {paragraph}?;
I need the statute {law}, paragraph {paragraph}; Read paragraph {paragraph} in the law {law}
= plain:phrase

request_building_permit | Request a building permit from the town hall.
project:phrase=What is to be built; owner:name=Who applies; address:street=Where
? Request a building permit for {project} at {address} for {owner}.;
{owner} wants to build {project} at {address}; Permit request: {project}, {address}, {owner};
permit {project}, {address}, {owner}; Get {owner} a building permit at {address} for {project};
At {address} {owner} needs a permit for {project}; May {owner} build {project} at {address}?
= application:code, fee:small

get_court_date | When a case is heard in court.
case_number:code=Number of the case
? When is case {case_number} in court?;
What is the court date of case {case_number}?; court date {case_number};
When will the court hear {case_number}?; Which day is the hearing of case {case_number}?;
Tell me the court date for {case_number}; Has the court set a date for case {case_number}?
= date:date, court:city

extend_license | Make a license valid for longer.
license:code=License number; years:digit=Years to add
? Extend license {license} by {years} years.; Make license {license} valid for {years} more years;
My license {license} runs out, extend it by {years} years;
{years} more years for license {license} please; Prolong the license {license} by {years} years;
extend {license} {years} years; I want to keep {license} for another {years} years
= valid_until:year, fee:small

admit_patient | Admit a patient to the hospital.
patient:name=Name of the patient; ward:letter=Ward; reason:phrase=Why
? Admit {patient} to ward {ward} due to {reason}.;
Patient {patient} goes to ward {ward}, {reason}; {patient} stays in ward {ward} due to {reason};
admit {patient}, ward {ward}, {reason}; New patient with {reason} for ward {ward}: {patient};
Ward {ward} gets the patient {patient}, {reason}; With {reason}, {patient} belongs in ward {ward}
= patient_id:code, bed:small

discharge_patient | Let a patient go home from the hospital.
patient_id:code=Patient number
? Discharge patient {patient_id}.;
Patient {patient_id} may go home; Please discharge the patient with number {patient_id};
discharge {patient_id}; The patient {patient_id} leaves the hospital today, discharge them;
Send patient {patient_id} home; {patient_id} is well again and can leave the hospital
= discharged:bool, letter:path

find_specialist | Find a medical specialist with free appointments.
specialty:word=Field of medicine; city:city=Where
? Find a {specialty} specialist in {city}.; I need a specialist for {specialty} in {city};
Which {specialty} doctor in {city} has free appointments?;
specialist {specialty} {city}; Look for an appointment with a {specialty} specialist in {city};
Is there a doctor for {specialty} in {city}?; Who in {city} is a specialist in {specialty}?
= doctor:name, next_appointment:date
"""
