"""What the support tickets of `tests.tickets` say, class by class."""

from __future__ import annotations

# Share of all tickets, the classes that hurried people mix it up with, what it complains about.
# Braces are filled in from FILLERS.
TOPICS: dict[str, tuple[float, tuple[str, ...], tuple[str, ...]]] = {
    "billing": (
        0.27,
        ("refund", "cancellation"),
        (
            "I was charged {amount} twice for invoice {number}",
            "the invoice for {month} shows {amount}, but my plan costs less",
            "there is an unknown fee of {amount} on my {card} statement",
            "my {card} was declined although it is valid until {month}",
            "please add our VAT number to invoice {number}",
            "the billing address on invoice {number} is out of date",
            "why did the monthly price of the {plan} plan go up to {amount}",
            "we pay by bank transfer and the invoice for {month} is still marked as open",
            "I need a receipt for the payment of {amount} made in {month}",
            "the discount code for the {plan} plan was not applied to invoice {number}",
        ),
    ),
    "delivery": (
        0.21,
        ("returns", "refund"),
        (
            "my {item} was due on {day} and has still not arrived",
            "tracking for parcel {number} has not moved since {day}",
            "the courier left parcel {number} at the wrong address",
            "can you deliver the {item} to {city} instead",
            "the parcel says delivered on {day}, but nobody at home received it",
            "the driver never rang and took the {item} back to the depot in {city}",
            "how long does shipping of a {item} to {city} take",
            "I would like to move the delivery of order {number} to {day}",
            "only one of two boxes of order {number} came on {day}",
        ),
    ),
    "login": (
        0.17,
        ("app problem",),
        (
            "I can't sign in because the password reset mail never comes",
            "my account is locked after three wrong passwords",
            "the two-factor code is rejected since I have a new phone",
            "the reset link says it has expired as soon as I open it",
            "I forgot which address I signed up with and can't log in",
            "single sign-on sends me back to the login page every time",
            "someone from {city} tried to log in to my account, please lock it",
            "I no longer have the phone that receives the sign-in codes",
            "the new password is not accepted on the login page",
        ),
    ),
    "refund": (
        0.13,
        ("billing", "returns"),
        (
            "when will I get my money back for order {number}",
            "you promised to refund {amount} on {day} and nothing has been paid back",
            "please refund the {item}, I have cancelled order {number} before it shipped",
            "only {amount} of the refund for order {number} reached my {card}",
            "the refund went to a {card} that I have closed",
            "I want my money back for the {item} because it never worked",
            "your colleague confirmed a refund of {amount} in {month}, where is it",
        ),
    ),
    "app problem": (
        0.1,
        ("login", "feature request"),
        (
            "the app crashes on my {phone} when I open the order list",
            "since the update in {month} the app shows a white screen on my {phone}",
            "push messages no longer arrive on my {phone}",
            "the search in the app freezes as soon as I type {item}",
            "photos do not upload from a {phone}, the bar stops at ninety per cent",
            "the app drains the battery of my {phone} within hours",
        ),
    ),
    "returns": (
        0.07,
        ("refund", "delivery"),
        (
            "how do I send back the {item}, it does not fit",
            "the return label for order {number} can't be printed",
            "the {item} arrived broken and I want to exchange it for a new one",
            "which shop in {city} accepts returned parcels",
            "you sent the wrong colour of {item}, please exchange it",
        ),
    ),
    "cancellation": (
        0.03,
        ("billing",),
        (
            "please cancel my {plan} subscription at the end of {month}",
            "I want to close my account and end the {plan} plan",
            "how do I stop the automatic renewal of the {plan} plan",
        ),
    ),
    "feature request": (
        0.02,
        ("app problem",),
        (
            "it would be great if the app had a dark mode for the {phone}",
            "could you add an export of all orders as a spreadsheet",
            "I would love to see several wish lists, one for each {item}",
        ),
    ),
}

GREETINGS = ("", "", "Hi, ", "Hello, ", "Good morning, ", "Dear team, ", "Hey there, ", "Urgent: ")
DETAILS = (
    "",
    "",
    "I have been a customer since {month}.",
    "This is the second time I write about it.",
    "The chat on your site only gave me a ticket number, {number}.",
    "Your hotline kept me waiting for {minutes} minutes.",
    "Order {number} is the one I mean.",
    "My colleague in {city} has the same question.",
    "I have already tried it on {day}.",
    "It concerns a {item}.",
    "Please don't send me to the help pages again.",
    "I am using the {plan} plan.",
)
CLOSINGS = ("", "", "Thanks", "Please help.", "Kind regards, {name}", "Thank you, {name}",
            "Best, {name}", "Waiting for your answer.")  # fmt: skip
FILLERS: dict[str, tuple[str, ...]] = {
    "month": ("January", "February", "March", "April", "May", "June", "July", "August",
              "September", "October", "November", "December"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "city": ("Leeds", "Porto", "Graz", "Lyon", "Aarhus", "Ghent", "Turin", "Cork", "Basel"),
    "item": ("coffee machine", "desk lamp", "rain jacket", "keyboard", "bike helmet", "kettle",
             "office chair", "pair of running shoes", "backpack", "headset", "toaster"),
    "card": ("credit card", "debit card", "Visa card", "Mastercard", "company card"),
    "plan": ("Basic", "Plus", "Family", "Team", "Business"),
    "phone": ("Pixel 8", "iPhone 13", "Galaxy S22", "Fairphone 5", "iPad"),
    "name": ("Marta", "J. Osei", "Tom Baker", "Ines", "P. Novak", "Yuki", "Farah", "Lars"),
}  # fmt: skip
