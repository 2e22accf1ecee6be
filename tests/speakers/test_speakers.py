"""Whom a source means. Every person and place here is invented."""

from __future__ import annotations

import pytest
from marked import hear, names

from stance.parse import parse
from stance.quotes.relation import Relation
from stance.schema import Document, Section, Span, Speaker
from stance.speakers import resolve

NAMES = [
    ("[Orla Venn], a surveyor, said no. [Venn] said it again.", ["Orla Venn", "Orla Venn"]),
    ("[Mr. Tobin Skarr] said no. [Skarr] said it again.", ["Tobin Skarr", "Tobin Skarr"]),
    (
        "[Dr. Amadi Okpe] of the Port Lorn School of Economics said so. “It is dear,” [Dr. Okpe] said.",
        ["Amadi Okpe", "Amadi Okpe"],
    ),
    ("[Yusuf Balıkçı] said no. [Balikci] said it again.", ["Yusuf Balıkçı", "Yusuf Balıkçı"]),
    ("[Sergei Malenko], a pilot, said no. Later [Sergey Malenko] agreed.", ["Sergei Malenko", "Sergei Malenko"]),
    (
        "Abel Trigg and Marisol Trigg run the mill. [Marisol Trigg] said yes. [Abel Trigg] said no. [Ms. Trigg] laughed.",
        ["Marisol Trigg", "Abel Trigg", "Marisol Trigg"],
    ),
    (
        "[Abel Trigg] said no. His cousin [Marisol Trigg] said yes. [Mr. Trigg] repeated it.",
        ["Abel Trigg", "Marisol Trigg", "Abel Trigg"],
    ),
    (
        "[Sardavia's ambassador to the EU, Danko Prell,] gave a different account. [The ambassador] said it was late.",
        ["Danko Prell", "Danko Prell"],
    ),
    ("[A spokesman for the Lorn Chamber of Trade, Ivo Rask,] said so. [Mr Rask] added that.", ["Ivo Rask", "Ivo Rask"]),
    ("[Rear Admiral (retired) Bjarke Kolsen] believes so. [He] warned of it.", ["Bjarke Kolsen", "Bjarke Kolsen"]),
    ("[Foreign minister Ilka Vantor] said so. [Minister Vantor] added that.", ["Ilka Vantor", "Ilka Vantor"]),
    ("[@lorn_mum] wrote on Friday. [@LORN_mum] then wrote more.", ["@lorn_mum", "@lorn_mum"]),
    ("[Dame Petra Ockley] said so. “We wait,” [she] said.", ["Petra Ockley", "Petra Ockley"]),
    ("The engineer Tova Rind built the dam. [Rind] said the dam was safe.", ["Tova Rind"]),
    (
        "[Milko Drenn], a baker, denied it. Drenn's wife, Orla Drenn, wept. [Drenn] said no. [Mrs Drenn] agreed.",
        ["Milko Drenn", "Milko Drenn", "Orla Drenn"],
    ),
    ("[Ada Tamm KC] said so. [Ms Tamm] repeated it.", ["Ada Tamm", "Ada Tamm"]),
    ("[The judge, Mr Justice Quill,] said so.", ["Quill"]),
    ("In [Lorn the mayor] told me to go.", ["mayor"]),
    ("Under [questioning Tova Rind] admitted it.", ["Tova Rind"]),
    ("[Following Monday’s debate Tova Rind] admitted it.", ["Tova Rind"]),
    ("Following Monday[’s debate Tova Rind] admitted it.", ["Tova Rind"]),
    ("[In a statement, the company, which the mayor runs,] said no.", ["company"]),
    ("[A 46-year-old] said no.", ["46-year-old"]),
    ("Ada Berg is an analyst. “Power rests on more than anything else,” [the analyst] views.", ["Ada Berg"]),
    ("[Our reporter Ada] Berg is in Lorn.", ["Ada Berg"]),
    ("The fee was set by the chamber of commerce, [which] called it fair.", ["chamber of commerce"]),
    ("[Their leader, Tobin Skarr-Venn,] said no. [Mr Skarr-Venn] said it again.", ["Tobin Skarr-Venn"] * 2),
    (
        "[Lydia Okpe-Moll of the Lorn Institute] doubts that anybody will come. [Ms Okpe-Moll] is glad about it.",
        ["Lydia Okpe-Moll"] * 2,
    ),
    ("[Her coach, Per-Arne Skarr,] said no.", ["Per-Arne Skarr"]),
    (
        "[Chairman of the committee, Hon. Amara Obi-Skarr, who] opened the hearing, said so. [She] said more.",
        ["Amara Obi-Skarr"] * 2,
    ),
    ("[Chairman of the State Trade Committee Leonid Skarr] wrote so.", ["Leonid Skarr"]),
    (
        "[Deputy Permanent Representative of Lornia Oleg Skarr-Venn] wrote that nothing had been decided there yet.",
        ["Oleg Skarr-Venn"],
    ),
    ("[Minister of State for Inland Ports Dr. Ashwin Skarr-Venn,] in a post, said so.", ["Ashwin Skarr-Venn"]),
    (
        "[Chief Minister Shri Harin Skarr-Venn] said that nothing would happen. [Mr. Skarr-Venn] said more.",
        ["Harin Skarr-Venn"] * 2,
    ),
    ("[Ivo Rask, the trade minister,] said so. [The Minister] said more.", ["Ivo Rask"] * 2),
    ("[The first witness, a bookkeeper named Colm Venn,] said so. [He] wept.", ["Colm Venn"] * 2),
    ("[Lorn's Minister of Foreign Affairs Tibor Venn] said so. [Venn] said more.", ["Tibor Venn"] * 2),
    ("[The foreign] minister, Tamara Venn, is calm. [She] said so.", ["Tamara Venn"] * 2),
    ("[Guests from Lorn agreed, and the mayor, Ivo Rask, who] was late, called it bad.", ["Ivo Rask"]),
    ("[Ivo Rask] said so. [Questioned by Tobin Skarr], he agreed.", ["Ivo Rask", "Ivo Rask"]),
    ("One of its captains, a Lornian called Ivo Rask, was glad. “We sailed,” [he] said.", ["Ivo Rask"]),
    ("[His main rival, Tamara Venn, who fled to] Lorn in May, said no.", ["Tamara Venn"]),
    ("The fans had gathered. [One of them, Milan Rask, a driver,] said so.", ["Milan Rask"]),
]

