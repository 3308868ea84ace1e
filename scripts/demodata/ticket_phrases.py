"""What customers write: phrase banks for the ticket generator, in the template language of `grammar`.

`{thing}` is the product the ticket is about, or a word such as parcel when it names none.
"""

# What happened, for every category but defect and how_to, which take theirs from the product.
ISSUES = {
    "delivery": [
        "{the_thing} [has not arrived|is still not here|never showed up] [although|even though] the [tracking page|tracking] [says|claims] delivered [since {weekday}|]",
        "the parcel with {the_thing} [has been stuck|is stuck] in {city} [since {weekday}|for {days} days] [and nothing moves|]",
        "[I received|we received|the courier brought] the wrong [colour|model], [I ordered|we ordered] {the_thing} in {colour}",
        "[only one of two boxes|one box instead of two|half of the order] [arrived|came], {the_thing} is missing",
        "the courier [left {the_thing}|put {the_thing}] [in the rain|with a neighbour I do not know|behind the bins] and [rang nobody|left no card]",
        "[can you tell me|please tell me|I would like to know] when {the_thing} will [arrive|be delivered|leave your warehouse]",
        "[is it possible|would it be possible] to [change the delivery address|send it to another address] for {the_thing}? We [move|are moving] to {city}",
        "the [outer carton|box] of {the_thing} was [torn open|soaked|crushed] when [it came|the courier handed it over]",
        "[please deliver|could you deliver] {the_thing} to [a pick-up shop|my office|the parcel locker] [instead|] in {city}",
        "the delivery date for {the_thing} was [moved|put off] [twice|three times] [and now no date is shown at all|]",
    ],
    "billing": [
        "[I was charged|you charged me|my card was charged] twice for {the_thing}, {amount} dollars [each time|both times]",
        "[I need|please send me|could you send me] an invoice [with our VAT number|with the company name|as a PDF] for {the_thing}",
        "the [discount code|voucher|coupon] [was not applied|did not work] when [I paid|we paid] for {the_thing}",
        "the invoice for {the_thing} [shows|says] {amount} dollars, [but|while] the shop [said|showed] {amount2} dollars",
        "[the monthly fee for Larkwell Plus|the Larkwell Plus fee] [went up|was raised] to {small} dollars [and nobody told me|without a word]",
        "[my payment|the payment] for {the_thing} [was declined|failed] but the [money left my account|bank shows {amount} dollars as paid]",
        "[can I|is it possible to] pay for {the_thing} [in three parts|by bank transfer|with two cards]",
        "[I cancelled|we cancelled] Larkwell Plus in {month} and [you still take|am still being charged] {small} dollars a month",
        "the refund of {amount} dollars for {the_thing} [has not reached|is not on|never reached] my [account|card]",
        "the invoice [has|shows] the wrong [address|company name], [it should say|please put] {city} [as the town|]",
    ],
    "return": [
        "[I would like|I want|we want] to [return|send back] {the_thing}, [it is too big for our flat|it is not what I expected|we got two as presents]",
        "[how many days|how long] do [I|we] have to [return|send back] {the_thing}? It [is unopened|is still sealed|was used once]",
        "[please send me|I need|could you mail me] a return label for {the_thing}, [the QR code does not open|my printer is broken|the link has expired]",
        "[I sent {the_thing} back|{the_thing} went back to you] {days} days ago and [there is no word about|I have heard nothing about] [the exchange|it]",
        "[can I|could we|is it possible to] exchange {the_thing} for [the {colour} one|another colour|a different size]",
        "[I bought|we bought] {the_thing} [by mistake|twice by accident] and [would like to give it back|want to hand it back]",
        "the return of {the_thing} was [refused|rejected] because [a screw|the manual|the box] is missing",
        "[do I|must I] pay the postage when I [return|send back] {the_thing}[ from {city}|]",
        "[I changed my mind about|we decided against] {the_thing}, [the box is unopened|it has not been used], [please take it back|where do I send it]",
    ],
    "account": [
        "[I cannot|I can not|I am not able to] [sign in|log in] [to the app|to the Larkwell app|on the website] [since {weekday}|after the last update|]",
        "the [password reset mail|mail with the reset link|reset link] [never arrives|does not come|has expired before I can open it]",
        "[please change|could you change|I want to change] the [mail address|phone number] [of|in] my [account|profile][, the old one belongs to my former employer|]",
        "[please delete|I want you to delete] my [account|profile] and [all data|everything] you [have stored|keep] about me",
        "the app [says|tells me] that my [account|mail address] [is already in use|does not exist], [although|but] I [have used it for years|used it yesterday]",
        "the [code|six-digit code] for [signing in|two-step sign-in] [is never accepted|is always wrong|goes to my old phone]",
        "[my wife|my husband|my son] and I [have two accounts|each have an account] and [want to merge them|would like a single one]",
        "[the app does not list|I no longer see] {the_thing} [in my account|under my devices] after [I got a new phone|the update]",
    ],
    "feedback": [
        "[it would be nice|it would help|I suggest] if {the_thing} [had a quieter mode|could remember two users|came with a longer cable|had a darker display]",
        "[please add|could you add|I miss] a [French|Turkish|Polish] [translation|version] of the [manual|app] for {the_thing}",
        "[a small idea|one idea|a suggestion] for {the_thing}: [print the part number on the inside|use fewer plastic bags in the box|sell the spare parts in a set]",
        "[I filled in|I answered] your [survey|questionnaire] about {the_thing} and [wanted to add|forgot to write] that the [quick guide|first page] [could be clearer|needs larger print]",
        "[just a note|only a remark] about {the_thing}: the [light|beep] is [too bright|too loud] for a [small bedroom|child's room], [a setting for it would help|please make it optional]",
        "[for the next version of|in a future version of] {the_thing} [I would wish for|please think about] [a handle|a repair kit|a smaller box|an offline mode]",
    ],
}

