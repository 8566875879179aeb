"""Words, ages and names that random accounts are made of."""

from datetime import date, time

from kpis.frames import Meaning
from tests.unit.kpis.phase.world import MEANING as PHASE_MEANING

AGES = (0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 31, 60, 89, 90, 91, 119, 120, 179, 180, 181)
OLD_AGES = (269, 270, 271, 364, 365, 366, 400, 539, 540, 729, 730, 731)
CLOCKS = (time(0, 0), time(9, 15), time(13, 0), time(23, 59, 59, 999_000))
FAR = date(2099, 12, 31)

SELLERS = ("1", "2", "3", "12")
"""Owners of most companies; the third is archived."""

PAIR_SELLER = "21"
"""Owns two companies, both marked as top."""

IDLE_SELLER = "20"
"""Owns no company."""

STRAY = "77777"
"""Id of a company, contact or deal that the mirror does not hold."""

OWN_COMPANY = "5"
"""A company of ours where the parameters say so."""

TEXTS = (
    "Levertijd te lang (6 weken)",
    "levertijd te lang (6 weken).",
    "Hoge voorraadkosten",
    "<p>Te veel storingen</p><ul><li>Dure reparaties</li></ul>",
    "n.v.t.",
    "xxxxxx",
    "kort",
    "12345",
    "1. Minder afval; tbd",
    "• Snellere &amp; betere levering",
    "Prijs te hoog voor kleine orders in het voorjaar",
    "Prijs te hoog voor kleine orders in het najaar",
    "a &lt;b&gt; onderhoud duurt lang",
    "Wij leveren kwaliteit",
)
OPTION_LABELS = {"price": "Prijs te hoog", "outage": "Te veel storingen", "tbd": "n.v.t."}
PAIN_OPTIONS = (["price"], ["outage", "price"], ["tbd"], ["Zonder label"])
GAIN_OPTIONS = (["Minder uitval", "Snelheid"], ["price"])
SUPPLIERS = ("Rexel; Technische Unie", "KPN", "onbekend", "3M\nn.v.t.", "X", "Eigen BV", "-")
TITLES = ("Inkoper", "Directeur inkoop", "CEO", "Vice-president", "Receptionist", "inkoopster")
LEAD_STATUSES = ("UNQUALIFIED", "BAD_TIMING", "CONNECTED", "IN_PROGRESS", "NEW")

MEANING = Meaning(
    stages=PHASE_MEANING.stages,
    lost_reasons=PHASE_MEANING.lost_reasons,
    lead_status=PHASE_MEANING.lead_status,
    buying_roles={"DECISION_MAKER": "decider", "CHAMPION": "insider", "INFLUENCER": "insider"},
    job_titles={
        "decider": ("directeur", "ceo", "president", "hoofd inkoop"),
        "insider": ("inkoper", "inkoop", "buyer"),
    },
    option_labels=OPTION_LABELS,
)
