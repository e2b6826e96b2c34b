"""The page a student reads after grading: what stands on it, what never does, and that nothing on it can run."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import feedback, inert, markers, released
from autograder.exercise import Assignment, Cell, Check, Exercise, Graded, Output, Shown, Verdict

STYLE = Path(feedback.__file__).with_name("templates") / "feedback.css"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel


def words(text):
    return set(text.split())


ELEMENTS = words(
    "html head meta title style body a header main nav section footer h1 h2 h3 p strong bdi svg rect table thead tbody "
    "tr th td span details summary div ul li pre code figure img"
)
ATTRIBUTES = words(
    "lang charset http-equiv content name class href id role aria-label aria-labelledby aria-hidden viewbox "
    "preserveaspectratio x y width height scope open tabindex src alt"
)
TOKENS = {"comment", "string", "keyword", "value"}
VOID = {"meta", "img"}


class Page(HTMLParser):
    """A parsed page: its elements with attributes, the text inside them, and whether every element was closed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.stack = [], [], []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        if tag not in VOID:
            self.stack.append(len(self.elements) - 1)

    def handle_endtag(self, tag):
        assert self.elements[self.stack.pop()][0] == tag

    def handle_data(self, data):
        for place in self.stack:
            self.texts[place] += data

    def find(self, tag, **wanted):
        """The texts of the elements with these attributes."""
        wanted = {key.replace("_", "-").strip("-"): value for key, value in wanted.items()}
        return [
            text
            for (name, attrs), text in zip(self.elements, self.texts, strict=True)
            if name == tag and wanted.items() <= attrs.items()
        ]

    def skeleton(self):
        """Every element with the names of its attributes and its classes; the colours of code are left out."""
        return [
            (tag, tuple(attrs), attrs.get("class"))
            for tag, attrs in self.elements
            if not (tag == "span" and attrs.get("class") in TOKENS)
        ]


def small_assignment():
    def exercise(number, difficulty):
        name = f"answer_{number}"
        checks = tuple(Check(f"check_{name}_{i}", name, i, f"aspect {i} of {number}", "SECRET", 1) for i in (1, 2))
        return Exercise(
            name, f"Title {number}", 10 * number, difficulty, Cell("solution", "SECRET", 1, name), checks, ()
        )

    cells = (Cell("markdown", "Welcome.\n\n# 05 · Small things\n\nText.", 1), Cell("code", "SECRET", 2))
    return Assignment("05_small", Path("05_small.py"), cells, (exercise(1, 2), exercise(2, 1)))


SMALL = small_assignment()


def graded(messages=("", "", "", ""), **fields):
    """A graded submission whose four checks say these messages."""
    checks = [check for exercise in SMALL.exercises for check in exercise.checks]
    verdicts = tuple(
        Verdict(check.name, 0 if message else check.points, check.points, message)
        for check, message in zip(checks, messages, strict=True)
    )
    return Graded("05_small", **{"student": "ada", "verdicts": verdicts, **fields})


def page(*args, instructor=False, **fields):
    return Page(feedback.page(SMALL, graded(*args, **fields), notes=instructor))


def everywhere(text):
    """The same words in every field that a student can reach."""
    outputs = (Output("text", text), Output("error", text), Output("image", text))
    return {
        "messages": (text, "", text, text),
        "student": text,
        "handed_in": text,
        "notes": (text,),
        "unsafe": True,
        "cells": (
            Shown("solution", "answer_1", text, outputs, trouble=text),
            Shown("check", "check_answer_1_1", text, outputs, trouble=text, locked=True),
            Shown("markdown", "", text),
            Shown("code", text, text, outputs, trouble=text),
            Shown("solution", text, text, outputs),
            Shown(text, text, text, outputs),
            Shown("code", "given", text, outputs, trouble=text, locked=True),
        ),
    }


HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></code></details></main><h1>48 of 48 points</h1>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' autofocus onfocus='alert(1)",
    "</style><style>body{display:none}</style>",
    "</title><meta http-equiv=refresh content='0;url=//evil'>",
    "{{ 7 * 7 }}{% raw %}{{ graded.verdicts }}",
    "<!-- ", "]]>", "<![CDATA[", "&lt;script&gt;", "&#60;script>",
    "javascript:alert(1)",
    "\x1b[31mred\x1b[0m\x1b]8;;http://evil\x07link\x1b]8;;\x07",
    "\u202e\u2066stniop 84\u200f",
    "\x00\x08\x0b\x7f\x9b",
    "\ud800 lone",
    "x" * 300_000,
    "\n" * 300_000,
    "a" + "\u0301" * 5_000,
    "'''<b>", '"<b>', "# <b>", "def <b>(): return 0x<b>", "f'<b>' rb\"<b>\"",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text)[1:25] for text in HOSTILE])
