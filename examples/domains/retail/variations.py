"""More ways to say what the training part's users say, for fresh tasks only.

A sentence has places with several wordings: `[Please|Kindly] wait` is two sentences. None of them
is a sentence of the test part.
"""

from __future__ import annotations

import random
import re

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.strip().splitlines())


SENTENCES: dict[str, tuple[str, ...]] = {
    "greeting": _lines("""
    [Hello|Hi|Hey] [again|everyone|shop team|you][!|.|,]
    [Greetings|Excuse me|Dear team|A question|Sorry to bother you|Hope you are well][.|!]
    """),
    "by_email": _lines("""
    [Look me up|Search for me|Find me|You will find me] [by|with|as] [my e-mail|my mail|] {email}.
    [My|The] [login|user name|customer account|mail address|mail|contact] is {email}.
    [It is {name} here|{name} here|{name} speaking|Here is {name}], [my mail is|] {email}.
    [It is {name} here|{name} here|{name} speaking], registered as {email}.
    [I use|I signed up with|I shop with|I have an account with|Write to me at|I buy as] {email}.
    {email} is [my e-mail|my mail address|the e-mail I use|what I registered with|my account|me].
    [Customer|Account|User|Mail|Address|Login|Contact|Registered][:|] {email}
    [Name|Customer]: {name}, [mail|address|account]: {email}
    My [first|only|private|usual] [e-mail|mail address|address] is {email}.
    {email}[.| here.|, that is me.]
    """),
    "by_name": _lines("""
    {name}[,| here,| speaking,] [postcode|zip code|] {postcode}.
    [The customer is|It is|Look for|Search for|Find] {name}[,| with] postcode {postcode}.
    [I live at|My postcode is|I am in] {postcode} and [I am called|my name is|I am] {name}.
    {name} [of|at|in|living in] {postcode}.
    I am called {name}, [living in|and live in|home is] {postcode}.
    [Postcode|Zip] {postcode}, [name|customer] {name}.
    [You know me as|Registered as|The account is that of] {name} in {postcode}.
    """),
    "status": _lines("""
    [When|On which day|How soon] will [my order|order|] {order} [get here|reach me|come]?
    [When|On which day|How soon] does [my order|order|] {order} [get to me|reach me|come]?
    [What about|How about|Any news on] [my order|order|] {order}? When [is it here|does it come]?
    [Tell me|Please say|Let me know] when [my order|order|] {order} [comes|arrives|gets here].
    [Order|] {order}[: when does it arrive?|, when is it here?|: which day will it come?|: arrival?]
    [I need|I wait for|I still miss] [my order|] {order}. [Which day will it come?|When is it here?]
    [Day of arrival|Delivery date] of [order|] {order}[, please.|?]
    """),
    "balance": _lines("""
    [Show|Give|Read] me the [balance|amount|value|rest] [of|on] [my card|card|the gift card] {card}.
    {card} is my gift card[, how much is on it?|. What is its balance?|: what is left?]
    [How many euros are|Which amount is|What is] [still on|left on|on] [my card|card] {card}?
    [Gift card|Card|My card] {card}[: balance?|: how much?|, what is it worth?|, the balance \
        please.]
    [What|How much] can I spend with [my gift card|card|the card] {card}?
    """),
    "price": _lines("""
    [Price|Cost] of [a|the|one] {product} in {option}[?|, please.]
    [Your|A|The] {product} in {option}[: how much?|, what is the price?|: price?|, what does it \
        cost?]
    [I need|I want|We need] a {product} in {option}. [How much?|The price, please.|And the price?]
    What [is|would be] [a|the|your] {product} in {option} [in euros|worth|sold for]?
    How [expensive|dear] is [the|a|your] {product} in {option}?
    [Is there|Have you] a {product} in {option}[? At what price?| and what does it cost?|? How \
        much?]
    [Give|Name|Show] me the price [of|for] [the|your] {product} in {option}[.|, please.]
    """),
    "material": _lines("""
    [Of what|From what|Out of what] is [the|your|this] {product} made?
    [Say|Show me|Look up|I need|Give me] the material of [the|a|this] {product}[.|, please.]
    [The|Your] {product}[: which material?|, what is it made from?|: of what is it made?]
    [Which|What] material [does the {product} have|was used for the {product}]?
    What do you make [the|your] {product} of?
    [I want to buy|I look at|I like] the {product}. [What material is it?|What is it made of?]
    """),
    "cancel": _lines("""
    [Cancel|Stop|Undo|Call off|Drop] [order|my order|the order|] {order}[.|!|, thanks.| now, \
        please.]
    [I changed my mind about|I made a mistake with|I regret] [order|] {order}. [Cancel it.|Stop it.]
    [I want|I need|We want] [order|] {order} [cancelled|called off|stopped][.|, please.]
    [Order|] {order} [can go|is not wanted|should be cancelled|has to be cancelled][.|, please.]
    [Is it possible|Would it be possible] to cancel [order|my order|] {order}?
    [We|I] [do not want|no longer want] [order|] {order}. [Cancel it, please.|Please stop it.]
    """),
    "address": _lines("""
    [Send|Ship|Bring|Deliver] [my order|] {order} to {address}[.|, please.|, not to the old one.]
    [New|Other|Correct|Right] address for [order|] {order}: {address}.
    [The address for|Where you send] {order} [is now|has to be|must be|should become] {address}.
    [I live somewhere else now|We moved]. {order} [has to go|goes|must be sent] to {address}.
    {address} is [where {order} should go|the new address of {order}].
    [Please correct|Update|Replace|Set] the address of [order|] {order}: {address}.
    """),
    "payment": _lines("""
    [Charge|Bill|Use|Take] my {kind} ending in {ends_in} [for|to pay] {order}[.|, please.]
    [Payment|New payment|Way to pay] for {order}: my {kind} ending in {ends_in}.
    {order} [should go on|must be charged to|is to be paid with] my {kind} ending in {ends_in}.
    My {kind} ending in {ends_in} [should pay|is to pay|shall be used for|is for] {order}.
    I [prefer|would rather use] the {kind} ending in {ends_in} for [my order|] {order}.
    """),
    "phone": _lines("""
    [Save|Store|Set|Enter|Use] {phone} as my [phone number|number|phone][.|, please.]
    [My phone|My mobile|The number to call me] is {phone}[.|, please note it.|, change it please.]
    {phone} is [my new number|my phone number now|how you reach me][.|, please save it.]
    [Call me|Reach me] at {phone} from now on[.|, please change my number.]
    [Update|Correct|Replace] my phone number: {phone}.
    [New|Other|Another] [phone|number|phone number]: {phone}. [Please note it.|Change it, please.]
    """),
    "exchange": _lines("""
    [Swap|Trade|Change] the {product} [of|from|in] [order|] {order} [for one in|for] {new_option}.
    Replace the {product} [of|from|in] [order|] {order} with [one in|] {new_option}.
    [I need|I prefer|Give me] the {product} of {order} in {new_option}[.|. Exchange it, please.]
    [My|The] {product} from {order} is {option}[, I want {new_option}.|. Make it {new_option}.]
    [Order|] {order}: exchange the {product} for {new_option}[.|, please.]
    [I took the wrong|Wrong] {product} in {order}. [I want {new_option}.|It must be {new_option}.]
    """),
    "return": _lines("""
    [I send back|I bring back|I give back|I am returning] the {product} [of|from] [order|] {order}.
    [Return|Take back|Send back] the {product} [of|from|in] [order|my order|] {order}[.|, please.]
    The {product} [of|from] {order} is [broken|too big|ugly]. [I want to return it.|Take it back.]
    [Order|] {order}: [the {product} goes back|I return the {product}|return of the {product}].
    [I have|There is] a {product} from {order} [to return|to give back|that goes back].
    """),
    "to_card": _lines("""
    [Refund it to|Pay it to|Send it to|Load it on|Give it to] [gift card|my gift card|the card] \
        {card}.
    [Gift card|To gift card|To the card|On card] {card}[, please.|.]
    [I prefer|I choose|Use] [gift card|my gift card|the card] {card} [for it|for the money|].
    """),
    "to_payment": _lines("""
    [Back to|Refund it to] [the payment I used|what I paid with|where it came from].
    [I prefer|I choose] [what I paid with|the payment I used].
    """),
    "credit": _lines("""
    [Give me|I expect] a credit for the late order {order}[: gift card|. My gift card is] {card}.
    {order} [was late|took too long]. [The credit goes to|I want the credit on] {card}.
    [Credit|A credit on] [gift card|card] {card} for the late [order|] {order}[.|, please.]
    [You were late with|You took too long with] {order}. [Please credit|Credit] my gift card {card}.
    """),
    "when": _lines("""
    [What day|When exactly|On what date] [was it brought|did I get it|was it handed over|did it \
        arrive]?
    [I also need|And give me|Also say] the day of [delivery|arrival].
    """),
    "forgot": _lines("""
    [Cancel|Stop] the order [of|with|for] the {product}[. I have no number.|, its number is lost.]
    [I never got an|Sorry, I have no] order number, [please|but] cancel the {product}.
    [My|The] {product} [should|must] be cancelled[. I lost the number.|, I know no order number.]
    Last week I ordered a {product}. Cancel it, [I have no number.|the number is gone.]
    """),
    "shipped": _lines("""
    [Cancel|Stop] [order|] {order}[, or else|; otherwise] [tell me the day it comes|say when it \
        arrives].
    I [want|need] {order} cancelled[. Too late? Then when does it come?|, or the day of its \
        arrival.]
    If [it is not too late|you still can], cancel {order}. If not, when [does it come|is it here]?
    """),
    "expired": _lines("""
    [Return|Take back] the {product} of {order}. Too late? [Then|If so,] what was the last day?
    [Return|Take back] the {product} of {order}, or [say|tell me] what the last day was.
    Is it too late to return the {product} [of|from] {order}? If so, [what was|which was] the last \
        day?
    Is there still time to return the {product} of {order}? If not, which day was the last?
    The {product} of {order} goes back. If [that is over|you cannot], until when was it possible?
    """),
    "partial": _lines("""
    [Only|Just] the {product} [of|in] {order} should [go|be cancelled], or tell me the total.
    [Only|Just] the {product} [of|in] {order} should be cancelled. If not, the total, please.
    [Cancel|Drop|Leave out] [only|just] the {product} [from|in] {order}, else tell me its total.
    [Cancel|Drop] [only|just] the {product} of {order}. Not possible? Then what does all of it cost?
    [Keep|Send] all of {order} [except|but] the {product}. If that fails, how much is it in all?
    """),
    "discount": _lines("""
    [Give me|I expect|I ask for] {percent} percent [off|less on|discount for] {order}[.|, please.]
    [Reduce|Lower] [order|the price of|] {order} by {percent} percent[.|!|, please.]
    {order} is too expensive[. Take off {percent} percent.|, I want {percent} percent less.]
    The {product} [costs less elsewhere|is cheaper at the market]. [Match that for|Lower the price \
        of] {order}.
    """),
    "relative": _lines("""
    My [father|uncle|boss|wife|son|aunt] [ordered|bought] {order}[. Cancel it for me.|, please \
        cancel it.]
    [Cancel|Stop] {order}[, my aunt's order.|, which my son ordered.|. It is my wife's.|, it is \
        for my uncle.]
    [Order|] {order} is my [cousin's|boss's|aunt's]. [Cancel it, please.|She wants it cancelled.]
    """),
    "also": _lines("""
    [Perfect|Fine|Super|Very good|Okay|All right][.|!] [Next:|And also:|Then one more:|Another \
        question:]
    [By the way|Before I go|And since we talk]:
    """),
    "insist": _lines("""
    [Come on|Really|Please], [do it anyway|make it possible|help me out|be kind].
    [I beg you|I insist|I ask you again][. Do it.|!|, do it.]
    [Nobody will know|Others do it too|It is only a little thing]. [Please!|Do it.]
    """),
    "keep": _lines("""
    [Wait|Hold on|No], [I keep it|leave it]. [When is it here?|When does it arrive?]
    [Wait|Hold on], do not cancel it. [Tell me when it comes.|When does it come?]
    [No, thanks|Rather not|Better not]. [I keep it. When does it come?|It stays. When will I have \
        it?]
    """),
}  # fmt: skip


def vary(rng: random.Random, kind: str) -> str:
    """A sentence of a kind, one wording taken at each place; values are still to be filled in."""
    text = rng.choice(SENTENCES[kind])
    text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)
    text = " ".join(text.split()).replace(" .", ".").replace(" ,", ",").replace(" :", ":")
    return text[:1].upper() + text[1:]