ROLES = [
    (
        "[Lennart Gantz, a retired admiral who led the fleet,] thinks so. [The former admiral] said more.",
        ["Lennart Gantz", "Lennart Gantz"],
    ),
    ("[Mattis Bray, a former diplomat,] says so. [The ex-diplomat] said more.", ["Mattis Bray", "Mattis Bray"]),
    (
        "[Ekrem Yalin, a Lorn-based political analyst,] says so. [The Lorn-based analyst] said more. [The analyst] agreed.",
        ["Ekrem Yalin"] * 3,
    ),
    (
        "[Ada Holm, the trade minister,] spoke. [Nils Berg, the foreign minister,] did not agree. [The trade minister] left.",
        ["Ada Holm", "Nils Berg", "Ada Holm"],
    ),
    ("[Senator Ruta Vale] voted no. [The lawmaker] explained why.", ["Ruta Vale", "Ruta Vale"]),
    (
        "[Ada Holm, an economist at the Lorn Institute,] doubts it. [The old engineer] agreed.",
        ["Ada Holm", "old engineer"],
    ),
    (
        "[Ada Holm, the transport secretary,] denied it. One senior civil servant was blunter. “We wrote,” [the official] said.",
        ["Ada Holm", "one senior civil servant"],
    ),
    (
        "[Ada Holm, the transport secretary,] denied it. [An official at the bank] disagreed. [The official] laughed.",
        ["Ada Holm", "official at the bank", "official at the bank"],
    ),
    (
        "[A junior minister] spoke first. [Ada Holm, the trade minister,] did not agree. [The minister] left.",
        ["junior minister", "Ada Holm", "Ada Holm"],
    ),
    (
        "The mayor, Milko Drenn, is a cheerful man [who] likes trams. [He] said so.",
        ["Milko Drenn", "Milko Drenn"],
    ),
    (
        "It was sold by the then trade minister, Ilka Vantor, [who] called it a gift. [The former minister] is proud of it.",
        ["Ilka Vantor", "Ilka Vantor"],
    ),
    (
        "[Orla Venn, Sardavia's deputy foreign minister,] denied it. “No,” [the diplomat] said.",
        ["Orla Venn", "Orla Venn"],
    ),
    ("[Orla Venn] wept in the box. Asked why, [the witness] said nothing.", ["Orla Venn", "Orla Venn"]),
    (
        "[Orla Venn] laughed. [The former mayor] denied it. [The 58-year-old, who lost in March,] agreed.",
        ["Orla Venn"] * 3,
    ),
    ("[Milko Drenn, secretary of the growers' union,] agreed. [The union] wants a vote.", ["Milko Drenn", "union"]),
    ("Corvex Energy and the ministry signed. [The company] paid.", ["Corvex Energy"]),
    ("[A rival of Corvex Energy] lost. [The company] paid.", ["rival of Corvex Energy", "Corvex Energy"]),
    (
        "[Milko Drenn, the deputy foreign minister,] spoke. [Orla Venn], who chairs the board, disagreed. “No,” [the lawmaker] said.",
        ["Milko Drenn", "Orla Venn", "Orla Venn"],
    ),
    ("Milko Drenn is accused of theft. [Orla Venn] was asked. [The defendant] wept.", ["Orla Venn", "Milko Drenn"]),
    ("[An aide who wished to remain anonymous] agreed. [The source] said more.", ["aide"] * 2),
    ("The judge, Mrs Justice Venn, was brief. [She] said so.", ["Venn"]),
    ("[The head of one union, who did not want to be named,] agreed.", ["head of one union"]),
    (
        "[Ada Holm, the aid chief,] spoke. [The chief of the convoy, who did not want to be named,] agreed.",
        ["Ada Holm", "chief of the convoy"],
    ),
]