@pytest.mark.parametrize("refused", [False, True])
def test_hostile_words_add_no_element_and_no_attribute(text, refused):
    def shape(words):
        return page(**everywhere(words), refused=words if refused else "", instructor=True).skeleton()

    assert shape(text) == shape("x")


@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1) | st.text(alphabet="<>/\"'&#{}%=! aprecodstyl\\\n", min_size=1))
def test_no_text_in_any_field_ever_makes_an_element(text):
    made = page(**everywhere(text), instructor=True)
    assert made.skeleton() == page(**everywhere("x"), instructor=True).skeleton()
    assert made.find("pre", aria_label="Your answer to exercise 1") == [inert.text(text)]


@pytest.mark.parametrize("text", HOSTILE[:18])
def test_only_known_elements_and_harmless_attributes_stand_on_the_page(text):
    for refused in ("", text):
        made = page(**everywhere(text), refused=refused, instructor=True)
        assert {tag for tag, _ in made.elements} <= ELEMENTS
        for tag, attributes in made.elements:
            assert set(attributes) <= ATTRIBUTES, tag
            assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
            assert re.fullmatch(r"#[a-z0-9-]+", attributes.get("href", "#top"))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_holds_no_control_character_and_can_be_written(text):
    made = feedback.page(SMALL, graded(**everywhere(text)), notes=True)
    assert inert.CONTROLS.findall(made) == []
    assert made.encode()


def test_whatever_a_template_writes_is_made_inert_and_escaped():
    template = feedback._environment().from_string("{{ words }} {{ words | code }}")
    assert template.render(words="\x1b[1m<b>\u202e") == "&lt;b&gt; &lt;b&gt;"


def test_words_of_students_are_shown_as_they_wrote_them():
    words = "if a < b & c > d:\n\treturn '{{ x }}' # <b>"
    made = page(("if <b> & {{ y }}",) * 4, cells=(Shown("solution", "answer_2", words),))
    assert made.find("pre", aria_label="Your answer to exercise 2") == [words]
    assert made.find("pre", class_="wrap message")[0] == "if <b> & {{ y }}"


