"""The words of the demo portal. Names are put together out of parts; none is that of a company."""

from types import MappingProxyType

NAME_HEADS = [
    "Brink",
    "Linde",
    "Ooster",
    "Wester",
    "Noorder",
    "Esch",
    "Hage",
    "Mols",
    "Velder",
    "Riet",
    "Koper",
    "Sterre",
    "Wolde",
    "Duin",
    "Laar",
    "Kamp",
    "Zande",
    "Berke",
]
NAME_TAILS = [
    "veld",
    "waard",
    "meer",
    "horst",
    "donk",
    "stede",
    "brugge",
    "hoven",
    "marke",
    "wijk",
    "kade",
    "stroom",
]
CITIES = [
    "Almelo",
    "Apeldoorn",
    "Breda",
    "Deventer",
    "Doetinchem",
    "Ede",
    "Eindhoven",
    "Enschede",
    "Groningen",
    "Helmond",
    "Hengelo",
    "Leeuwarden",
    "Nijmegen",
    "Roermond",
    "Tilburg",
    "Venlo",
    "Waalwijk",
    "Zwolle",
]

SEGMENTS = MappingProxyType(
    {
        "MACHINERY": ["Machinebouw", "Techniek", "Verspaning", "Engineering"],
        "FOOD_PRODUCTION": ["Zuivel", "Bakkerijen", "Voeding", "Vleeswaren"],
        "LOGISTICS_AND_SUPPLY_CHAIN": ["Logistiek", "Warehousing", "Distributie", "Expeditie"],
        "CONSTRUCTION": ["Bouw", "Installaties", "Staalbouw", "Infra"],
        "PACKAGING_AND_CONTAINERS": ["Verpakkingen", "Karton", "Etiketten", "Folies"],
        "WHOLESALE": ["Groothandel", "Handel", "Import", "Technische Handel"],
    }
)
"""Words in the names of companies by segment."""

FIRST_NAMES = [
    "Anouk",
    "Bas",
    "Carla",
    "Dirk",
    "Eva",
    "Femke",
    "Gijs",
    "Hanneke",
    "Ilse",
    "Jeroen",
    "Karin",
    "Lars",
    "Mila",
    "Niels",
    "Olga",
    "Pieter",
    "Ruud",
    "Saskia",
    "Tim",
    "Ursula",
    "Vera",
    "Wim",
    "Yusuf",
    "Zoë",
]
LAST_NAMES = [
    "Bakker",
    "Blom",
    "Brouwer",
    "Claessen",
    "Dijkstra",
    "Evers",
    "Gerritsen",
    "Huisman",
    "Janssen",
    "Kok",
    "Kramer",
    "Kuipers",
    "Maas",
    "Mulder",
    "Peeters",
    "Prins",
    "Schouten",
    "Smeets",
    "Timmer",
    "Verbeek",
    "Vos",
    "Willems",
]

DECIDERS = ("Directeur", "Inkoopmanager", "Hoofd inkoop", "DGA", "Eigenaar", "Bedrijfsleider")
INSIDERS = (
    "Inkoper",
    "Projectleider",
    "Productiemanager",
    "Teamleider onderhoud",
    "Werkvoorbereider",
    "Facilitair manager",
)
OTHERS = ("Administratie", "Receptie", "Stagiair", "Planner")
DECIDER_ROLES = ("DECISION_MAKER", "BUDGET_HOLDER", "EXECUTIVE_SPONSOR")
INSIDER_ROLES = ("CHAMPION", "INFLUENCER", "END_USER", "INFLUENCER;END_USER")

PRODUCTS = (
    "Frequentieregelaars",
    "Besturingskasten",
    "Servicecontract",
    "Sensoren en bekabeling",
    "Reserveonderdelen",
    "Veiligheidsschakelaars",
    "Raamcontract aandrijvingen",
    "Trainingsdagen onderhoud",
)
PROJECTS = (
    "Modernisering verpakkingslijn",
    "Nieuwbouw hal 3",
    "Retrofit transportbanden",
    "Energiemonitoring",
    "Vervanging besturing",
    "Uitbreiding tweede lijn",
)

SUPPLIERS = [
    "Voltera",
    "Kabeltec",
    "Motion Oost",
    "Brandsma Aandrijftechniek",
    "Elektrohuis",
    "Delta Schakel",
    "Tecnova",
    "Sensorland",
    "Regelunie",
    "Van Loon Industrie",
]
"""Competitors; invented, as all names here."""

PAINS = (
    "Levertijd van onderdelen loopt op tot 9 weken",
    "Stilstand van lijn 2 kost 4.500 euro per uur",
    "Te veel leveranciers voor een te klein volume",
    "Storingen in het weekend, niemand bereikbaar",
    "Voorraad reserveonderdelen te hoog",
    "Offertes van huidige leverancier zijn niet te vergelijken",
    "Energierekening 30% hoger dan vorig jaar",
    "Kennis van de besturing zit bij één monteur",
    "Keuring voor 1 juli nog niet geregeld",
    "Facturen kloppen vaak niet",
    "Handmatig overtypen van orders",
    "Onderdelen van de oude besturing zijn niet meer leverbaar",
    "Nalevering in delen, veel handling in het magazijn",
    "Geen zicht op verbruik per machine",
    "Audit vond drie afwijkingen op veiligheid",
    "Uitval bij hoge temperatuur in de zomer",
)
GAINS = (
    "Eén aanspreekpunt voor alle vestigingen",
    "Beschikbaarheid van de lijn naar 98%",
    "Voorraad met een derde omlaag",
    "Binnen 24 uur een monteur op locatie",
    "Vaste prijzen voor een heel jaar",
    "Energieverbruik 15% lager",
    "Sneller omstellen tussen producten",
    "Eigen mensen opgeleid voor eerstelijns onderhoud",
    "Orders direct vanuit het eigen systeem",
    "Rapportage die de accountant accepteert",
    "Kortere doorlooptijd van projecten",
    "Minder administratie aan de poort",
)
REPEATED_PAIN = "Prijs is te hoog"
"""What one seller writes everywhere."""

DIRT = ("n.v.t.", "zie notitie", "onbekend", "-", "nog invullen", "?")

LOST_TO_OTHERS = ("Concurrent", "Prijs", "Levertijd")
UNDECIDED = ("Geen besluit", "Uitgesteld", "Geen budget")

CALL_TITLES = ("Nagebeld over planning", "Vraag over levertijd", "Kennismaking", "Prijsafspraak")
MEETING_TITLES = (
    "Bezoek en rondleiding",
    "Bespreking offerte",
    "Kwartaalgesprek",
    "Inventarisatie behoefte",
)
MAIL_SUBJECTS = ("Vraag over onze bestelling", "Tekeningen", "Re: afspraak", "Planning oplevering")
TASK_SUBJECTS = ("Offerte opvolgen", "Referentie sturen", "Afspraak plannen", "Contract nakijken")
NOTES = ("Parkeren bij poort 2.", "Belt liever dan mailt.", "Nieuwe planner per volgende maand.")