PRONOUNS = [
    ("Her neighbour Milko Drenn was hopeful. The dam might help, [he] said.", ["Milko Drenn"]),
    (
        "“No,” said [Zdenka Hrubin], who grows peppers. Milko Drenn laughed. “Yes,” [she] said.",
        ["Zdenka Hrubin", "Zdenka Hrubin"],
    ),
    (
        "[Torgrim Aasen] heads the mine. [Berit Solvang] leads the union. [He] left early.",
        ["Torgrim Aasen", "Berit Solvang", "Torgrim Aasen"],
    ),
    (
        "[Oriane Veltz], who has written her memoirs, left. [Kestrin Ode] stayed with his dog. [She] smiled.",
        ["Oriane Veltz", "Kestrin Ode", "Oriane Veltz"],
    ),
    ("[Mr Quill] said no. [Mrs Quill] said yes. [He] frowned.", ["Quill", "Mrs Quill", "Quill"]),
    (
        "[Berit Solvang] was pleased. [Mr Quill] was not.\nMs Hrubin, meanwhile, has been rehired by the mine. Has anything "
        "changed? She considers it. “No,” [she] says.",
        ["Berit Solvang", "Quill", "Hrubin"],
    ),
    ("One of the councillors put it less gently. The quay, [she] said, was a mistake.", ["one of the councillors"]),
    (
        "[The Association of Lorn Growers], which claims 600 members, wants the state to pay. [It] accuses the bank.",
        ["Association of Lorn Growers", "Association of Lorn Growers"],
    ),
    (
        "[One side] complained. The ministry's staff sent a letter. [They] wrote of it.",
        ["one side", "ministry's staff"],
    ),
    ("Every autumn the ministers speak. The wards, [they] say, are full.", ["ministers"]),
    (
        "[Ada Holm] spoke first.\n[Petra Ockley], a neighbour, wept. [She] said so.",
        ["Ada Holm", "Petra Ockley", "Petra Ockley"],
    ),
    ("[Farmers in Dolna Rek] complain. [They] say the river fell.", ["farmers in Dolna Rek", "farmers in Dolna Rek"]),
    (
        "[Petra Ockley] teaches law.\nAda Holm is staying. She walks me along the bank, past the pump, to the old mill. "
        "It rains. “No,” [she] says.",
        ["Petra Ockley", "Ada Holm"],
    ),
    ("[Milko Drenn] spoke. Asked how the driver had behaved, [he] frowned.", ["Milko Drenn", "Milko Drenn"]),
    (
        "[Chairman Orla Venn] opened the meeting. [She] was brief.",
        ["Orla Venn", "Orla Venn"],
    ),
]

