"""What customers ask and what support answers: the situations behind the style preferences.

Each situation gives questions, facts and next steps. A fact is (plain, stiff): the same content in
the house style and in office language. A step is too. `vague` are steps that nobody could follow.
"""

SITUATIONS = [
    {
        "kind": "fault",
        "question": ["My {name} shows {code}. What does that mean?", "What is wrong when the {kind} reports {code}?", "{code} came up on our {name} [today|this morning|again]. Is it broken?"],
        "facts": [("{code} means that {symptom}.", "the code {code} has been determined to signify that {symptom}"),
                  ("{code} is not a broken part: {symptom} because {cause}.", "it is to be noted that {code} denotes a state in which {symptom}, attributable to the circumstance that {cause}"),
                  ("The code tells you that {symptom}. The usual reason is that {cause}.", "it has been established that {symptom}, for which the customary reason is that {cause}")],
        "steps": [("Please {first_step}, then {last_step}.", "the customer is requested to {first_step} and subsequently to {last_step}"),
                  ("First {first_step}. If {code} comes back, reply with a photo of the display.", "it is recommended to {first_step}, and in the event of a recurrence of {code} to submit a photograph of the display"),
                  ("Please {first_step}. It takes {days2} minutes.", "the user is to {first_step}, for which a duration of {days2} minutes is to be allowed")],
        "vague": ["Try a few things and it might go away.", "Have a look at the device when you find the time.", "Sometimes it helps to wait a little."],
    },
    {
        "kind": "task",
        "question": ["How do I {goal} [on|with] my {name}?", "I cannot find out how to {goal} [on|with] the {kind}.", "Can you tell me how to {goal}? I have the {name}."],
        "facts": [("You can {goal} in about {days2} minutes.", "the procedure by which one may {goal} requires approximately {days2} minutes"),
                  ("That works without tools.", "no tools are required for the performance of this procedure"),
                  ("The {name} can do that since version {firmware}.", "the functionality to {goal} is provided by the {name} as from firmware {firmware}")],
        "steps": [("Please {first_step}, then {last_step}.", "the user shall {first_step}, whereupon the user shall {last_step}"),
                  ("Start here: {first_step}. After that, {last_step}.", "it is necessary to {first_step} prior to proceeding to {last_step}")],
        "vague": ["You will find it somewhere in the settings.", "Just play around with it for a bit.", "Most people work it out by themselves."],
    },
    {
        "question": ["Where is my {name}? Order {order}.", "Order {order} should have been here on {weekday}. What happened?", "The {kind} from order {order} [has not come|is late]. When will it arrive?"],
        "facts": [("Your {name} is at the depot in {city} and leaves there on {weekday}.", "the consignment is currently located at the distribution facility in {city}, its departure being scheduled for {weekday}"),
                  ("The parcel was held in {city} for {days} days. It is moving again.", "a delay of {days} days in the transport chain in {city} has been identified and has since been remedied"),
                  ("Order {order} reached {city} this morning.", "the arrival of {order} at {city} was recorded this morning")],
        "steps": [("If it is not there by {weekday2}, reply to this mail and we send a new one the same day.", "should delivery not have been effected by {weekday2}, a replacement consignment may be requested by return mail"),
                  ("You can choose a new delivery day at larkwell.example/track with {order}.", "the delivery date may be amended via larkwell.example/track under indication of {order}"),
                  ("Please keep {order} ready; the courier calls you before noon on {weekday2}.", "the number {order} is to be held in readiness for the call of the carrier prior to noon on {weekday2}")],
        "vague": ["It should turn up in the next while.", "We will let you know if we hear anything.", "Parcels do take their time."],
    },
    {
        "question": ["I want to return my {name}. How does that work?", "Can I send the {kind} back after {days} days?", "How do I return order {order}?"],
        "facts": [("You can return it within 30 days, and the return is free.", "goods may be returned free of charge within a period of 30 days pursuant to section 4 of our terms"),
                  ("Yes. Returns are free for 30 days, also if the box is open.", "returns are accepted free of charge for 30 days irrespective of the condition of the packaging"),
                  ("After {days} days that is fine: the limit is 30 days.", "{days} days having elapsed, the contractual period of 30 days remains unexpired")],
        "steps": [("Print the label at larkwell.example/return with {order} and take the box to any parcel shop.", "the label is to be generated via larkwell.example/return under {order} and the box to be surrendered at a parcel shop"),
                  ("I have attached the label. Please hand the box in by {weekday}.", "kindly effect the return by means of the enclosed label no later than {weekday}"),
                  ("Open larkwell.example/return, enter {order} and choose a pick-up day.", "a collection date is to be selected via larkwell.example/return under {order}")],
        "vague": ["You can send it back whenever it suits you.", "Somebody will tell you how that works.", "There is a way to do it on our site."],
    },
    {
        "question": ["I was charged twice for my {name}.", "My card shows {price} dollars twice for order {order}.", "Why did you take {price} dollars two times?"],
        "facts": [("We charged order {order} twice, and that was our mistake.", "an erroneous duplicate debit was ascertained with respect to {order}"),
                  ("The second {price} dollars is a reservation, not a payment.", "the second amount of {price} dollars constitutes a reservation as opposed to a payment"),
                  ("You are right: {price} dollars went through two times.", "a double authorisation of {price} dollars has been confirmed")],
        "steps": [("You get the {price} dollars back on the same card within {days} days.", "reimbursement of {price} dollars will be effected to the original means of payment within {days} days"),
                  ("Please check your card on {weekday}; the money is back by then.", "the crediting of the amount may be verified as of {weekday}"),
                  ("If it is still on your card on {weekday}, send us the line from your statement.", "should the entry persist on {weekday}, submission of the statement line is required")],
        "vague": ["The money will find its way back to you.", "This normally sorts itself out.", "Our bank people may look at it."],
    },
    {
        "question": ["Which {part} fits my {name}, and what does it cost?", "I need a new {part} for the {kind}.", "Where do I get a {part} for the {name}?"],
        "facts": [("You need part {number}. It costs {part_price} dollars.", "the component in question bears the number {number} and is offered at {part_price} dollars"),
                  ("The {part} is part {number}, {part_price} dollars with postage.", "the {part} is listed under {number} at a price of {part_price} dollars inclusive of postage"),
                  ("Part {number} fits every {name}. We sell it for {part_price} dollars.", "compatibility of {number} with all {name} models is confirmed, the price amounting to {part_price} dollars")],
        "steps": [("Order it at larkwell.example/parts with the number {number}.", "the ordering is to be carried out via larkwell.example/parts quoting {number}"),
                  ("Reply with your address and we send it on {weekday}.", "upon submission of a postal address the dispatch on {weekday} can be arranged"),
                  ("Type {number} into the search field of the shop. It ships within {days2} days.", "{number} is to be entered in the search field, dispatch ensuing within {days2} days")],
        "vague": ["Any shop will have something that fits.", "Have a look around for the right one.", "It is probably not expensive."],
    },
    {
        "question": ["Is my {name} still under warranty? I bought it in {month}.", "The {kind} is two years old. Do you still repair it?", "Does the warranty cover [a dead motor|a broken button|a fault in the cable] on the {name}?"],
        "facts": [("The warranty runs for three years from the day of purchase, so yours is covered.", "the device is subject to a warranty period of three years commencing on the date of purchase and is accordingly covered"),
                  ("Yes, your {name} has three years of warranty.", "a warranty of three years is hereby confirmed for the {name}"),
                  ("It is covered. We repair the {name} for free within three years.", "repairs to the {name} are carried out without charge within a period of three years")],
        "steps": [("Please send us a photo of the receipt and the serial number.", "proof of purchase as well as the serial number must be submitted"),
                  ("Book the repair at larkwell.example/repair with {order}. We pay the postage.", "a repair is to be registered at larkwell.example/repair under {order}, postage being borne by Larkwell"),
                  ("Write down the serial number and reply to this mail by {weekday}.", "the serial number is to be communicated by return mail no later than {weekday}")],
        "vague": ["Send us something that shows when you bought it.", "We can surely do something about it.", "Repairs are a matter of luck, but ask again."],
    },
    {
        "question": ["I cannot sign in to the app [since {weekday}|any more].", "The reset mail for my password never arrives.", "The app rejects my code every time."],
        "facts": [("The reset link works for 20 minutes only.", "the validity of the reset link is limited to a duration of 20 minutes"),
                  ("Your account is locked after five wrong codes. It opens again after an hour.", "access to the account has been suspended for one hour owing to five incorrect entries"),
                  ("Our mails to your address came back, so you could not see the link.", "messages to the address on file were returned as undeliverable, the link thus not having been received")],
        "steps": [("Please ask for a new link and open it on the same phone.", "a renewed request for the link on the identical device is required"),
                  ("Wait until {hour} o'clock, then sign in with the code from the last mail.", "it is advised to refrain from further attempts until {hour} o'clock and then to enter the most recent code"),
                  ("Add care@larkwell.example to your contacts and ask for the link again.", "care@larkwell.example is to be added to the contacts prior to a renewed request")],
        "vague": ["It should work again at some point.", "Try again a few more times.", "Phones are like that now and then."],
    },
    {
        "question": ["My {name} arrived with a [scratch|dent|crack].", "The box of the {kind} was crushed and the {name} is damaged.", "Order {order} came with a broken part."],
        "facts": [("The damage happened on the way, and we replace the {name}.", "the damage is deemed to have occurred during transit and a replacement of the {name} has been authorised"),
                  ("A new {name} is packed for you.", "a substitute device has been prepared for dispatch"),
                  ("You do not need to pay for this: we send a new one.", "a substitute device will be provided without charge")],
        "steps": [("Please keep the box. The courier brings the new one on {weekday} and takes the old one along.", "the original packaging must be retained until the exchange by the carrier on {weekday}"),
                  ("Send us two photos, one of the box and one of the damage, by {weekday}.", "photographic documentation of the packaging and of the damage is to be supplied by {weekday}"),
                  ("Put the old one outside your door on {weekday} before nine.", "the defective device is to be made available for collection on {weekday} prior to nine")],
        "vague": ["We will think about what can be done.", "Just hold on to it for now.", "These things happen with parcels."],
    },
    {
        "question": ["Can I change the delivery address of order {order}?", "We are moving to {city}. Can the {name} go there?", "Please send my {kind} to the office instead."],
        "facts": [("Yes, order {order} has not left the warehouse yet.", "the consignment {order} has not yet been released from the warehouse, so that an amendment is permissible"),
                  ("The address can be changed until {hour} o'clock today.", "an amendment of the delivery address is permissible until {hour} o'clock today"),
                  ("That is possible until the parcel is scanned on {weekday}.", "an amendment remains possible until the scanning of the consignment on {weekday}")],
        "steps": [("Please reply with the street, the number and the town.", "the complete address is to be communicated in writing"),
                  ("Enter the new address at larkwell.example/track under {order}.", "the amendment is to be entered under {order} in the tracking portal"),
                  ("Send the address before {hour} o'clock and I change it myself.", "the address is to be submitted prior to {hour} o'clock for amendment by the undersigned")],
        "vague": ["Let us know where it should go some time.", "The driver may be able to do something.", "It depends on a number of things."],
    },
    {
        "question": ["How do I cancel Larkwell Plus?", "I no longer want to pay six dollars a month for Plus.", "Please stop my Plus subscription."],
        "facts": [("You can cancel Plus on any day, and it ends with the paid month.", "the subscription may be terminated at any time with effect from the end of the billing period"),
                  ("Your Plus month is paid until the {day}th.", "the current billing period of the subscription extends to the {day}th"),
                  ("There is no notice period for Plus.", "no period of notice applies to the subscription")],
        "steps": [("Open the app, tap Account, then Plus, then End.", "the termination is to be carried out within the account section of the application under Plus"),
                  ("Tap End in the app. If no mail confirms it by {weekday}, reply here.", "following termination in the application, the absence of a confirmation by {weekday} is to be reported"),
                  ("Save your clips before the {day}th: tap Events, then Export.", "it is advisable to export stored recordings via Events prior to the {day}th")],
        "vague": ["The app has an option for that somewhere.", "It will stop by itself sooner or later.", "We would rather keep you, so think it over."],
    },
    {
        "question": ["Can I change the {setting} of the {name}?", "What is the range of the {setting} on the {kind}?", "How is the {setting} of my {name} set when it is new?"],
        "facts": [("The {setting} can be {range}. It starts at {default}.", "the parameter {setting} is adjustable ({range}), the factory value being {default}"),
                  ("When it is new, the {setting} is {default}.", "the factory value of the {setting} amounts to {default}"),
                  ("You can set the {setting} to {range}.", "the {setting} admits the following values: {range}")],
        "steps": [("Open the app, choose {name} and tap {setting_title}.", "the adjustment is to be performed within the application under {setting_title}"),
                  ("Try one value for {days2} days before you change it again.", "a given value should be retained for a period of {days2} days prior to a further adjustment"),
                  ("Hold the button for five seconds to go back to {default}.", "a restoration of the value {default} is achieved by actuation of the button for five seconds")],
        "vague": ["You can change that in different places.", "Most people leave it as it is.", "It is a matter of taste."],
    },
]

