"""The words the seeded shop is made of."""

CATEGORIES = {
    "Garden": ["Tools", "Seeds", "Pots", "Watering"],
    "Kitchen": ["Pans", "Knives", "Tableware", "Storage"],
    "Home": ["Lighting", "Textiles", "Candles", "Shelves"],
    "Outdoor": ["Camping", "Cycling", "Walking", "Picnic"],
    "Workshop": ["Hand tools", "Fixings", "Paint", "Safety"],
}

BRANDS = [
    "Alder & Ash",
    "Brookside",
    "Copperleaf",
    "Dunnock",
    "Elmhurst",
    "Fernway",
    "Greystone",
    "Hawthorn",
    "Ivybridge",
    "Juniper Works",
    "Kestrel",
    "Larkfield",
]

ADJECTIVES = [
    "Sturdy",
    "Folding",
    "Enamelled",
    "Oiled",
    "Brass",
    "Linen",
    "Cast-iron",
    "Beech",
    "Compact",
    "Everyday",
    "Heirloom",
    "Tall",
    "Small",
    "Blue",
    "Slate",
    "Woven",
]

NOUNS = {
    "Garden": ["trowel", "secateurs", "planter", "watering can", "rake", "seed tray"],
    "Kitchen": ["skillet", "paring knife", "mixing bowl", "bread bin", "teapot", "chopping board"],
    "Home": ["lamp", "blanket", "candle holder", "wall shelf", "cushion", "basket"],
    "Outdoor": ["lantern", "flask", "picnic rug", "saddle bag", "hammock", "camping stove"],
    "Workshop": ["spokeshave", "hammer", "paint brush", "toolbox", "clamp", "work gloves"],
}

TAGS = ["gift", "handmade", "new", "organic", "recycled", "sale", "small-batch", "vegan", "winter"]

FIRST_NAMES = [
    "Ada",
    "Bengt",
    "Chiara",
    "Dmitri",
    "Eszter",
    "Farid",
    "Grete",
    "Hugo",
    "Inês",
    "Jürgen",
    "Katarzyna",
    "Łukasz",
    "Maëlle",
    "Noor",
    "Olivia",
    "Pádraig",
    "Renée",
    "Søren",
    "Tomás",
    "Ursula",
    "Věra",
    "Wim",
    "Yuki",
    "Zoë",
]

LAST_NAMES = [
    "Abbott",
    "Bianchi",
    "Černý",
    "Dupont",
    "Eriksen",
    "Fischer",
    "García",
    "Horváth",
    "Ivanov",
    "Jansen",
    "Kowalska",
    "Larsen",
    "Müller",
    "Nowak",
    "O'Brien",
    "Petit",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Visser",
    "Weber",
    "Yılmaz",
]

CITIES = [
    ("DE", "10115", "Berlin"),
    ("DE", "20095", "Hamburg"),
    ("DE", "80331", "München"),
    ("NL", "1012", "Amsterdam"),
    ("FR", "69001", "Lyon"),
    ("AT", "8010", "Graz"),
    ("DK", "8000", "Aarhus"),
]

STREETS = ["Lindenweg", "Mill Lane", "Rue des Prés", "Bahnhofstraße", "Kerkstraat", "Hovedgaden"]

OPENINGS = {
    5: [
        "Wonderful.",
        "Exactly what I hoped for.",
        "I love it \N{SLIGHTLY SMILING FACE}",
        "Superb!",
    ],
    4: ["Very good.", "Nearly perfect.", "Happy with it.", "Does what it should."],
    3: ["It is all right.", "Fine for the price.", "Mixed feelings.", "Average."],
    2: ["Not what I expected.", "A bit disappointing.", "Could be better."],
    1: ["Sent it back.", "Broke after a week.", "Never again.", "Not as described."],
}

REMARKS = [
    "The finish is clean and it feels solid in the hand.",
    "Delivery took three days, the box was intact.",
    "Bought as a present for my mother, she uses it every day.",
    "A little smaller than in the picture.",
    'The label says "hand made", and I believe it.',
    "Colours differ a bit from the photo.",
    "I have had cheaper ones; they did not last.",
    "It\u2019s heavier than I thought, which I like.",
    "Smells of oil for the first week.\nAfter that, no complaints.",
    "Würde ich wieder kaufen.",
    "The instructions are only in Danish.",
    "Would buy again, 100% \u2014 even at full price.",
]

SPAM = "CHEAP WATCHES AND CASINO BONUS AT www.example.org"