DESCRIBED = [
    (
        "[A diplomat involved in the mediation, who asked not to be named,] said so.",
        "diplomat involved in the mediation",
        "anonymous",
    ),
    ("[Western officials who asked not to be named] said so.", "Western officials", "anonymous"),
    ("[Farmers in Dolna Rek] say so.", "farmers in Dolna Rek", "collective"),
    ("[The Metalworkers' Federation] warned of it.", "Metalworkers' Federation", "organisation"),
    ("[The minister's office] did not answer.", "minister's office", "organisation"),
    ("[An adviser to the premier] called it a gun.", "adviser to the premier", "anonymous"),
    ("[Arvid Voss's deputy] said so.", "Arvid Voss's deputy", "person"),
    ("[The Lorn establishment] fears it.", "Lorn establishment", "collective"),
    (
        "[Two officials familiar with the talks] said so on Monday.",
        "two officials familiar with the talks",
        "anonymous",
    ),
]

OWNERS = [
    ("[Arvid Voss] left the room. [His deputy] stayed.", ["Arvid Voss", "Arvid Voss’s deputy"]),
    (
        "[Arvid Voss] left the room. [Voss's deputy, Runa Tamm,] stayed. [She] spoke.",
        ["Arvid Voss", "Runa Tamm", "Runa Tamm"],
    ),
    (
        "[Two managers who attended a dinner] agreed. [One of them] laughed.",
        ["two managers who attended a dinner", "one of the two managers who attended a dinner"],
    ),
    ("[One side] called him a coward. [The other] called him a spy.", ["one side", "other side"]),
    ("[A minister] called it a farce. [Another] just laughed.", ["minister", "another minister"]),
    ("[Two diplomats] said yes, while [a third] said no.", ["two diplomats", "third diplomat"]),
    ("[A user called @lorn] wrote that. [Another] wrote this.", ["user called @lorn", "another"]),
    (
        "[Two managers familiar with the talks] agreed. [One of them] laughed. [The other] called it a farce.",
        [
            "two managers familiar with the talks",
            "one of the two managers familiar with the talks",
            "another of the two managers familiar with the talks",
        ],
    ),
    ("The Lorn Port Authority is ready, [its spokesman] said.", ["Lorn Port Authority’s spokesman"]),
    ("In the village of Dolna Rek the talk is of pumps. [Farmers here] say so.", ["farmers in Dolna Rek"]),
]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(("text", "expected"), ROLES)
def test_roles(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(("text", "expected"), PRONOUNS)
def test_pronouns(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(("text", "name", "kind"), DESCRIBED)
def test_descriptions(text: str, name: str, kind: str) -> None:
    (speaker,) = hear(text).table
    assert (speaker.name, speaker.kind) == (name, kind)


@pytest.mark.parametrize(("text", "expected"), OWNERS)
def test_a_possessor_is_not_the_speaker(text: str, expected: list[str]) -> None:
    assert names(text) == expected


FACTS = [
    ("[Norvia's foreign minister, Ilka Vantor,] said so.", "foreign minister", "Norvia"),
    ("[Oskar Lund, a senior fellow at the Marlow Institute,] said so.", "senior fellow", "Marlow Institute"),
    ("[Pia Roth, a former member of the board who wrote its rules,] said so.", "former member of the board", None),
    ("[Dario Brann, the company's chief executive,] said so.", "chief executive", None),
    (
        '"We were ready to sign. The company walked out of the room," [Ilse Brandvoort, the head of the Harbour '
        "Workers' Federation,] told reporters outside the ministry.",
        "head",
        "Harbour Workers' Federation",
    ),
    (
        "Danae Kallergi left. Turkey “wants a treaty it refuses to join,” said [Kallergi's spokesman, Nikos Vardalis].",
        "Kallergi's spokesman",
        None,
    ),
    ("[Labour Minister Petra Sand], who spent hours in the talks, blamed them.", "Labour Minister", None),
    ("[House panel chairman Rep. Ada Brisco] said so.", "panel chairman", "House"),
    ("[Rep. Ada Brisco] said so.", "Rep.", None),
    ("[Attorney Gen. Ada Brisco] said so.", "Attorney Gen.", None),
]


@pytest.mark.parametrize(("text", "role", "affiliation"), FACTS)
def test_roles_read_well(text: str, role: str, affiliation: str | None) -> None:
    (speaker,) = hear(text).table
    assert (speaker.role, speaker.affiliation) == (role, affiliation)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("[Halden's chairman until last month, Ada Berg,] said so.", None),
        ("[Norvia's foreign minister, Ilka Vantor,] said so.", "Norvia"),
        ("[France's richest farmer, Ilka Vantor,] said so.", "France"),
    ],
)
def test_a_country_is_a_state(text: str, country: str | None) -> None:
    assert hear(text).table[0].country == country