HOW_TO = [
    "how [do|can] [I|we] {goal} [with|on] {the_thing}",
    "[could you explain|can you tell me|please explain|I would like to know] how to {goal} [with|on] {the_thing}",
    "[what is the right way|is there a way|is it possible] to {goal} [with|on] {the_thing}",
    "[I am trying|we are trying] to {goal} [with|on] {the_thing} and [do not find|cannot find] [the right menu|it in the manual|the page in the booklet]",
    "[where do I find|where is] the [menu|setting] to {goal} [with|on] {the_thing}",
]

DEFECT = [
    "{the_thing} has a [problem|fault]: {symptom}",
    "[since {weekday}|for {days} days now|since this morning|after {days} weeks of use] {the_thing} [is faulty|has a fault]: {symptom}",
    "[I have|we have] [trouble|a problem] with {the_thing}. {symptom}",
    "[I am writing about|this is about] {the_thing}. {symptom}",
    "[I bought|we bought] {the_thing} in {month} and now {symptom}",
    "{the_thing} does not work [as it should|properly]: {symptom}",
]

GENERIC_SYMPTOMS = [
    "it does not switch on [any more|]",
    "the [power light|light] [is out|stays dark] and [nothing happens|no button works]",
    "a [screw|foot|clip] [was loose|is broken] and [it wobbles|it does not stand straight]",
]

DETAILS = {
    "defect": [
        "[I have already|I already|we have] [tried another socket|switched it off and on|pulled the plug for ten minutes] [without success|and nothing changed|]",
        "[the manual does not mention this|there is nothing about it in the manual]",
        "it [worked|ran] [without trouble|normally] [until {month}|for {days} weeks]",
        "[a short film of it is attached|I attach two photos|photos are attached]",
        "the serial number is {serial}",
        "[it stands|it is used] in [the kitchen|the hall|a small office|my bedroom] [and was never dropped|]",
    ],
    "delivery": [
        "the tracking number is {tracking}", "[I was|somebody was|we were] at home [all day|the whole afternoon]",
        "the [neighbours|people next door] [have nothing either|did not see a courier]", "[our|the] house number is {small}, [second floor|the door on the left|at the back]",
        "the mail said [it would take {days} days|delivery within {days} days]", "[the bell works|the name is on the door]",
    ],
    "billing": [
        "the invoice number is {invoice}", "[I paid|it was paid] by [credit card|bank transfer|PayPal] on {month} {small}",
        "[the statement of my bank is attached|I attach the bank statement]", "[our accounting|our bookkeeper] [asks for it|wants it in writing]",
        "[I checked|we checked] the [confirmation|order mail] [again|twice]", "the price on the product page was {amount} dollars",
    ],
    "return": [
        "[all parts are|everything is] [in the box|still in its bag]", "it was a [present|gift] [from my sister|from a colleague|]",
        "[I paid|it cost] {amount} dollars", "the [seal|tape] [is not broken|was opened once]", "[we live|I live] in {city}, [far from a post office|close to a parcel shop]",
        "[the delivery was|it arrived] on {month} {small}",
    ],
    "account": [
        "my user name is {username}", "[I use|we use] the app on [an older phone|a tablet|two phones]",
        "[I looked|we looked] in the spam folder [too|as well|]", "[the phone|my phone] was [restarted|updated] [twice|yesterday]",
        "the app version is {version}", "[it worked|everything worked] [until {weekday}|last week]",
    ],
    "how_to": [
        "the [manual|quick guide] [only covers|only shows] the [older|smaller] model", "[the app version is|I use app version] {version}",
        "[I found|there is] a video [but it is in German|but it shows another menu]", "[I am|my mother is] [not very technical|new to this|eighty years old]",
        "[we bought it|I got it] [second hand|in {month}|as a present]", "the serial number is {serial}",
    ],
    "feedback": [
        "[I use it|we use it] [every day|twice a day|on weekends]", "[I have owned it|we have had it] since {month}",
        "[my neighbour|a colleague|my daughter] [thinks the same|said the same]", "[I do not need|you need not send] a [long|detailed] answer",
        "[I wrote the same|I left the same words] in the [shop|app store]",
    ],
}