OPENERS = {
    "gushing": ["Thank you SO much for reaching out to us!", "Wow, what a great question!", "Awesome that you chose Larkwell!", "We are thrilled to hear from you!"],
    "sorry": ["We are deeply and sincerely sorry for every inconvenience that this may have caused you.", "Please accept our heartfelt apologies, we feel terrible about it.",
              "I cannot say often enough how sorry all of us here are."],
    "blame": ["As the manual clearly states, this is easy to avoid.", "You should have checked this before you wrote to us.", "This happens when people do not read the instructions.",
              "Had you followed the steps on page two, you would not have this question.", "I assume that you overlooked our last mail."],
    "stiff": ["With reference to your inquiry of this week, we hereby inform you as follows.", "We acknowledge receipt of your correspondence.", "Your matter has been registered and reviewed by the department in charge."],
    "jargon": ["I checked the CRM and your case is in the L2 queue.", "Per our SOP the RMA flow has an SLA of two cycles.", "The backend shows a status flag on your SKU."],
    "padding": ["First of all it is worth saying a few words about how we work here.", "There are many sides to this and we get many mails about it every day.",
                "Larkwell has always cared about quality, and our customers mean a great deal to us."],
}

CLOSERS = {
    "gushing": ["Have a fantastic day!", "You are going to love it!", "High five from all of us!"],
    "sorry": ["Once again, we are truly sorry and hope that you can forgive us.", "We regret this more than words can say."],
    "blame": ["Please be more careful next time.", "Next time a look at the manual will save us both some time."],
    "stiff": ["We remain at your disposal for any further queries.", "We trust that this information is satisfactory."],
    "jargon": ["I will close the ticket as resolved per workflow.", "Ping us via the portal so that the flag is reset."],
    "padding": ["There would be more to say about this, but that is the main point for the moment.", "As said before, this is how it works, and it has worked that way for a while."],
}

WRONG_SIGNATURES = ["Your Larkwell Support Department", "Best,\n{agent}", "Sincerely yours,\nThe whole Larkwell family", "{agent} {last}, Customer Happiness Hero", "LARKWELL CARE", ""]

FILLERS = ["In other words, that is how things stand at present.", "This is something that we are asked quite often.", "To be complete, this holds for all colours and all boxes as well.",
           "You may know this already, but it does no harm to say it."]

ASIDES = ["More on the reason in a moment.", "But to come back to your actual question.", "Before I forget it, here is the rest.", "The background to all this is the following."]
