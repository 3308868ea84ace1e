"""Sentence banks of the handbook, in the template language of `grammar`.

Slots that start with `{the_}` are noun phrases, `{symptom}` and `{cause}` are clauses, `{step}`,
`{use}` and `{goal}` are imperatives or infinitives without "to".
"""

OVERVIEW = [
    "The {name} is [the|our] {kind} that Larkwell has built since {released}.", "[Most people|Many households|Customers in {city}] buy it to {use}.", "[It was made|We designed it] to {use} and to {use2}.",
    "It weighs {weight} and is {size}.", "[On full load|At work] the {name} [draws|needs] {power}.", "The {name} is sold in {colours}.", "The price in our shop is {price} dollars[, postage included|].",
    "[New units|All units made this year] leave the factory with firmware {firmware}.", "[Inside the box you find|The box holds] the {kind}, a quick guide and {the_part}.",
    "[Somebody who wants|Anyone who wants] to {use} [will be happy with it|has come to the right place].", "A {kind} like this [lives|lasts] longest when it is cleaned [every week|twice a month|after a busy day].",
    "[The idea came from|It began with] a [service call|letter|small test group] in {city}, where people wanted to {use}.", "[Its best known feature is|People talk most about] the {feature}: it {feature_text}.",
    "The {feature} {feature_text}, which [no earlier model did|sets it apart|took us two winters to get right].", "[We never|We do not] sell the {name} without {the_part}.",
]

SPECS = [
    "Weight: {weight}.", "Size: {size}.", "Power: {power}.", "First sold: {released}.", "Firmware at this printing: {firmware}.", "Colours: {colours}.", "Price: {price} dollars.",
    "Error codes: {codes}.", "Spare parts: {part_numbers}.",
]

TASK_OPEN = [
    "This page shows how to {goal} on the {name}.", "[Customers ask|People in {city} asked|New owners often ask] how to {goal}.", "You do not need [tools|help|the app of a friend] to {goal}.", "[To|In order to] {goal}, [take|allow yourself] {few} minutes[ and good light|].",
    "It is worth knowing how to {goal} before [the first holiday|winter comes|guests arrive].", "The {kind} lets you {goal} [at any hour|without a call to us].", "[Once|As soon as] you know where things are, you {goal} in {few} minutes.",
]
TASK_STEPS = ["First, {step}.", "[Begin like this:|Start here:] {step}.", "[The first thing to do:|To begin,] {step}."]
TASK_NEXT = ["Then {step}.", "[Next|After that], {step}.", "[Now|When that is done,] {step}.", "[Once this works|A moment later], {step}."]
TASK_LAST = ["[Finally|Last], {step}.", "[At the end|To finish], {step}.", "[That leaves one thing|One thing is left]: {step}."]
TASK_TIPS = [
    "[If|When] nothing happens, [wait for {few} seconds|go back one page] and try once more.", "[Do this|Repeat it] every {few} weeks [if you have pets|in a dusty home|in a house with hard water|].", "{person} from the workshop in {city} [does it|prefers to do it] on {weekday} mornings, when [the house is quiet|nobody is in the way].",
    "[A common slip|The usual mistake] is to forget the [first|last|second] step, so [read the list again|check it twice].", "[The light|The small light] [blinks|turns white] {few} times when the {name} has understood you.", "Firmware {firmware} made this [shorter by one step|easier to undo|faster].",
    "[Older phones|Tablets] show the same [menu|page] with [smaller|larger] letters.", "A [child|visitor] can do it too, but [not alone|only with the {name} unplugged].", "[You can undo it|It can be undone]: hold the button until the light [goes out|turns red].",
    "[The {feature}|Your setting for the {setting}] stays as it was.", "[Write down|Note] the old [value|setting] before you begin.", "[Support gets|We get] about {number} questions a month on this, most of them [in {month}|after a holiday|on a {weekday}].",
    "While you are at it, look at {the_part}: if it is worn, [order|buy] {part_number} for {part_price} dollars.",
]