def test_the_page_may_fetch_and_run_nothing():
    made = page()
    policy = next(attrs["content"] for tag, attrs in made.elements if "http-equiv" in attrs)
    digest = base64.b64encode(hashlib.sha256(made.find("style")[0].encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'", "img-src data:", f"style-src 'sha256-{digest}'", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert "url(" not in STYLE.read_text()
    assert "@import" not in STYLE.read_text()


def test_the_same_submission_gives_the_same_bytes():
    hostile = graded(**everywhere("<x>"))
    first = feedback.page(SMALL, hostile)
    feedback._environment.cache_clear()
    assert feedback.page(SMALL, hostile) == first


def test_links_lead_to_places_on_the_page():
    made = page(("", "no", "no", "no"))
    targets = [attrs["id"] for _, attrs in made.elements if "id" in attrs]
    links = [attrs["href"][1:] for tag, attrs in made.elements if tag == "a"]
    assert {"exercise-1", "exercise-2", "main", "overview"} == set(links)
    assert set(links) <= set(targets)
    assert len(targets) == len(set(targets))
    named = [attrs["aria-labelledby"] for _, attrs in made.elements if "aria-labelledby" in attrs]
    assert set(named) <= set(targets)


def test_the_title_is_the_first_heading_or_the_unit():
    assert page().find("h1") == ["05 · Small things"]
    assert feedback.title(replace(SMALL, cells=())) == "05_small"
    assert feedback.title(replace(SMALL, cells=(Cell("markdown", "no heading\n## 2", 1),))) == "05_small"


def test_points_stand_in_total_for_each_exercise_and_each_check():
    made = page(("", "no", "", ""))
    assert made.find("p", class_="score") == ["4 of 6 points"]
    assert made.find("td", class_="points") == ["1 of 3", "3 of 3"]
    assert made.find("span", class_="badge partly") == ["◐ 1 of 3 points"]
    assert made.find("span", class_="badge complete") == ["✓ 3 of 3 points"]
    assert made.find("span", class_="earned") == [
        "passed · 1 of 1", "not yet · 0 of 2", "passed · 1 of 1", "passed · 2 of 2",
    ]  # fmt: skip


def test_half_points_are_shown_and_whole_ones_without_a_fraction():
    half = tuple(replace(verdict, points=0.5) for verdict in graded().verdicts)
    assert page(verdicts=half).find("p", class_="score") == ["2 of 6 points"]
    assert page(verdicts=half[:3] + graded().verdicts[3:]).find("p", class_="score") == ["3.5 of 6 points"]


def test_the_bar_has_words_and_its_filled_part_is_the_score():
    made = page(("", "no", "", ""))
    assert [attrs["aria-label"] for tag, attrs in made.elements if tag == "svg"] == ["4 of 6 points"]
    widths = [(attrs["class"], float(attrs["width"])) for tag, attrs in made.elements if tag == "rect"]
    assert widths == [("track", 29), ("bar", pytest.approx(29 / 3)), ("track", 29), ("bar", 29)]


def test_complete_exercises_are_folded_and_the_others_open():
    made = page(("", "", "no", ""))
    folds = {attrs["id"]: "open" in attrs for tag, attrs in made.elements if tag == "details"}
    assert folds == {"exercise-1": False, "exercise-2": True}


def test_a_failed_check_shows_its_message_and_a_passed_one_none():
    made = page(("", "line one\n  line two", "", ""))
    assert made.find("pre", class_="wrap message") == ["line one\n  line two"]
    assert made.find("span", class_="mark") == ["✓", "✗", "✓", "✓"]
    assert made.find("span", class_="why") == ["aspect 1 of 1", "aspect 2 of 1", "aspect 1 of 2", "aspect 2 of 2"]


def test_a_message_that_repeats_itself_is_told_once_for_each_exercise():
    said = page(("again",) * 4).find("pre", class_="wrap message")
    assert said == ["again", "The same as above.", "again", "The same as above."]


def test_the_page_suggests_the_easiest_exercise_that_is_open():
    assert "Begin with Title 2, about 20 minutes." in page(("no",) * 4).find("p", class_="lead")[0].replace("\n", " ")
    assert "A good next one: Title 1" in page(("", "no", "", "")).find("p", class_="lead")[0].replace("\n", " ")
    assert "Title" not in page().find("p", class_="lead")[0]


def test_every_score_has_a_sentence_of_its_own():
    scores = [("no",) * 4, ("", "no", "no", "no"), ("", "", "no", "no"), ("no", "", "", ""), ("",) * 4]
    said = [feedback.encouragement(graded(messages), 6) for messages in scores]
    said.append(feedback.encouragement(graded(("no",) * 4, refused="broken"), 6))
    assert len(set(said)) == len(scores) + 1
    assert all(re.search(r"\b(bad|fail|wrong|only|poor)", sentence, re.IGNORECASE) is None for sentence in said)


def test_a_refused_notebook_is_told_loudly_and_nothing_seems_to_have_run():
    made = page(("not run",) * 4, refused="It breaks off at line 7.")
    assert "It breaks off at line 7.\nNothing in it was run." in made.find("section", class_="notice")[0]
    assert made.find("details") == []
    assert made.find("td", class_="points") == ["0 of 3", "0 of 3"]
    assert page().find("section", class_="notice") == []


def test_grading_without_a_sandbox_is_told_loudly():
    assert "Graded without a sandbox" in page(unsafe=True).find("section", class_="notice")[0]


def test_notes_are_for_instructors():
    assert "look at this one" not in feedback.page(SMALL, graded(notes=("look at this one",)))
    assert page(instructor=True).find("section", class_="notice") == []
    assert (
        Page(feedback.page(SMALL, graded(notes=("look at this one",)), notes=True)).find("li")[0] == "look at this one"
    )


def test_trouble_of_an_answer_stands_with_it():
    made = page(cells=(Shown("solution", "answer_1", "x", trouble="It took longer than 2 seconds."),))
    assert made.find("p", class_="stopped") == ["This cell was stopped. It took longer than 2 seconds."]


def test_an_exercise_without_an_answer_says_so():
    assert len([text for text in page().find("p", class_="label") if "no cell with an answer" in text]) == 2


def test_own_cells_are_folded_with_their_outputs():
    outputs = (Output("text", "six\n"), Output("error", "NameError: y"), Output("image", PNG))
    made = page(cells=(Shown("markdown", "", "# mine"), Shown("code", "", "1 + 5", outputs)))
    assert ("details", {"class": "own"}) in made.elements
    assert made.find("pre", aria_label="Text of cell 1") == ["# mine"]
    assert made.find("pre", aria_label="Output of cell 2") == ["six\n"]
    assert made.find("pre", aria_label="Error of cell 2") == ["NameError: y"]
    pictures = [attrs for tag, attrs in made.elements if tag == "img"]
    assert pictures == [{"src": f"data:image/png;base64,{PNG}", "alt": "Picture 3 shown by cell 2"}]


def test_cells_of_the_course_are_left_out_unless_they_were_stopped():
    text = Shown("markdown", "", "the prompt", locked=True)
    helper = Shown("code", "given-1", "demo()", locked=True)
    assert page(cells=(text, helper)).find("details", class_="own") == []
    stopped = page(cells=(text, replace(helper, trouble="It took too long.")))
    assert ("details", {"class": "own", "open": None}) in stopped.elements
    assert "It took too long." in stopped.find("details", class_="own")[0]
    assert "Cell 2 of your notebook, from the course" in stopped.find("p", class_="label")


def test_a_picture_that_is_no_base64_has_no_content():
    made = page(cells=(Shown("code", "", "1", (Output("image", "x,<svg onload=1>"),)),))
    assert [attrs["src"] for tag, attrs in made.elements if tag == "img"] == ["data:image/png;base64,"]


def test_hidden_tests_answers_and_sources_of_checks_are_not_on_the_page(course):
    assignment = markers.read(course.source)
    cells = tuple(
        Shown(place.kind, place.name, "return 3 * x" if place.kind == "solution" else place.source, (), "", True)
        for place in released.places(assignment)
    )
    verdicts = tuple(Verdict(c.name, 0, c.points, "no") for e in assignment.exercises for c in e.checks)
    made = feedback.page(assignment, Graded(assignment.unit, "ada", verdicts, cells), notes=True)
    secrets = [line.strip() for cell in assignment.cells for line in markers.secret_lines(cell.source)]
    assert len(secrets) > 5
    assert [line for line in secrets if line in made] == []
    assert not re.search(r"HIDDEN|expect\.|check_double|np\.", made)
    assert "return</span> " in made
    assert "SECRET" not in feedback.page(SMALL, graded(("no",) * 4))


def test_heavy_outputs_are_left_out_and_those_of_answers_stay_longest():
    heavy = (Output("image", "A" * (3 << 20)),) * 2
    made = page(cells=(Shown("code", "", "own", heavy), Shown("solution", "answer_1", "mine", heavy)))
    shown = [attrs["alt"] for tag, attrs in made.elements if tag == "img"]
    assert shown == [f"Picture {number} shown by your answer to exercise 1" for number in (1, 2)]
    assert made.find("pre", aria_label="Output of cell 1") == ["… left out: more outputs than fit on this page"]


def test_a_notebook_of_a_thousand_cells_makes_a_page_that_opens():
    made = page(cells=tuple(Shown("code", "", f"cell = {number}") for number in range(1_000)))
    assert len(made.find("pre")) == feedback.CELLS
    assert "… and 700 more, which stand in your notebook." in made.find("p", class_="label")
    assert made.find("span", class_="badge") == ["1000 cells"]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("# a 'b'", ["comment"]),
        ("'#' + \"#\"", ["string", "string"]),
        ("'''a\n# b'''", ["string"]),
        ("for x in 3.5e3:", ["keyword", "keyword", "value"]),
        ("before = format_1", []),
        ("'it\\'s'", ["string"]),
        ("'open\n1", ["string", "value"]),
    ],
)
def test_python_is_coloured_by_what_it_is(source, kinds):
    assert re.findall(r'class="(\w+)"', feedback._code(source)) == kinds