HAZARD_LEAD = [
    "{the_thing}: {hazard}", "[today|this morning|last night|an hour ago] something [frightening|dangerous|serious] happened with {the_thing}: {hazard}",
    "[I unplugged|we unplugged] {the_thing} because {hazard}", "{hazard}. This is about {the_thing}",
]

INTRUSION = {
    "account": [
        "[somebody|someone] [signed in to|got into] my account from {city} [last night|on {weekday}] and [changed the password|added a new address]",
        "[I got|I received] a mail that my password was changed, [but it was not me|I did not do that], and [a stranger|someone] now [has access to my account|sees my devices]",
        "a [phone|device] I do not know [is listed in|is signed in to] my account and [it watches my camera|it ordered something]",
    ],
    "billing": [
        "there is a charge of {amount} dollars [from you|from Larkwell] [on my card|in my account] that I never [made|approved], [I ordered nothing|my card was stolen]",
        "[somebody|someone] [used|is using] my [card|account] to buy {the_thing}, I [did not order|never ordered] [anything|it]",
    ],
}

EMOTION = {
    "negative": [
        "[I am|we are] [really|very|quite|] [disappointed|annoyed|fed up|frustrated] [by now|with this|]", "this is [simply|just|] [unacceptable|ridiculous|a bad joke|not good enough]",
        "[for that price|for this money] [I expected|one expects] [far more|something better]", "[what a waste of|I have lost] [time|an entire evening]",
        "[I regret|we regret] [buying it|the purchase|choosing Larkwell]", "[never again|that was my last order]", "[honestly|frankly], [I am losing my patience|this makes me angry]",
        "[your service|the service] [is poor|let me down|has been terrible]", "[I would not|I cannot] recommend [Larkwell|you] to anyone",
    ],
    "positive": [
        "[apart from that|otherwise|by the way,] [I love it|we love it|I am very happy with it]", "[great|wonderful|lovely] [design|product|work], [really|truly]",
        "[your team was|you were] [so helpful|very kind] [last time|on the phone|]", "[I am|we are] [delighted|very pleased|impressed] [so far|]",
        "[it has made|it makes] [our mornings|my days] [so much|much] easier", "[thank you for|thanks for] [such a good product|making things that last]",
        "[keep up|keep doing] the [good|great] work", "[best purchase of the year|the best one I have ever had]",
    ],
}

DEADLINE = [
    "[I need it|we need this solved|I need an answer] [before {weekday}|by {weekday} at the latest|by tomorrow]", "[we leave|I travel|we fly] in {few} days[, so it has to be solved before|]",
    "[our guests arrive|my parents come|the new tenants move in] [on {weekday}|tomorrow|in {few} days] and [I need it by then|it must work by then]",
    "the [birthday|wedding|party] is [this {weekday}|tomorrow|in {few} days]", "[please answer today|I need an answer today], [the offer ends tonight|my leave ends tomorrow]",
]

REPEATED = [
    "[this is|it is] [already|] my [second|third|fourth] [mail|message] [about this|on the matter]", "[I wrote|we wrote] to you [last week|{days} days ago] [already|] and [nobody answered|got no answer|heard nothing]",
    "[I have called|we called] [twice|three times] [about it|] [before|already]", "[my last|our previous] [mail|message] [was never answered|is still open] [(case {case})|]",
]