FAULT_OPEN = [
    "Code {code} on the {name} means that {symptom}.", "[When|If] {symptom}, the {kind} [shows|reports] {code}.", "{code}: {symptom}.", "[The display says {code}|A customer reads {code} on the display] when {symptom}.", "[Behind {code} there is a simple reason|The reason is mostly harmless]: {cause}.",
    "In most cases {cause}.", "[Ask first whether|Find out whether] {cause}.", "[We see|Our workshop sees] {code} [after a move|in the first week|in {month} more than in any other month], because {cause}.", "It does not mean that the {name} is broken; it means that {symptom}.",
]
FAULT_STEPS = ["[Ask the customer to|The customer should] {step}.", "[Please|Kindly] {step}.", "[What helps first|The first cure]: {step}.", "{step_cap}, [and|then] look at the display."]
FAULT_MORE = ["[If {code} is still there|If that was not enough], {step}.", "[Then|After that] {step}.", "[Next|As a next step], {step}.", "[Also|In addition], {step}."]
FAULT_NOTES = [
    "[About|Around] {number} of a thousand {name} owners have seen {code} [in their first year|since {month}].", "[A unit|One {kind}] that shows {code} three times in a week [goes|should go] to the workshop.", "Never open the case [yourself|at home]: the warranty of three years [ends|is lost] with the seal.",
    "[In firmware|Before firmware] {firmware} the code [came|appeared] [too late|too early], [so check the version|which confused people].", "{person} in {city} solved the same case [on the phone|by mail] in {few} minutes.", "[If a part is needed|Where a part has failed], it is mostly {the_part}, number {part_number}.",
    "[Do not|Please do not] promise a new unit before the steps [were tried|are done].", "[Note|Write] the code, the firmware and the serial number in the case.", "[The customer is right|It is our mistake] if {code} shows up on a new unit; [send another|offer a swap] at once.",
    "[It is safe|There is no danger] to use the {kind} while {code} is on, unless there is smoke, heat or a smell.", "The photo of the display [tells|shows] us more than [three mails|a long call].", "[Some people|A few owners] mix up {code} with {other_code}, which means that {other_symptom}.",
    "[Cold|Damp|Dry] rooms make it [more likely|worse|rarer].", "After the repair, let the {name} run for {few} minutes and [watch the light|listen to it].", "[Reply|Answer] with the short text for {code}, then [ask|wait] for the result.", "The repair book counts {number} such cases for {year}.",
]

PART = [
    "{the_part_cap} of the {name} has the number {part_number} and costs {part_price} dollars.", "[Replace|Change] it [{interval}|at the latest {interval}].", "[You can|Anyone can] order {part_number} in the shop or by [phone|mail].", "It fits [every|each] {name} since {released}.", "[A worn|An old] {part} makes the {kind} [louder|slower|less exact].",
    "[Store|Keep] a spare one in a [dry|dark|cool] [drawer|place].", "The {part} is made in {maker_city} by [a family firm|a small workshop|a partner we have known for years].", "Copies from other shops [look the same|are cheaper] but [do not last|fit badly].", "{part_number} ships [within {few} days|on the next working day] from the warehouse in {city2}.",
    "[The box|The bag] also holds a [card|leaflet] with [two|three|four] pictures.", "[If it broke|If it failed] within three years, we [send|mail] a new {part} for free.", "[Bring|Send] the old {part} back: we [recycle it|use it again].", "[Test|Check] the {name} for {few} minutes after you have changed the {part}.",
    "In {year} we sold {number} hundred of them, most in {month}.", "[Do not|Never] [wash|heat|oil] the {part} unless the leaflet says so.",
]

