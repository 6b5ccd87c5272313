"""A law is cited as people do, in both languages; every law that the rules name has its names."""

import re
from pathlib import Path

import pytest

from contracts import laws

ROOT = Path(__file__).parents[2]
RULES = [*ROOT.glob("services/*/*/rules/*.yaml"), *ROOT.glob("services/*/*/data/*.yaml")]


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("D0050071 s50", "家庭暴力防治法第50條", "Domestic Violence Prevention Act, art. 50 (D0050071)"),
        ("D0050154 s2, s5", "身心障礙者保護通報及處理辦法第2條、第5條",
         "Regulations for Reporting and Handling the Protection of People with Disabilities, art. 2, 5 (D0050154)"),
        ("D0050046 s75-76", "身心障礙者權益保障法第75條至第76條",
         "People with Disabilities Rights Protection Act, art. 75-76 (D0050046)"),
        ("D0080079 s11; L0020213 s11", "性侵害犯罪防治法第11條；自殺防治法第11條",
         "Sexual Assault Crime Prevention Act, art. 11 (D0080079); Suicide Prevention Act, art. 11 (L0020213)"),
        ("Z0000000 s1", "Z0000000 s1", "Z0000000 s1"),
        ("county setting; noted", "county setting; noted", "county setting; noted"),
    ],
)  # fmt: skip
def test_an_article_is_cited_as_the_language_does(written: str, zh: str, en: str) -> None:
    assert (laws.cited(written, "zh"), laws.cited(written, "en")) == (zh, en)


def test_every_law_that_the_rules_name_has_its_names() -> None:
    named = {code for path in RULES for code in re.findall(r"\b[A-Z]\d{7}\b", path.read_text("utf-8"))}
    assert len(named) >= 10
    assert named <= set(laws.names("zh"))
    assert laws.names("zh").keys() == laws.names("en").keys()
