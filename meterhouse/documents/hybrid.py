"""A PDF that says of itself that a Factur-X invoice is attached: its metadata (XMP), extended.

Typst attaches the XML, but writes no metadata of others; `factur-x` writes them with the machine's
time in them, and the same invoice would have other bytes each time. So they are put in here, as an
update at the end of the file, after which the page's own bytes stay as they are.
"""

import io

from meterhouse.documents.errors import DocumentError

_URN = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
    "Version": "The actual version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}
_VALUES = {
    "DocumentType": "INVOICE",
    "DocumentFileName": "factur-x.xml",
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}
_END_OF_SCHEMAS = "</rdf:Bag></pdfaExtension:schemas>"
_END = "</rdf:RDF>"


def as_facturx(pdf: bytes) -> bytes:
    """The PDF with the metadata of Factur-X; `factur-x.xml` is attached to it already."""
    from pypdf import PdfWriter
    from pypdf.generic import StreamObject

    writer = PdfWriter(io.BytesIO(pdf), incremental=True)
    metadata = writer.root_object.raw_get("/Metadata").get_object()
    if not isinstance(metadata, StreamObject):
        raise DocumentError("The page has no metadata to extend: its library has changed.")
    text = metadata.get_data().decode("utf-8")
    if text.count(_END_OF_SCHEMAS) != 1 or text.count(_END) != 1:
        raise DocumentError("The page's metadata have another form: its library has changed.")
    text = text.replace(_END_OF_SCHEMAS, _schema() + _END_OF_SCHEMAS)
    metadata.set_data(text.replace(_END, _description() + _END).encode("utf-8"))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, text in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_URN}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _description() -> str:
    values = "".join(f"<fx:{name}>{text}</fx:{name}>" for name, text in _VALUES.items())
    return f'<rdf:Description rdf:about="" xmlns:fx="{_URN}">{values}</rdf:Description>'
