"""The report as a PDF: the same HTML under its print style, every font embedded, Chinese text proved to have glyphs.

WeasyPrint sits in the extra ``pdf``. It is given the finished HTML and may fetch nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

from dataset_safety.report.errors import NoChineseFont, PdfUnavailable

CHINESE = "数据安全评估报告，条款、结论、预训练。"


def to_pdf(document: str) -> bytes:
    """The PDF of a rendered report; :class:`PdfUnavailable` without WeasyPrint, :class:`NoChineseFont` without glyphs."""
    weasyprint = _weasyprint()
    _printed(weasyprint, f'<p lang="zh-Hans">{CHINESE}')  # a second, before the whole report takes many
    return _printed(weasyprint, document)


def _weasyprint() -> Any:
    try:
        return importlib.import_module("weasyprint")
    except ImportError:
        hint = "install the extra: `pip install 'dataset-safety[pdf]'`."
        raise PdfUnavailable("no PDF can be written: WeasyPrint is not installed.", hint=hint) from None
    except OSError as error:  # the Python package is there, the library below it is not
        hint = "install Pango (Debian: `apt install libpango-1.0-0 libpangoft2-1.0-0`)."
        raise PdfUnavailable(f"no PDF can be written: {str(error).splitlines()[0]}", hint=hint) from None


def _printed(weasyprint: Any, document: str) -> bytes:
    nothing = importlib.import_module("weasyprint.urls").URLFetcher(allowed_protocols=())
    laid_out = weasyprint.HTML(string=document, url_fetcher=nothing, media_type="print").render()
    content: bytes = laid_out.write_pdf()
    missing = {chr(point) for font in laid_out.fonts.values() for point in font.missing}
    lacking = sorted(missing & set(CHINESE))
    if lacking:
        hint = "install one, such as Noto CJK (Debian: `apt install fonts-noto-cjk`), and run it again."
        raise NoChineseFont("no installed font has glyphs for Chinese text.", hint=hint, lacking=lacking)
    return content
