"""Functions of trade and money: shops, delivery, customers, banks, insurance, taxes, auctions,
homes and stocks. The format is that of `catalog`.
"""

CATALOG = """
remove_cart_item | Take an item out of the shopping cart.
item:phrase=What to take out
? Remove {item} from my cart.; I do not want {item} any more, remove it from the cart;
Please get {item} out of my cart.; Delete {item} from the cart; cart without {item} please;
Take {item} out of the shopping cart; Can you drop {item} from my basket?
= removed:bool, total:decimal

validate_coupon | Check whether a coupon can still be used.
coupon_code:ticker=Code printed on the coupon
? Is the coupon {coupon_code} still valid?; I found the voucher {coupon_code}, is it any good?;
Please check if {coupon_code} can still be used; Has my coupon {coupon_code} expired?;
check coupon {coupon_code};
Does the code {coupon_code} work?; Validate coupon {coupon_code}.; Can I still use {coupon_code}?
= valid:bool, expires:date

list_product_reviews | What buyers wrote about a product.
product_code:code=Article number
? List the reviews of {product_code}.; I want to read what others wrote about {product_code};
What do buyers say about product {product_code}?; Are there any reviews of product {product_code}?;
Show me all reviews for {product_code}; How do people like {product_code}?; reviews {product_code}
= average:decimal, reviews:phrase_list

print_return_label | Make a label for sending goods back.
purchase_id:code=Number of the purchase
? Print a return label for {purchase_id}.; Can I have the label for sending {purchase_id} back?;
I want to send back {purchase_id}, print the label; Please create the return label of {purchase_id};
return label {purchase_id} please;
Make me a return sticker for purchase {purchase_id}; I need a label to return {purchase_id}
= label:path, carrier:proper

get_loyalty_points | Number of bonus points a member has collected.
member_id:code=Number on the loyalty card
? How many points does member {member_id} have?; What is the bonus balance of member {member_id}?;
Tell me the points on loyalty card {member_id}; Has {member_id} collected any points?;
points of {member_id};
Show me how many bonus points {member_id} has collected; Get the loyalty points of {member_id}.
= points:medium, tier:word

close_bank_account | Close an account at the bank for good.
iban:code=Number of the account
? Close the bank account {iban}.; I no longer need account {iban}, shut it down;
End my contract for bank account {iban}; Please close account {iban} for good;
account {iban} should be closed; I would like to close {iban}; Shut down my account {iban}
= closed:bool, final_balance:decimal

approve_payment | Approve a payment that is waiting.
payment_id:code=Payment to release
? Approve payment {payment_id}.; Let the waiting payment {payment_id} go through;
Payment {payment_id} is fine, approve it; Please release the payment {payment_id};
Can you sign off payment {payment_id}?; I give my okay to payment {payment_id};
{payment_id} can be paid; approve {payment_id}
= approved:bool, paid_on:date

freeze_card | Block a bank card for a while.
card:code=Card to block; temporary:flag=Only for one day
? Freeze card {card}.[temporary: Only for a day.]; freeze {card}[temporary: , temporary];
Somebody stole card {card}. Freeze it![temporary: It is temporary.];
I lost my card {card}, block it[temporary: for a day]; Stop card {card}[temporary: for a day];
Please block the card {card}[temporary: , but only temporary]; Block {card}[temporary: for one day]
= card:$card, state:state

list_subscriptions | All running subscriptions of a person.
subscriber:name=Who pays for them
? Which subscriptions does {subscriber} have?; Show all running subscriptions by {subscriber};
List the subscriptions of {subscriber}.; Is {subscriber} subscribed to anything?;
Give me everything that {subscriber} has subscribed to; What does {subscriber} pay for every month?;
What is {subscriber} subscribed to?; subscriptions {subscriber}
= subscriptions:proper_list, monthly:decimal

get_highest_bid | The highest bid on an auction lot so far.
lot:code=Number of the lot
? What is the highest bid on {lot}?; Where does the auction for lot {lot} stand?; top bid {lot};
Highest bid for lot {lot} so far?; How much do people bid for {lot}?;
How high is the auction of {lot} by now?; Who offers the most for lot {lot}?;
Get me the best bid on lot {lot}
= bid:decimal, bidder:name

withdraw_bid | Take back a bid in an auction.
bid_id:code
? Withdraw my bid {bid_id}.; I do not want to bid any more, retract {bid_id};
Pull bid {bid_id} out of the auction; Can I take my bid {bid_id} back?;
I made bid {bid_id} by mistake, withdraw it; bid {bid_id} is no longer wanted, undo it;
Take back bid {bid_id} please
= withdrawn:bool

list_tenants | Who rents in a building.
building:street=Address of the building
? Who are the tenants of {building}?; Give me the names of all tenants at {building};
tenants {building};
Show the renters of the building at {building}; Which people live in the building {building}?;
Is anybody renting in {building}?; List the tenants in {building}.; Who rents at {building}?
= tenants:name_list

show_portfolio | Stocks that an investor holds.
investor:name=Name of the investor
? Show the portfolio of {investor}.; Display what {investor} has in the portfolio;
Which stocks does {investor} hold?; What has {investor} invested in?; portfolio {investor};
What shares does {investor} own?;
How is the portfolio of {investor} doing?; Let me see the stocks of {investor}
= symbols:ticker_list, worth:decimal

check_crypto_wallet | See how many coins a crypto wallet holds.
wallet:code=Address of the wallet
? Check the crypto wallet {wallet}.; Look into the wallet {wallet} and tell me what is there;
How many coins are in wallet {wallet}?; How much crypto do I have in {wallet}?; wallet {wallet};
What does my wallet {wallet} hold?; Are there any coins in {wallet}?
= coins:decimal, coin:ticker

find_ticker_symbol | Find the stock exchange symbol of a company.
company:proper=Name of the company
? What is the ticker symbol of {company}?; Look up the symbol of the company {company};
Is {company} listed, and under what symbol?; Under which symbol is {company} traded?;
Which stock symbol does {company} have?; Find the ticker for {company}.; ticker of {company} please
= symbol:ticker, exchange:city

checkout_basket | Buy everything in a basket.
basket:code=Basket to buy; gift:flag=Wrap it as a gift
? Check out basket {basket}.[gift: Wrap it as a gift.]; Buy basket {basket}[gift: and gift wrap it];
Order my basket {basket}[gift: as a gift]; checkout {basket}[gift: with gift wrap];
I am done shopping, check out {basket}.[gift: It is a gift.];
Basket {basket} is complete, go to checkout[gift: , make it a gift];
I want to buy everything in basket {basket}[gift: , gift wrapped]
= order_number:code, total:decimal

get_tax_rate | Sales tax rate of a country.
country:proper=Where the sale takes place
? What is the sales tax in {country}?; How many percent of tax do I pay in {country}?;
We sell to {country}, what is the tax there?; Which sales tax rate holds in {country}?;
How high are taxes in {country}?; Get the tax rate of {country}.; tax rate {country}
= percent:decimal, reduced:decimal

count_unpaid_invoices | How many invoices a client has not paid.
client:name=Name of the client
? How many invoices has {client} not paid?; What number of invoices is {client} behind with?;
Count the unpaid invoices of {client}.; Does {client} owe us any invoices?;
Number of open invoices for {client} please; How many bills of {client} are still open?;
unpaid invoices {client}
= unpaid:digit, owed:decimal

find_nearest_atm | Find the cash machine next to an address.
address:street=Where you are
? Find the nearest ATM to {address}.; I am at {address} and need cash, where is an ATM?;
Where is a cash machine near {address}?; Which ATM is next to {address}?; nearest ATM {address};
Is there a cash machine around {address}?; Where can I get cash close to {address}?
= atm:street, distance:medium

get_delivery_window | Hours between which a parcel will be delivered.
parcel:code=Parcel number
? When will parcel {parcel} be delivered?; Between which hours does the courier bring {parcel}?;
Tell me the delivery time of parcel {parcel}; Get the delivery window of {parcel}.;
I am waiting for the delivery of {parcel}, when should I be home?; delivery window {parcel};
At what hour is {parcel} delivered?
= earliest:time, latest:time

update_shelf_price | Give an article a new price.
sku:code=Article number; new_price:amount=Price from now on
? Update the price of {sku} to {new_price}.; Article {sku} should be sold at {new_price} euros;
Set the new price of article {sku} to {new_price} dollars; {sku} costs {new_price} from now on;
new price {new_price} for {sku}; Sell {sku} for {new_price};
Change the price of {sku}, it is {new_price} now; Make {new_price} the price of article {sku}
= sku:$sku, old_price:decimal

compare_products | Compare two products with each other.
first:phrase; second:phrase
? Compare {first} with {second}.; What is the difference between {first} and {second}?;
Put the products {first} and {second} side by side; Should I buy the product {first} or {second}?;
{first} versus {second};
Which is better, {first} or {second}?; How does {first} compare to {second}?
= winner:phrase, price_gap:decimal

redirect_parcel | Have a parcel brought to another address.
parcel:code=Which parcel; address:street=Where it should go instead
? Redirect parcel {parcel} to {address}.; Please bring my parcel {parcel} to {address} instead;
Parcel {parcel} should go to {address};
{address} is the new address for parcel {parcel}; redirect {parcel}, new address {address};
I am not at home, leave parcel {parcel} at {address}; Send {parcel} to another address: {address}
= redirected:bool, arrives:date

estimate_shipping_cost | What it costs to ship something.
weight:medium=Weight in grams; destination:city=Where it goes
? What does it cost to ship {weight} grams to {destination}?;
How much is it to send {weight} grams to {destination}?; ship {weight} g to {destination}, cost?;
Estimate the postage for {weight} grams to {destination}.; Postage to {destination}, {weight} grams;
Shipping cost to {destination} for {weight} grams;
My box weighs {weight} grams, tell me the cost of shipping it to {destination}
= cost:decimal, days:digit

upgrade_membership | Move a member to a better membership tier.
member:name=Name of the member; tier:word=Name of the tier
? Upgrade {member} to {tier}.; {member} gets the {tier} membership from now on;
Promote {member} to the tier {tier}; {tier} is the new tier of {member};
Move the membership of {member} up to {tier}; Give {member} the membership tier {tier};
membership upgrade for {member}: {tier}; Please make {member} a {tier} member
= upgraded:bool, fee:decimal

tag_customer | Put a tag on a customer.
customer_id:code=Customer number; tag:word=One word
? Tag customer {customer_id} as {tag}.; Please label the customer {customer_id} with {tag};
Add {tag} to the tags of {customer_id}; Mark {customer_id} with {tag}; tag {customer_id}: {tag};
Put the tag {tag} on customer {customer_id}; Customer {customer_id} gets the tag {tag}
= tags:word_list

withdraw_cash | Take cash out of an account.
account:code=Account to take it from; amount:amount=How much
? Withdraw {amount} from account {account}.; I need {amount} dollars in cash from {account};
From {account}, withdraw {amount};
Give me {amount} euros of cash from my account {account}; Get {amount} out of my account {account};
Take {amount} in cash out of account {account}; cash please: {amount} from account {account}
= withdrawn:$amount, balance:decimal

repay_loan | Pay a loan back in part.
loan_id:code=Number of the loan; instalment:amount=How much to pay
? Repay {instalment} of loan {loan_id}.; I want to pay off {instalment} of my loan {loan_id};
loan {loan_id}: repay {instalment};
Use {instalment} euros to pay down loan {loan_id}; Pay {instalment} dollars back on loan {loan_id};
My debt {loan_id} should shrink by {instalment}; Put {instalment} towards the loan {loan_id}
= remaining:decimal

dispute_charge | Complain to the bank about a wrong charge.
charge_id:code=The wrong charge; complaint:phrase=What is wrong with it
? Dispute the charge {charge_id}: {complaint}; Tell the bank that {charge_id} is wrong, {complaint};
The charge {charge_id} is wrong because {complaint}; dispute {charge_id} because {complaint};
I never agreed to charge {charge_id}, {complaint}; Contest charge {charge_id}, reason: {complaint};
I want to complain to the bank about charge {charge_id}: {complaint}
= dispute:code, state:state

split_bill | Divide a bill among friends.
total:amount=Sum of the bill; people:digit=Number of friends
? Split a bill of {total} among {people} people.; {people} friends share a bill of {total};
Divide {total} by {people} friends;
Please split {total} dollars between {people} people; What does each of {people} pay of {total}?;
We are {people} and the bill is {total}, what does each one pay?; bill {total}, split {people} ways
= each:decimal

set_card_limit | Set how much a card may spend in a day.
card:code=Card number; daily_limit:count=Most that can be spent in a day
? Set the limit of card {card} to {daily_limit}.; Allow {daily_limit} euros a day on card {card};
Change the daily limit to {daily_limit} for card {card}; Card {card} may spend {daily_limit} a day;
Nobody should spend more than {daily_limit} a day with {card}; card {card} limit {daily_limit};
Limit my card {card} to {daily_limit} dollars
= card:$card, limit:$daily_limit

renew_policy | Renew an insurance policy.
policy:code=Insurance policy; until:date=Last day of the renewed policy
? Renew policy {policy} until {until}.; Until {until} I still need the policy {policy}, so renew it;
Policy {policy} runs out, renew it until {until}; I want insurance {policy} to last until {until};
Extend my insurance {policy} to {until};
Please keep the insurance policy {policy} going until {until}; renew {policy}, end {until}
= renewed:bool, premium:decimal

check_coverage | Check whether an insurance pays for something.
policy:code=Number of the policy; treatment:phrase=What should be paid
? Does policy {policy} cover {treatment}?; Check the coverage of {treatment} under {policy}.;
I am insured under {policy}, am I covered for {treatment}?; coverage of {policy} for {treatment}?;
Who pays for {treatment}, does {policy} cover it?; Is {treatment} covered by my insurance {policy}?;
Will the insurance {policy} pay for {treatment}?
= covered:bool, own_share:decimal

submit_tax_return | Hand a tax return in at the tax office.
taxpayer:name=Whose taxes; year:year=Year of the income
? Submit the tax return of {taxpayer} for {year}.; File the taxes of {taxpayer} for the year {year};
{taxpayer} wants to submit the taxes for {year}; Hand in the {year} tax return for {taxpayer};
tax return {year}, {taxpayer};
Please send the tax office the return of {taxpayer} for {year}; Do the {year} taxes of {taxpayer}
= accepted:bool, refund:decimal

export_ledger | Save the bookkeeping of a year to a file.
fiscal_year:year=Which year; file:path=Where to save it
? Export the ledger of {fiscal_year} to {file}.; Write the {fiscal_year} ledger to the file {file};
Put all bookings of the year {fiscal_year} into {file}; I need the books of {fiscal_year} as {file};
Save the bookkeeping of {fiscal_year} in {file};
Please export to {file} the ledger for {fiscal_year}; ledger {fiscal_year} to {file}
= file:$file, bookings:medium

pause_subscription | Pause a subscription for some weeks.
sub_id:code=Subscription; weeks:digit=Length of the pause
? Pause subscription {sub_id} for {weeks} weeks.; No subscription {sub_id} for {weeks} weeks;
pause {sub_id} {weeks} weeks;
Take a break of {weeks} weeks from subscription {sub_id}; Hold subscription {sub_id} {weeks} weeks;
I am away for {weeks} weeks, pause my subscription {sub_id}; Stop {sub_id} for {weeks} weeks
= paused:bool, resumes:date

place_bid | Bid on a lot in an auction.
lot_number:code=Lot to bid on; bid:amount=What you offer
? Bid {bid} on lot {lot_number}.; I offer {bid} for lot {lot_number} in the auction;
At the auction, go up to {bid} for {lot_number}; Place a bid of {bid} dollars on {lot_number};
Bid on {lot_number} for me, {bid} please; My bid for {lot_number} is {bid};
lot {lot_number}: {bid} euros; Put {bid} on lot {lot_number}
= accepted:bool, leading:bool

set_stop_loss | Sell a stock automatically when it falls below a price.
stock:ticker=Symbol of the stock; floor:amount=Price at which to sell
? Set a stop loss for {stock} at {floor}.; I do not want to lose more, sell {stock} at {floor};
When the price of {stock} drops to {floor}, sell; Put a stop at {floor} on my {stock} shares;
Get rid of my {stock} stock as soon as it is under {floor}; Sell {stock} if it falls below {floor};
stop loss {stock} {floor}
= stop:code, active:bool

get_dividends | Dividends a stock paid in a year.
symbol:ticker=Symbol of the stock; year:year
? What dividends did {symbol} pay in {year}?; In {year}, how high was the dividend of {symbol}?;
Tell me the dividend of {symbol} stock for {year}; How much did {symbol} pay its owners in {year}?;
dividends {symbol} {year};
Did {symbol} pay a dividend in {year}?; Get the {year} dividends of {symbol}.
= dividend:decimal, paid_on:date

return_item | Send an item of an order back to the shop.
order:code=Order it came with; item:phrase=What goes back; reason:phrase=Why
? Return {item} from order {order} because {reason}.; return: order {order}, item {item}, {reason};
From order {order} I send back {item}, {reason}; {item} goes back due to {reason}, order {order};
I do not like {item} from {order} because {reason}, take it back; {order}: return {item}, {reason};
Send {item} of order {order} back, {reason}
= return_number:code, refund:decimal

exchange_article | Swap an article of an order for another one.
receipt:code=Number of the receipt; old:phrase; new:phrase=What you want instead
? Exchange {old} for {new}, receipt {receipt}.; I want {new} instead of {old}, receipt {receipt};
With receipt {receipt}, exchange {old} for {new}; I bought {old} ({receipt}) but want {new};
Take back {old} and give me {new}, receipt {receipt}; Can I swap {old} from {receipt} for {new}?;
Receipt {receipt}: swap {old} for {new}
= exchanged:bool, to_pay:decimal

write_review | Publish a review of a product.
product:phrase=Reviewed product; stars:digit=One to five; text:phrase=Words of the review
? Write a review of {product}: {stars} stars, "{text}"; Review {product} with {stars} stars: {text};
Publish my review of {product} with {stars} stars: {text}; Rate {product} {stars} and write {text};
{stars} stars for {product}, review: {text};
I want to review {product}, {stars} stars, {text}; {product} is worth {stars} stars, post {text}
= published:bool, review_id:code

watch_price | Mail somebody when a product gets cheap enough.
product:phrase=Product to watch; below:amount=Price to wait for; email:email=Who gets the mail
? Watch the price of {product} and mail {email} below {below}.;
{product} under {below}, notify {email};
Send {email} a mail once the price of {product} drops to {below};
When {product} is below {below}, mail {email}; Tell {email} if {product} is under {below};
Mail {email} as soon as {product} costs less than {below}; price watch: {product}, {below}, {email}
= watch_id:code, current_price:decimal

restock_warehouse | Order more pieces of an article for a warehouse.
sku:code=Article number; quantity:count=How many pieces; warehouse:city=City it stands in
? Restock {sku} in {warehouse} with {quantity} pieces.; Order {quantity} more {sku} for {warehouse};
Fill up {sku} by {quantity} in the {warehouse} warehouse; restock {quantity} x {sku} at {warehouse};
{warehouse} is out of {sku}, order {quantity}; Bring {warehouse} {quantity} more {sku};
The warehouse in {warehouse} needs {quantity} more of {sku}
= arrives:date, stock:medium

reserve_in_store | Have a shop keep an article for you.
article:phrase=What to keep; branch:city=City of the shop; day:date
? Reserve {article} in the {branch} store for {day}.; Keep {article} for me in {branch} until {day};
On {day} I come to {branch} for {article}, put it aside;
Please hold {article} at the shop in {branch} for {day};
I pick up {article} in {branch} on {day}, reserve it;
Ask the shop in {branch} to keep {article}, pickup {day}; store {branch}: reserve {article}, {day}
= reserved:bool, pickup_code:code

reschedule_delivery | Have a delivery come on another day.
delivery:code=Delivery to move; day:date=Which day; hour:time=From what time on
? Reschedule delivery {delivery} to {day} at {hour}.; Move the delivery {delivery} to {day}, {hour};
I am home at {hour} on {day}, bring {delivery} then;
Can {delivery} come another day, {day} at {hour}?; Make it {day} at {hour} for delivery {delivery};
Please deliver {delivery} on {day} at {hour} instead; delivery {delivery}, new day {day}, {hour}
= rescheduled:bool

award_points | Give bonus points to a customer.
customer:name=Who gets the points; points:count=How many; reason:phrase=What for
? Award {customer} {points} points for {reason}.; For {reason}, award {points} points to {customer};
Give {points} bonus points to {customer}, occasion: {reason};
Credit {customer} with {points} points because of {reason};
{customer} gets {points} points for {reason};
Thank {customer} for {reason} with {points} points; bonus for {customer}: {points} points, {reason}
= points:medium

open_savings_account | Open a savings account at the bank.
owner:name=Who owns it; currency:currency=Currency code; deposit:amount=First deposit
? Open a savings account for {owner} with {deposit} {currency}.;
With a deposit of {deposit} {currency}, {owner} opens an account;
New {currency} savings for {owner}, {deposit}; savings account {owner}, {deposit} {currency};
Put {deposit} {currency} into a new account for {owner}; {owner} wants to save {deposit} {currency};
Save {deposit} {currency} for {owner}
= account:code, interest:decimal

create_standing_order | Pay somebody the same amount every month.
payee:name=Who gets it; amount:amount=Monthly amount; start:date=When to start
? Create a standing order of {amount} to {payee} from {start}.;
Set up a monthly payment of {amount} for {payee} from {start};
Every month from {start}, {payee} gets {amount}; From {start} on, send {payee} {amount} a month;
From {start} I owe {payee} {amount} a month; standing order: {payee}, {amount}, {start};
Pay {payee} {amount} monthly from {start}
= standing_order:code

list_transactions | Everything booked on an account between two days.
account:code; since:date=First day; until:date=Last day
? List the transactions of {account} from {since} to {until}.;
{account} from {since} to {until}, list all; transactions {account} {since} to {until};
Which payments did {account} have from {since} to {until}?;
From {since} to {until}, what moved on {account}?; Show account {account}, {since} until {until};
What was booked on {account} between {since} and {until}?
= transactions:code_list, sum:decimal

apply_for_loan | Ask the bank for a loan.
borrower:name=Who needs the money; amount:amount=How much; months:count=Time to pay it back
? Apply for a loan of {amount} over {months} months for {borrower}.;
{borrower} wants to borrow {amount} over {months} months;
Can {borrower} get a loan of {amount}, running {months} months?;
{borrower} needs a loan, {amount}, {months} months; Over {months} months, loan {borrower} {amount};
Lend {borrower} {amount} for {months} months; loan: {borrower}, {amount}, {months} months
= approved:bool, monthly:decimal

estimate_mortgage | Monthly payment for a house bought on credit.
price:large=Price of the house; rate:decimal=Interest rate; years:count=Years to pay
? Estimate the mortgage for {price} at {rate} percent over {years} years.;
A house costs {price}. With {rate} percent and {years} years, what do I pay?;
What do I pay for {price} at {rate} percent for {years} years?;
mortgage: {price}, {rate} percent, {years} years;
How much a month is a {years} year mortgage of {price} at {rate} percent?;
{years} years, {price} at {rate} percent, monthly?; {price} house, {rate} percent, {years} years
= monthly:decimal, interest:decimal

file_insurance_claim | Report a damage to the insurance.
policy:code=Number of the policy; incident:phrase=What happened; day:date=When it happened
? File a claim on policy {policy}: {incident} on {day}.;
I have a damage to report under {policy}, {incident}, {day};
Claim {incident} of {day} from insurance {policy}; Report {incident} of {day} to insurance {policy};
It was {day}, {incident}. Claim on {policy};
On {day} I had {incident}, tell insurance {policy}; insurance claim {policy}, {day}, {incident}
= claim:code, state:state

quote_car_insurance | What it costs to insure a car.
model:proper=Model of the car; built:year=Year it was built; city:city=Where it is driven
? What does it cost to insure a {model} built in {built} in {city}?;
I drive a {model} from {built} in {city}, what would insurance cost?;
{model} of {built}, {city}, insurance quote; Insure my {built} {model} in {city}, cost?;
In {city}, how much is insurance for a {model} of {built}?;
Insurance for a {built} {model} in {city}; quote: car {model}, year {built}, {city}
= premium:decimal, deductible:medium

issue_invoice | Write an invoice to a client.
client:name=Who has to pay; amount:amount=Sum of the invoice; due_date:date=Pay by
? Issue an invoice of {amount} to {client}, due {due_date}.;
Get {amount} from {client} by {due_date};
{client} has to pay {amount} by {due_date}, send an invoice;
Bill the client {client} for {amount} until {due_date}; invoice {client} {amount}, due {due_date};
Invoice {client} over {amount} by {due_date}; By {due_date} bill {client} for {amount}
= invoice:code, sent:bool

record_expense | Note an expense in the accounts.
spent:amount=How much; category:word=Kind of expense; receipt?:path=Scan of the receipt
? Record an expense of {spent} for {category}.[receipt: The receipt is {receipt}.];
{category} cost me {spent}[receipt: , see {receipt}];
Note {spent} for {category}[receipt: , {receipt}]; expense {spent} {category}[receipt: , {receipt}];
Book {spent} as an expense for {category}[receipt: , receipt {receipt}];
I spent {spent} on {category}[receipt: , {receipt}];
{category} expense {spent}[receipt: in {receipt}]
= recorded:bool, month_total:decimal

search_apartments | Find apartments for rent.
city:city=Where to live; rooms:digit=Number of rooms; max_rent:count=Highest monthly rent
? Find a {rooms} room apartment in {city} for up to {max_rent} a month.;
Rent {rooms} rooms, {city}, max {max_rent}; {rooms} rooms in {city} under {max_rent};
Any {rooms} room flat in {city} below {max_rent}?; apartment {city}, {rooms} rooms, max {max_rent};
I want to rent {rooms} rooms in {city} for at most {max_rent};
Are there {rooms} room apartments in {city} for {max_rent}?
= address:street, rent:medium

book_viewing | Agree on a time to look at a flat or house.
listing:code=Number of the advertisement; day:date=Which day; time:time=What time
? Book a viewing of {listing} on {day} at {time}.; I come to look at flat {listing}, {day}, {time};
I want to look at the flat {listing} on {day} at {time}; On {day} at {time} we will view {listing};
See house {listing} at {time} on {day};
Please arrange that we look at listing {listing}, {day} at {time}; viewing {listing}, {day}, {time}
= viewing_id:code, agent:name

sell_crypto | Sell coins from a crypto wallet.
coin:ticker=Symbol of the coin; quantity:amount=How many coins; wallet:code=From which wallet
? Sell {quantity} {coin} from wallet {wallet}.; Please sell coins from {wallet}: {quantity} {coin};
Turn {quantity} {coin} of wallet {wallet} into money;
From the wallet {wallet}, sell {quantity} {coin}; crypto sale: {quantity} {coin}, wallet {wallet};
I want to get rid of {quantity} {coin} in my wallet {wallet};
My crypto wallet {wallet} has too many coins, sell {quantity} {coin}
= proceeds:decimal, sold:bool

buy_gift_voucher | Buy a gift voucher for somebody.
value:count=Worth of the voucher; to:email=Who gets it; text?:phrase=Text on the voucher
? Buy a gift voucher of {value} for {to}.[text: Write "{text}" on it.];
Gift voucher of {value} to {to}[text: , text {text}];
Order a {value} euro voucher for {to}[text: with the text {text}];
I want to give {to} a {value} dollar voucher[text: , text: {text}];
Send {to} a voucher over {value}[text: , {text}]; gift voucher, {value}, {to}[text: , text {text}];
{to} gets a {value} voucher[text: saying {text}]
= voucher:code
"""
