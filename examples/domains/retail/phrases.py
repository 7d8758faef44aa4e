"""What the users of the retail domain say, by kind of wish, in the parts `train` and `test`.

Knows sentences only. `{...}` are values of the scene. No sentence of one part stands in the other;
the test part says the same things in other arrangements and with some other words.
"""

from __future__ import annotations

from examples.domains.retail.words import Side


def _lines(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.strip().splitlines())


GREETINGS: dict[Side, tuple[str, ...]] = {
    "train": ("Hello.", "Hi!", "Hi there.", "Good morning.", "Good afternoon!", "", "", "Hey!"),
    "test": ("Good day.", "Hello there!", "", "Good evening."),
}

BY_EMAIL: dict[Side, tuple[str, ...]] = {
    "train": _lines("""
        My e-mail is {email}.
        My e-mail address is {email}.
        I am registered as {email}.
        You know me as {email}.
        You can find me under {email}.
        The account is {email}.
        I ordered with {email}.
        E-mail: {email}
        This is {name}, {email}.
        I am {name} and my e-mail address is {email}.
    """),
    "test": _lines("""
        My account is under {email}.
        I am {name}, e-mail {email}.
        The e-mail address you have is {email}.
        You should find me as {email}.
    """),
}

BY_NAME: dict[Side, tuple[str, ...]] = {
    "train": _lines("""
        I am {name}, postcode {postcode}.
        My name is {name} and my postcode is {postcode}.
        My name is {name}, I live in {postcode}.
        This is {name} from {postcode}.
        Name: {name}, postcode: {postcode}.
        You have me as {name}, {postcode}.
        I am {name} and the postcode is {postcode}.
    """),
    "test": _lines("""
        The name is {name}, the postcode {postcode}.
        My name: {name}. My postcode: {postcode}.
        I am {name} from {postcode}.
    """),
}

YES: dict[Side, tuple[str, ...]] = {
    "train": _lines("""
        Yes, please.
        Yes, do that.
        Yes.
        Yes, that is right.
        Yes, go ahead.
        Yes, that is what I want.
        Yes, please do it.
        Yes, exactly.
    """),
    "test": _lines("""
        Yes, please go ahead.
        Yes, do it.
        Yes, that is fine.
    """),
}

KEEP: dict[Side, tuple[str, ...]] = {
    "train": _lines("""
        No, wait, I will keep it after all. When will it arrive?
        Oh no, I have changed my mind. Leave the order as it is. When does it come?
        No, please do not. I want to keep it. On which day does it arrive?
        Hm, no. I take it after all. Just tell me when it will be here.
        No, stop. I need it now. When will it be delivered?
        No, do not cancel it. Tell me the day of its arrival instead.
    """),
    "test": _lines("""
        No, stop, I have changed my mind and will keep it. On which day will it be here?
        Oh wait, no. Leave it as it is. When does it arrive?
        No, I want to keep the order after all. When will it come?
    """),
}

INSIST: dict[Side, tuple[str, ...]] = {
    "train": _lines("""
        But I really need this. Please!
        It is all right, believe me. Please do it.
        Can you not make an exception for me?
        Please, just this once.
        I am sure you can do it somehow.
        That is a pity. Is there really no way?
    """),
    "test": _lines("""
        Please make an exception, just this once.
        But believe me, it is all right.
        Is there no way to do it for me?
    """),
}