def colours():
    """The palettes of the style sheet: light, dark, print."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE.read_text(), flags=re.DOTALL)
    palettes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), palettes, strict=True))


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """The ratio of WCAG 2: 1 for equal colours, 21 for black on white."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


WRITTEN_ON = {
    "page": ["text", "soft", "link"],
    "card": ["text", "soft", "link", "good", "part", "open"],
    "inset": ["text", "soft", "comment", "string", "keyword", "value"],
    "good-back": ["text", "good"],
    "part-back": ["text", "part"],
    "open-back": ["text", "open"],
    "loud-back": ["loud"],
}


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_stands_out_from_what_is_behind_it(scheme):
    palette = colours()[scheme]
    ratios = {
        (text, back): contrast(palette[text], palette[back]) for back, texts in WRITTEN_ON.items() for text in texts
    }
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
    assert contrast(palette["bar"], palette["track"]) > 3


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page_in_both_schemes_and_on_a_telephone(browser, tmp_path, scheme):
    file = tmp_path / "page.html"
    file.write_text(
        feedback.page(SMALL, graded(**everywhere("<img src=x onerror=alert(1)>" + "w" * 5_000)), notes=True)
    )
    tab, said = browser(viewport={"width": 360, "height": 800}, color_scheme=scheme), []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.on("request", lambda request: said.append(request.url))
    tab.goto(file.as_uri())
    back = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    width = tab.evaluate("document.documentElement.scrollWidth")
    wanted = colours()[scheme]["page"]
    assert back == f"rgb({', '.join(str(int(wanted[place : place + 2], 16)) for place in (1, 3, 5))})"
    assert width == 360
    assert [line for line in said if not line.startswith((file.as_uri(), "data:image/png;base64,"))] == []