NO_HURRY = [
    "[there is no hurry|no rush|it is not urgent]", "[take your time|whenever you have time], [it can wait|next week is fine]", "[an answer|a reply] [some time|] next [week|month] [is fine|is soon enough]",
]

PERSON = [
    "[please call me|could somebody call me|I want a call back] [on {phone}|in the afternoon|]", "[I want to|I would like to|please let me] [speak|talk] to [a person|a human|somebody in your team]",
    "[no standard answer|no automatic reply|please no robot answers], [a real person|a human being] should [read this|look at it]",
]

OTHER = [
    "[I also own|we also have] {other_thing}, [but this is not about it|that one is not affected|which is not the point here]",
    "[it is not about|this has nothing to do with] {other_thing} [I asked about before|in the same room|we bought later]",
]

ORDER = [
    "[my|the] order [number|] is {order}", "order [number|no.|] {order}", "[I ordered it|it was ordered] under {order}", "[this is about|it concerns] order {order}",
    "(order {order})", "order {order} [from {month}|placed in {month}]",
]

OLD_ORDER = [
    "[an earlier order|my previous order], {old_order}, [is not affected|has nothing to do with this]", "[please do not confuse it with|not to be mixed up with] [my old order|the earlier order] {old_order}",
]

NO_ORDER = ["[I do not have|I cannot find] the order number [here|any more|right now]", "[it was bought|I bought it] in a shop in {city}, [so there is no order number|without an order number]"]

GREETING = {
    "formal": ["Dear [Larkwell team|customer service|support team|Sir or Madam],", "Good [morning|afternoon|evening],", "To the customer service department:", "Dear Sirs,"],
    "friendly": ["[Hi|Hello|Hey] [there|Larkwell|everyone|team|],", "Hello dear [support team|people at Larkwell],", "Hi, [{first} here|it is {first}]."],
    "terse": ["", "", "", "Hi.", "Hello."],
    "angry": ["", "Larkwell,", "To whom it may concern,", "Hello?"],
    "simple": ["Hello [friend|sir|support]", "Hi", "good day", "hello please help"],
}

CLOSING = {
    "formal": ["[Thank you in advance|I look forward to your reply|Please let me know how to proceed].", "I would be grateful for [a short reply|your advice|your help].", "Please advise."],
    "friendly": ["Thanks [a lot|so much|for your help|]!", "[Many thanks|Cheers|Thank you]!", "Would be [lovely|great] to hear from you."],
    "terse": ["", "", "Thanks.", "Please fix.", "Please advise."],
    "angry": ["I expect an answer.", "[Do something|Sort this out].", "", "I am waiting."],
    "simple": ["thank you", "please help me", "thanks and sorry for my english", "waiting for answer"],
}

SIGNATURE = {
    "formal": ["[Yours sincerely|Kind regards|With best regards|Yours faithfully],\n{first} {last}", "[Regards|Sincerely],\n[Dr.|Mr.|Ms.|Mrs.] {last}, {city}"],
    "friendly": ["{first}", "[Best|Warm wishes|See you],\n{first}", "[Best wishes|Greetings] from {city}, {first}"],
    "terse": ["", "", "{first}", "{last}"],
    "angry": ["{first} {last}", "{last}", "", "{first} {last}, {city}"],
    "simple": ["{first}", "{first} {last}", "", "your customer {first}"],
}

SUBJECTS = {
    "defect": ["{thing} [faulty|broken|not working|problem]", "[Problem with|Trouble with|Fault on] {thing}", "[Repair|Warranty] question"],
    "delivery": ["[Where is|Delivery of|Question about] {thing}", "[Parcel|Delivery] [missing|question|problem]"],
    "billing": ["[Invoice|Payment|Bill] [question|problem|wrong]", "[Charge|Invoice] for {thing}"],
    "return": ["[Return|Sending back|Exchange] {thing}", "Return [question|label]"],
    "account": ["[App|Account|Sign-in] [problem|question|trouble]", "[My account|Password]"],
    "how_to": ["[Question about|Help with|How to use] {thing}", "[Settings|Short question|A question]"],
    "feedback": ["[Idea|Suggestion|Feedback] [for {thing}|]", "[A wish|Some feedback|A remark]"],
}