FEATURE = [
    "The {feature} {feature_text}.", "[Owners|People] [like|praise|asked for] the {feature} because it {feature_text}.", "[Turn the {feature} on|Switch the {feature} on] in the app under {name}.", "The {feature} came with firmware {firmware}.", "[It needs|The {feature} needs] no account and no [subscription|network].",
    "[Together|In combination] with the {setting} it [covers|meets] most wishes.", "[In our test flat|In a test home] in {city} the {feature} [ran|worked] for {number} days without a fault.", "[Somebody who wants to|If you want to] {use}, [leave it on|start with it].", "It [cannot|does not] [replace|stand in for] regular care.",
    "The {feature} of the {name} {feature_text}, [day and night|also when you are away|in every room].", "[Switch it off|Turn it off] when you {goal}.", "{person}, who [wrote|tested] it, says that {few} weeks [are enough|are needed] to get used to it.",
]

SETTING = [
    "The {setting} of the {name} is {default} when it leaves the factory.", "[Possible values|What you can choose]: {range}.", "[Change|Set] the {setting} in the app: choose {name}, then {setting_title}.", "[Most owners|Seven of ten owners] never touch the {setting}.", "[Keep|Leave] a new value for {few} days before you judge it.",
    "[If you get lost|To go back], hold the button for five seconds; the {setting} is then {default} again.", "The {setting} [has no effect on|does not change] the {feature}.", "[In a small flat|In an old house|With children] people often [prefer|choose] another {setting}.", "[After an update|After a power cut] the {kind} [keeps|remembers] the {setting}.",
    "{person} in {city} writes that the right {setting} [took {few} tries|made all the difference].", "The allowed range is {range}, [and|but] {default} [suits|fits] most homes.", "Release {firmware} [corrected|fixed] a [slip|fault] in the {setting}.",
]