def test_a_firm_in_apposition_is_no_person() -> None:
    (speaker,) = hear("[The terminal operator, Corvex Maritime,] denied it. Corvex shares fell.").table
    assert (speaker.name, speaker.kind) == ("Corvex Maritime", "organisation")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Norvia is big. In Norvia nobody slept. [The operator, Norvia Atomic,] said so.", "Norvia Atomic"),
        ("“No,” wrote Joris Maes of Pell, Marsh & Co. [Pell, Marsh & Co] said more.", "Pell, Marsh & Co"),
    ],
)
def test_the_name_of_a_firm_is_read_whole_and_is_nobody(text: str, name: str) -> None:
    (speaker,) = hear(text).table
    assert (speaker.name, speaker.kind) == (name, "organisation")


def test_who_says_something_of_herself_is_a_person() -> None:
    (speaker,) = hear(
        "The court dismissed the case. [Verhagen] said she was “delighted for the people of the east”."
    ).table
    assert (speaker.name, speaker.kind) == ("Verhagen", "person")


def test_an_office_before_a_name_is_nobody() -> None:
    heard = hear("[Deputy Foreign Minister Selim Karad] said so. [Foreign Minister Dana Kall, who left,] agreed.")
    assert [speaker.name for speaker in heard.table] == ["Selim Karad", "Dana Kall"]


def test_initials_before_a_turn_are_who_was_named_in_full() -> None:
    text = "[Tobin Skarr]: You called it late.\n[Petra Ockley]: I did.\n[TS]: And now?\n[PO]: Now too.\n[US]: No."
    assert names(text) == ["Tobin Skarr", "Petra Ockley", "Tobin Skarr", "Petra Ockley", "US"]


