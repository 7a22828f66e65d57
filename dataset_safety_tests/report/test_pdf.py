"""The PDF of a report embeds a Chinese font, and whatever it needs is asked for in a sentence."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from dataset_safety.cli.report import command
from dataset_safety.report.errors import PdfUnavailable
from dataset_safety.report.pdf import CHINESE, to_pdf
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.made import RELEASE, stored

INSTALLED = importlib.util.find_spec("weasyprint") is not None and importlib.util.find_spec("pypdf") is not None
needs_pdf = pytest.mark.skipif(not INSTALLED, reason="the extra `pdf` (with pypdf) is not installed")
quiet = pytest.mark.filterwarnings("ignore")  # of packages that others wrote


def embedded(content: bytes) -> tuple[set[str], str]:
    """Names of the fonts whose program is in the file, and the text of all pages."""
    import pypdf

    pages = pypdf.PdfReader(BytesIO(content)).pages
    names = set()
    for page in pages:
        for font in page["/Resources"].get("/Font", {}).values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            described = below["/FontDescriptor"].get_object()
            if any(key in described for key in ("/FontFile2", "/FontFile3")):
                names.add(str(below["/BaseFont"]))
    return names, "".join(page.extract_text() for page in pages)


@needs_pdf
@quiet
def test_chinese_text_has_an_embedded_font_and_can_be_read_back():
    names, text = embedded(to_pdf(f'<h1 lang="zh-Hans">{CHINESE}</h1><p>Results'))
    assert any("CJK" in name for name in names), names
    assert "数据安全评估报告" in text and "Results" in text


@needs_pdf
@quiet
def test_the_command_writes_it_beside_the_html(tmp_path):
    with open_store(tmp_path / "home") as store:
        stored(store)
    done = CliRunner().invoke(command, ["--home", str(tmp_path / "home"), "--pdf"])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "home" / "reports" / RELEASE[:12]
    assert done.output.split() == [str(folder / "report.html"), str(folder / "report.pdf")]
    names, text = embedded((folder / "report.pdf").read_bytes())
    assert any("CJK" in name for name in names) and "关键词库" in text and "SECRET" not in text


@needs_pdf
def test_without_a_chinese_font_it_is_refused_with_a_hint(tmp_path):
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if latin is None:
        pytest.skip("needs a font without Chinese glyphs (fonts-dejavu-core)")
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / latin.name).write_bytes(latin.read_bytes())
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(
        f"<fontconfig><dir>{tmp_path}/only</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>", encoding="utf-8"
    )
    program = "from dataset_safety.report.pdf import to_pdf\nto_pdf('<p>x')"
    alone = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    done = subprocess.run([sys.executable, "-c", program], env=alone, capture_output=True, text=True, check=False)
    assert "NoChineseFont" in done.stderr and "fonts-noto-cjk" in done.stderr


@needs_pdf
@quiet
def test_nothing_is_requested(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"not for a report")
    content = to_pdf(f'<p>{CHINESE}<img src="{(tmp_path / "secret.png").as_uri()}"><img src="http://127.0.0.1:9/x.png">')
    assert b"not for a report" not in content


def test_without_weasyprint_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable) as refused:
        to_pdf("<p>x")
    assert "dataset-safety[pdf]" in refused.value.hint and refused.value.exit_code == 2