POLICIES = {
    "Returns": [
        "A customer may return any product within 30 days of delivery.", "[The return is free|Nobody pays for the return], [also if|even when] the box was opened.", "We refund the [full price|price] to the card or account that paid, within five working days.", "[After 30 days|From day 31 on] we exchange a product only if it has a fault.", "A missing [manual|screw|bag] is no reason to refuse a return.",
        "The label comes from larkwell.example/return and is good for 14 days.", "[Presents|Gifts] can be returned by the person who received them; the money then comes as a voucher.", "Returned units are checked by the workshop in {city} and sold as second choice.", "[Parts and filters|Small parts] can be returned only in their closed bag.",
    ],
    "Warranty": [
        "Every Larkwell product has a warranty of three years from the day of purchase.", "[The warranty covers|Covered are] faults of material and work, not [drops|lightning|normal wear].", "[Brushes, filters and seals|Filters and brushes] are wear parts and are covered for six months.", "The receipt or the order number is [proof enough|all we need].", "A repair takes ten working days; [if it takes longer|after that] we lend a unit.",
        "[A unit|A product] that failed twice with the same fault is replaced.", "Opening the sealed case ends the warranty.", "We pay the postage in both directions.", "After the three years a repair costs a flat 35 dollars plus parts.",
    ],
    "Delivery": [
        "Orders placed before two o'clock leave the warehouse on the same day.", "Standard delivery takes three to five working days; express takes one.", "Express costs nine dollars, standard is free above 50 dollars.", "[A parcel|A shipment] counts as lost when the tracking has not moved for seven days.", "We then send a new one [on the same day|at once] and do not wait for the courier's answer.",
        "The address can be changed until the parcel is scanned.", "[A courier may leave|Couriers leave] a parcel with a neighbour only with a card in the letter box.", "Damage must be reported within seven days, with two photos.", "We deliver to {city}, {city2} and every town between them, but not to islands in winter.",
    ],
    "Refunds and invoices": [
        "Refunds reach a card within five working days and a bank account within three.", "[A double charge|Two charges] for one order is always checked by a person.", "Invoice numbers begin with INV and have five digits.", "A VAT number can be added to an invoice for twelve months.", "Vouchers cannot be paid out in cash.",
        "If the shop showed a lower price on the day of the order, the lower price holds.", "A charge that the customer did not make is urgent, whatever the amount.", "Bank transfers must name the order number.", "We never ask for a card number by mail.",
    ],
    "Larkwell Plus": [
        "Larkwell Plus costs six dollars a month.", "It stores the clips of the Wren for 60 days; without Plus the doorbell keeps sixty clips.", "Plus can be cancelled on any day and ends with the paid month.", "There is no notice period and no fee for ending it.", "Plus members get spare parts with ten percent off.",
        "One Plus account covers a household of up to six people.", "Clips can be exported under Events, then Export.", "A price change is announced 60 days ahead.",
    ],
    "Triage of tickets": [
        "Every ticket gets a category, a priority, a product, a mood, an order number and a mark for human help.", "A ticket is urgent when people or property are in danger.", "It is also urgent when a stranger is in the account or on the card.", "High priority is for tickets with a deadline and for customers who wrote before without an answer.", "Low priority is for tickets in which the customer says that it can wait.",
        "All other tickets are normal.", "A person must read every urgent ticket, every repeated one, and every one that asks for a person.", "The product is the one that the ticket is about; others named in passing do not count.", "A fault alone does not make the mood negative: look for an open complaint.", "If no product is named, the field stays empty.",
    ],
    "Order numbers": [
        "An order number is LW, a hyphen and six digits.", "Customers write it in many ways: with spaces, with a slash, in small letters, or only the digits.", "We store it in one way, with capital letters and a hyphen.", "A tracking number has two letters and eight digits and is not an order number.", "An invoice number begins with INV, a case number with C.",
        "The serial number has a letter, two digits, four digits and a letter.", "When two order numbers appear, take the one that the ticket is about.", "If the customer has none, leave the field empty and do not guess.",
    ],
    "House style": [
        "Greet the customer by first name.", "Give the answer in the first sentence.", "Then give one next step that can be done today, with the place, the number or the day.", "Do not blame the customer, not even between the lines.", "Leave out exclamation marks, capitals, jokes and office language.", "Say sorry once, and only if it was our mistake.",
        "Four sentences are enough for most mails.", "Sign with your first name and Larkwell Care.", "A step that nobody could follow is no step.", "Use the words that the customer used for the product.", "Never mention queues, tools or departments.",
    ],
    "Safety": [
        "Smoke, sparks, heat, leaking batteries and electric shocks come before everything else.", "Ask the customer to unplug the product and not to touch it again.", "Call back within one hour, also on weekends.", "The unit is collected by a courier in a metal box; the customer must not mail it.", "Offer the full price or a new unit, as the customer prefers.", "Report the case to the safety desk in {city} on the same day.",
        "Do not ask for the receipt first.", "A hot adapter of the Heron is a safety case; a warm one is not.", "Hot water from a Plover valve is a safety case: the customer should close the main valve.", "The serial number decides whether a whole batch is stopped.",
    ],
    "Accounts and privacy": [
        "A reset link works for 20 minutes.", "Five wrong codes lock an account for one hour.", "A customer may ask for all data that we keep and gets it within 30 days.", "A deleted account cannot be restored.", "Two accounts can be merged when both owners agree by mail.", "Support staff never see a password.", "When a stranger has signed in, lock the account first and ask afterwards.",
        "Pictures of the Wren are stored in {city} and are not used for anything else.",
    ],
}

POLICY_COMMENTS = [
    "[An example|Example]: {person} from {city} [buys|orders] a {name} on {weekday} and [writes to us|calls] {few} weeks later.", "[In {year}|Last year] this rule [came up|was needed] in {number} cases.", "[If in doubt|When you are not sure], ask {person}, who [looks after|wrote] this page.", "[The rule is the same|This holds] for the {name}, the {other_name} and all their parts.",
    "[New colleagues|Newcomers] often [get this wrong|miss this point], so read it [aloud|twice].", "[It was changed|We changed it] in {month} {year}, after [a long talk with|letters from] customers in {city}.", "[Say it in your own words|Explain it in plain words]; do not copy this page into a mail.", "For a {kind} worth {price} dollars the answer is no different than for a {part} worth {part_price} dollars.",
    "{person} [once|] made an exception for a customer in {city2}, and [that was right|we would do it again].", "[Our people in|Colleagues in] {city} keep a list of {number} real questions about this.",
]