WISHES: dict[str, dict[Side, tuple[str, ...]]] = {
    "status": {
        "train": _lines("""
            Where is my order {order}, and when does it arrive?
            When will order {order} arrive?
            On which day do I get order {order}?
            I am waiting for {order}. When does it come?
            Can you tell me when {order} will be delivered?
            When can I expect my order {order}?
            My order {order} is not here yet. When will it be?
            What is the status of {order}? I want to know when it arrives.
            Has {order} been sent, and when does it come?
            Please look up when order {order} will arrive.
        """),
        "test": _lines("""
            I want to know when my order {order} will be here.
            Can you look up on which day {order} arrives?
            When is order {order} going to be delivered?
            I am still waiting for order {order}. When can I expect it?
        """),
    },
    "balance": {
        "train": _lines("""
            How much is left on my gift card {card}?
            What is the balance of gift card {card}?
            How much money is on my gift card {card}?
            Please tell me the balance of {card}.
            I have the gift card {card}. How much is on it?
            Can you check what is left on gift card {card}?
            I want to know the balance of my card {card}.
            My gift card is {card}. What is it still worth?
        """),
        "test": _lines("""
            Can you tell me how much I have left on the gift card {card}?
            I want to know what is on my gift card {card}.
            Please check the balance of my gift card {card}.
        """),
    },
    "price": {
        "train": _lines("""
            What does the {product} cost in {option}?
            How much is the {product} in {option}?
            I am looking for a {product} in {option}. What is the price?
            What is the price of the {product} in {option}?
            Do you have the {product} in {option}, and how much is it?
            Tell me the price of a {product} in {option}, please.
            I like the {product}. What would it cost in {option}?
            How much would I pay for the {product} in {option}?
        """),
        "test": _lines("""
            I would like a {product} in {option}. How much does it cost?
            Can you tell me the price of the {product} in {option}?
            What would I pay for a {product} in {option}?
        """),
    },
    "material": {
        "train": _lines("""
            What is the {product} made of?
            Which material is the {product}?
            What material is your {product} made of?
            I want to know what the {product} is made of.
            Can you tell me the material of the {product}?
            Before I buy the {product}: what is it made of?
            Tell me what the {product} is made of, please.
        """),
        "test": _lines("""
            Can you tell me what your {product} is made of?
            I am thinking of the {product}. Which material is it made of?
            Please tell me the material of your {product}.
        """),
    },
    "cancel": {
        "train": _lines("""
            Please cancel my order {order}.
            I want to cancel order {order}.
            I would like to cancel {order}.
            Can you cancel the order {order} for me?
            I do not need {order} any more. Please cancel it.
            I ordered {order} by mistake and want to cancel it.
            Cancel {order}, please.
            I have found something else. Please cancel order {order}.
            My order {order} is no longer needed. Can it be cancelled?
        """),
        "test": _lines("""
            I ordered {order} by mistake. Can you cancel it?
            Can you please cancel {order}? I do not need it any more.
            I have to cancel my order {order}.
            Order {order} is not needed any more, please cancel it.
        """),
    },
    "address": {
        "train": _lines("""
            Please send my order {order} to {address} instead.
            I have moved. Order {order} should go to {address}.
            Can you change the address of {order} to {address}?
            The address of order {order} is wrong. It should be {address}.
            I want order {order} sent to {address}.
            Please change the address of my order {order} to {address}.
            {order} must go to another address: {address}.
            I gave you the wrong address for {order}. The right one is {address}.
        """),
        "test": _lines("""
            I am moving. Please change the address of order {order} to {address}.
            My order {order} should be sent to another address: {address}.
            Can you send {order} to {address} instead?
        """),
    },
    "payment": {
        "train": _lines("""
            I want to pay for order {order} with my {kind} ending in {ends_in}.
            Please use my {kind} ending in {ends_in} for order {order}.
            Can you change the payment of {order} to the {kind} ending in {ends_in}?
            Order {order} should be paid with my {kind} ending in {ends_in}.
            I picked the wrong payment for {order}. Take my {kind} ending in {ends_in} instead.
            Change the payment of order {order} to my {kind} ending in {ends_in}, please.
            For order {order} I would like to use the {kind} ending in {ends_in}.
        """),
        "test": _lines("""
            Please change the payment of my order {order} to the {kind} ending in {ends_in}.
            I would like to pay for {order} with the {kind} ending in {ends_in} instead.
            Can you take my {kind} ending in {ends_in} for order {order}?
        """),
    },
    "phone": {
        "train": _lines("""
            I have a new phone number: {phone}.
            Please change my phone number to {phone}.
            My phone number is now {phone}. Can you change it?
            My new number is {phone}, please save it.
            Can you put {phone} as my phone number?
            I changed my phone. The new number is {phone}.
            Please note my new phone number {phone}.
        """),
        "test": _lines("""
            Can you change my phone number? The new one is {phone}.
            My phone number has changed, it is {phone} now.
            Please save my new phone number {phone}.
        """),
    },
    "exchange": {
        "train": _lines("""
            I want to exchange the {product} of order {order} for one in {new_option}.
            I would like the {product} of {order} in {new_option} instead.
            Can I exchange the {product} from order {order}? I want it in {new_option}.
            Please exchange my {product} of order {order}: I want {new_option}.
            The {product} of {order} does not suit me. Can I have it in {new_option}?
            I got the {product} in {option} with {order}, but I would like {new_option}.
            Exchange the {product} in order {order} for {new_option}, please.
        """),
        "test": _lines("""
            The {product} from order {order} should have been {new_option}. Can I exchange it?
            Can I have the {product} of order {order} in {new_option} instead of {option}?
            I would like to exchange the {product} of {order}. I want it in {new_option}.
        """),
    },
    "return": {
        "train": _lines("""
            I want to return the {product} of order {order}.
            I would like to send back the {product} from {order}.
            Can I return the {product} of my order {order}?
            I do not like the {product} of order {order}. I want to give it back.
            Please take back the {product} of {order}.
            The {product} from order {order} is not what I wanted. I want to return it.
            I am not happy with the {product} of {order} and would like to return it.
        """),
        "test": _lines("""
            I do not like the {product} from {order} and want to return it.
            Can I send back the {product} of order {order}?
            I am not happy with the {product} from my order {order}. Please take it back.
        """),
    },
    "to_card": {
        "train": _lines("""
            I want the money on my gift card {card}.
            Please put the money on gift card {card}.
            The refund should go to my gift card {card}.
            Put it on my gift card {card}.
            My gift card {card} should get the refund.
        """),
        "test": _lines("""
            Please put the refund on my gift card {card}.
            The money should go to gift card {card}.
        """),
    },
    "to_payment": {
        "train": _lines("""
            I want the money back the way I paid.
            The refund should go back to what I paid with.
            Please refund it to what I paid with.
            Send the money back to the payment of the order.
            I want it back on what I paid with.
        """),
        "test": _lines("""
            The money should go back to what I paid with.
            Please refund it the way I paid.
        """),
    },
    "credit": {
        "train": _lines("""
            My order {order} came late. I want a credit on my gift card {card}.
            Order {order} was late. Can I have a credit on gift card {card}?
            {order} was delivered too late. Please put a credit on my gift card {card}.
            I had to wait too long for {order}. Is there a credit for my gift card {card}?
            You delivered {order} late. I would like the credit on {card}.
            Because order {order} came too late, I want a credit on my gift card {card}.
        """),
        "test": _lines("""
            I would like a credit on gift card {card}, because order {order} came late.
            You delivered my order {order} too late. Can I have a credit on my gift card {card}?
            Order {order} came too late. Please put the credit on {card}.
        """),
    },
    "when": {
        "train": _lines("""
            On which day was it delivered?
            Tell me also on which day it came.
            And on which day did you deliver it?
            What is the day of delivery in your books?
        """),
        "test": _lines("""
            And tell me on which day it was delivered.
            On which day did it come?
        """),
    },
    "forgot": {
        "train": _lines("""
            I want to cancel my order of a {product}, but I do not know its number.
            Please cancel the order with the {product}. I have lost the number.
            I ordered a {product} and want to cancel it. I do not have the order number.
            Can you cancel my {product}? I do not know the order number.
            I do not need the {product} I ordered. Please cancel that order, I forgot its number.
        """),
        "test": _lines("""
            I ordered a {product} and forgot the number. Please cancel that order.
            Can you cancel the order with the {product}? I do not have the number.
            I want to cancel the {product} I ordered, but I have lost the order number.
        """),
    },
    "shipped": {
        "train": _lines("""
            Please cancel my order {order}. If you cannot, tell me when it arrives.
            I want to cancel {order}. If that is too late, when does it come?
            Can you still cancel order {order}? If not, on which day will it be here?
            Cancel order {order}, please, or tell me when it arrives.
            I would like to cancel {order}. If it cannot be done, when will it arrive?
        """),
        "test": _lines("""
            Can {order} still be cancelled? If not, tell me when it comes.
            I would like to cancel order {order}. If you cannot, when will it be here?
            Please cancel {order}, or tell me on which day it arrives.
        """),
    },
    "expired": {
        "train": _lines("""
            I want to return the {product} of {order}. If it is too late, what was the last day?
            Can I still send back the {product} of {order}? If not, until when could I have?
            Please take back the {product} from {order}, or tell me until which day it was possible.
            I would like to return the {product} of {order}. If I cannot, what was the last day?
            I hope I can still return the {product} of {order}. If not, what was the last day?
        """),
        "test": _lines("""
            Can I still return the {product} from {order}? If it is too late, tell me the last day.
            I want to send back the {product} of {order}. If I cannot, until when could I have?
            Please take back the {product} of {order}. If it is too late, what was the last day?
        """),
    },
    "partial": {
        "train": _lines("""
            Please cancel only the {product} of order {order}. If you cannot, tell me its total.
            I want just the {product} cancelled from {order}. If not, what is it in all?
            Take the {product} out of order {order}. If that cannot be done, what is the total?
            Can you cancel only the {product} in {order}? If not, leave it and tell me the total.
            Remove the {product} from my order {order}, please, or tell me what all of it costs.
        """),
        "test": _lines("""
            Can you take only the {product} out of {order}? If not, what is the total of the order?
            Please remove just the {product} from {order}, or tell me what all of it costs.
            I want only the {product} of {order} cancelled. If you cannot, tell me the total.
        """),
    },
    "discount": {
        "train": _lines("""
            The {product} is cheaper elsewhere. Give me {percent} percent discount on {order}.
            I want a discount of {percent} percent on my order {order}.
            Can you make order {order} {percent} percent cheaper for me?
            I buy a lot from you. I want {percent} percent off my order {order}.
            Another shop sells the {product} cheaper. Please match the price for {order}.
            Please take {percent} percent off {order}.
        """),
        "test": _lines("""
            Another shop is cheaper. I want {percent} percent off order {order}.
            Can I have a discount of {percent} percent on {order}? I buy a lot from you.
            I have seen the {product} cheaper in another shop. Match the price for {order}.
        """),
    },
    "relative": {
        "train": _lines("""
            Please cancel order {order}. It is my sister's, but she asked me to do it.
            I want to cancel {order}. My neighbour ordered it and is away.
            Cancel order {order} for me, please. It belongs to my husband.
            Can you cancel my mother's order {order}?
            A friend of mine ordered {order} and wants it cancelled. Please do it.
        """),
        "test": _lines("""
            Can you cancel {order} for me? My brother ordered it and asked me to do it.
            Please cancel my daughter's order {order}.
            My friend is away and wants order {order} cancelled. Please do it.
        """),
    },
    "also": {
        "train": _lines("""
            Thank you. One more thing:
            Thanks. And another thing:
            Good, thank you. I have one more question.
            Great. Something else:
        """),
        "test": _lines("""
            Thank you! And one more thing:
            Good. Something else, please:
        """),
    },
}
"""For each kind of wish; some are second sentences that join another."""