def test_a_name_in_capitals_after_a_courtesy_title_is_a_person() -> None:
    (speaker,) = hear("MS. [ORTVAL]: No.\nMR. QUILL: Yes.").table
    assert (speaker.name, speaker.kind) == ("ORTVAL", "person")


def test_a_label_before_a_colon_is_nobody() -> None:
    assert names("[Interview]: “We are measuring the wrong river.”") == [None]


def test_she_is_looked_for_in_her_section() -> None:
    one = "Petra Ockley left.\nPetra Ockley said so."
    two = "The league has sent an envoy, Dana Kall, to both towns. They welcomed it. Asked twice, she answered."
    text = f"{one}\nWhat comes next\n{two}"
    at = text.index("What comes next")
    sections = (Section("body", Span(0, at - 1)), Section("heading", Span(at, at + 15)))
    document = Document("a", text, (*sections, Section("body", Span(at + 16, len(text)))))
    said, asked = text.index("Petra Ockley said"), text.rindex("she")
    relations = [
        Relation((Span(end, end + 1),), None, Span(start, end), 1.0)
        for start, end in ((said, said + 12), (asked, asked + 3))
    ]
    assert resolve(document, parse(document, kinds=["body"]), relations).speakers == ["petra-ockley", "dana-kall"]


def test_the_roster_gives_the_name_and_the_id() -> None:
    known = Speaker("s1", "Ilka Vantor", ("I. Vantor",), role="foreign minister", country="Norvia")
    heard = hear("[Ms Vantor] said so. [The foreign minister] said more.", [known])
    assert heard.speakers == ["s1", "s1"]
    assert heard.table == (known,)


JOINT = [
    ("[Ola Berg and Peter Bray] said no.", ["Ola Berg and Peter Bray"]),
    ("[Ola Berg, Peter Bray and Lena Ort] said no.", ["Ola Berg, Peter Bray and Lena Ort"]),
    ("[Ola Berg, the mayor, and Peter Bray, her deputy,] said no.", ["Ola Berg and Peter Bray"]),
    ("[Senators Ola Berg, D-Ohio, and Peter Bray, R-Texas,] said no.", ["Ola Berg and Peter Bray"]),
    ("[Mayor Ola Berg and the mining union] said no.", ["Ola Berg and the mining union"]),
    ("[Ola Berg and Peter Bray] said no. [They] repeated it.", ["Ola Berg and Peter Bray"] * 2),
    ("[Ola Berg and Peter Bray] said no. [Bray and Berg] repeated it.", ["Ola Berg and Peter Bray"] * 2),
    ("[Ola Berg and Peter Bray] said no. [Ms. Berg] repeated it.", ["Ola Berg and Peter Bray", "Ola Berg"]),
    ("[Author and activist Ola Berg] said no.", ["Ola Berg"]),
    ("[Founder and chairman Peter Bray] said no.", ["Peter Bray"]),
    ("[Ola Berg, president and founder of the Mining League,] said no.", ["Ola Berg"]),
    ("[Ola Berg and her husband] said no.", ["Ola Berg"]),
    ("[Ola Berg and others] said no.", ["Ola Berg"]),
    (
        "[The Department of Health and Human Services] said no.",
        ["Department of Health and Human Services"],
    ),
]


@pytest.mark.parametrize(("marked", "expected"), JOINT)
def test_who_speaks_together(marked: str, expected: list[str]) -> None:
    assert names(marked) == expected


@pytest.mark.parametrize(("other", "side"), [("north", "north"), ("south", None)])
def test_a_joint_voice_is_on_a_side_where_all_of_it_are(other: str, side: str | None) -> None:
    roster = [Speaker("b", "Ola Berg", side="north"), Speaker("p", "Peter Bray", side=other)]
    (speaker,) = hear("[Ola Berg and Peter Bray] said no.", roster).table
    assert (speaker.kind, speaker.side) == ("collective", side)