RELEASE = [
    "[Fixed|Corrected]: {code} was shown although [the {name} was fine|nothing was wrong].", "[Fixed|Solved]: the {setting} of the {name} went back to {default} after [a restart|a power cut|an update].", "[New|Added]: you can now {goal} [without the app|from the start page|with one tap less].", "[Changed|Improved]: the {feature} [starts|reacts] [{number} percent faster|sooner|only when it is needed].",
    "[The text|The message] for {code} now says that {symptom}.", "[The menu|The page] for the {setting} moved to [the top|Settings|the product page].", "[Known problem|Still open]: on some phones the {setting} is shown as {default} [until you open the page again|for {few} seconds].", "[Thanks to|With the help of] {person} in {city}, who [found|reported] a fault in the {feature}.",
    "[Removed|Gone]: the old way to {goal}.", "[The download|This release] has {number} megabytes and needs {few} minutes.", "[Plus members|Testers] had this version since {weekday}.", "[Security|Safety]: a [shared|second] account can no longer change the {setting}.", "The {name} now [waits|rests] {few} seconds before it reports {code}.",
]

FAQ = [
    ("Can I {goal} while the {name} is [running|charging|switched off]?", "[Yes|No], [but|because] [it is easier|the light stays on|nothing gets lost] [before|after] you have [cleaned it|updated it|restarted it]."),
    ("Why does {code} come up [again|at night|after cleaning]?", "[Mostly|Often] because {cause}. [If so|Then], {step}."),
    ("What does a new {part} cost?", "{part_price} dollars. [Ask for|The number is] {part_number}."),
    ("How much [power|current] does the {name} need?", "It [draws|needs] {power} [at full load|at most], and [almost nothing|less than a watt] in standby."),
    ("[How heavy|How big] is the {kind}?", "The {name} weighs {weight} and is {size}."),
    ("Which {setting} is right for [a small room|two people|an old house]?", "[Start with|Try] {default}. You can choose {range}."),
    ("Is the {name} [able|made] to {use}?", "[Yes, that is what it is for|Yes, since firmware {firmware}]. [{person} does it every {weekday}|It also helps to {use2}]."),
    ("Since when [do you sell|is there] the {name}?", "Since {released}. [It comes|You can have it] in {colours}."),
    ("What is the difference between {code} and {other_code}?", "{code} says that {symptom}; {other_code} says that {other_symptom}."),
    ("How often [must|should] I change the {part}?", "[{interval_cap}|The rule: {interval}]. [A spare one|Number {part_number}] costs {part_price} dollars."),
    ("What does the {feature} do?", "It {feature_text}. [You can switch it off|It is on from the start|Look for it under {name} in the app]."),
    ("[My {kind}|Our {kind}] is {few} years old. Do I need the new firmware?", "[It helps|We think so]: version {firmware} [reads|knows] all codes, {codes}, and [keeps the {setting}|makes it easier to {goal}]."),
]

CASE_OPEN = [
    "{person} [called|wrote] on {weekday} from {city}.", "[On a {weekday} in {month}|One {weekday} in {month}], {person} from {city} [asked for help|sent us a film|stood at our door].", "{person} [has owned|has had] a {name} for [two|three] years and [never wrote before|knows it well].", "[It began|The story began] in {city}, in the [kitchen|hall|office|workshop] of {person}.",
    "[A short mail|Two lines] from {person} in {city}: the {kind} does not do what it should.", "[Case|Number] {number}, {month} {year}, {city}: {person} and a {name} in {colour}.",
]
CASE_MIDDLE = [
    "The {name} showed {code}, [so|which means that] {symptom}.", "[{person2} took the call|The call went to {person2}], who [asked|wanted to know] whether {cause}.", "[It turned out that|We soon learned that] {cause}.", "[The first advice was simple|{person2} gave one piece of advice]: {step}.", "\"{step_cap},\" [said|wrote] {person2}, \"and [tell me what you see|call me again].\"",
    "[After {few} minutes|A little later] the code was [gone|back].", "[The old {part}|The {part}] looked [worn|dark|bent], so we sent {part_number}.", "[The firmware was older than|They still had a version before] {firmware}.", "[Nobody had told them|They did not know] how to {goal}, [although|and] it is on page {few} of the guide.", "The {setting} stood [far from|nowhere near] {default}.",
    "[For a moment|At first] everybody thought of {other_code}, but that would mean that {other_symptom}.", "The family uses the {kind} to {use}, [every day|twice a day|mostly on weekends].", "[The dog|The cat|A grandchild|The neighbour] had [moved it|switched it off|pulled the plug].", "[They had|The customer had] already paid {part_price} dollars for a {part} that was not needed.",
]
CASE_END = [
    "[Since then|Since {month}] the {name} has [worked|run] without a fault.", "[We learned|The lesson is] to ask about the {part} first.", "[The customer thanked|{person} thanked] {person2} with a [postcard|cake|short mail] from {city}.", "[In the end|Finally] we [swapped the unit|sent a new one], because {code} came back [a third time|the same evening].",
    "[The case was closed|We closed the case] after {few} days.", "[Next time|In such a case], {step} [before you do anything else|first of all].", "The repair cost nothing: the three years of warranty [were not over|covered it].", "[This is why|That is the reason why] the guide now tells people how to {goal}.", "{person} still uses the {name} to {use}.", "[It took|The whole matter took] {number} minutes and {few} mails.",
]

BULLETIN = [
    "The depot in {city} [handles|moves] about {number} parcels a day.", "[Parcels|Orders] for {city} leave {city2} at {few} in the [morning|afternoon].", "[In {month}|During {month}] deliveries to {city} take [one day|two days] longer.", "{person} [runs|leads] the depot and [answers|can be reached] on {weekday}s.", "[Units that are returned|Returned units] from {city} go to {city2} for a check.", "A {name} in its box weighs [a little more than|about] {weight}, so [one person can carry it|four fit on a trolley].",
    "[Last month|In {month} {year}] {number} boxes were wet when they arrived, [most of them|half of them] with a {name} inside.", "[The courier rings twice|Couriers ring twice] and then leaves a card.", "[Street works|A new bridge|The harbour festival] in {city} [closes|blocks] the [north|south|east|west] gate on {weekday}.", "We keep {number} pieces of {part_number} [there|on the shelf], enough for {few} weeks.", "[A driver|One of the drivers] asked how to {goal}; [we showed him|the answer is in the manual].",
    "[Please tell|Tell] customers in {city} that the pick-up shop [opens|closes] at {few}.", "The {other_name} [sells|is ordered] more often in {city} than the {name}.", "[Lost parcels|Missing parcels] [fell|went down] from {number} to {few} since {month}.",
]

REPORT = [
    "In week {week} the team answered {number} hundred mails, {few} [more|fewer] than [a year|a month] before.", "[Most questions|The largest group of questions] came from owners of the {name}.", "[{code} was the code of the week|The code of the week was {code}]: {symptom}.", "[Many people|{number} people] wanted to {goal}.", "[The average answer|An answer] took {few} hours.", "{person} [answered|closed] {number} cases, [the most|more than anybody else].",
    "[We ran out of|There was no] {part_number} for {few} days; [it is back|the next lot comes from {city}].", "[One customer|A customer] in {city} [praised|thanked] {person} for [a short answer|a call on {weekday}].", "[Returns|Refunds] of the {name} [stayed|were] below [one|two|three] percent.", "[The mood|The tone] of the mails was [friendlier|rougher] than in {month}.", "[We agreed|The team agreed] to explain the {setting} better, because {default} [surprises|puzzles] people.",
    "[Next week|From {weekday} on] {person2} [stands in for|replaces] {person}.", "[Two|Three|Four] safety cases were [reported|called in], [all|none] of them with the {other_name}.",
]
