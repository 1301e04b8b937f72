"""croissant.json: what the set holds, for programs (MLCommons Croissant 1.0, JSON-LD).

Source: docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html; mlcroissant checks it in a test.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from lcbrb.pair_columns import VERSION, columns
from lcbrb.pairs.publish.about import PARQUET, UNKNOWN, About
from lcbrb.sources.pairs.published import PAIRS
from lcbrb.types import JsonValue

_CONTEXT: dict[str, JsonValue] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TABLE = "pairs-parquet"
_TOLD = {
    VERSION: "the version of the layout",
    "id": "a sha256 of the pair's content",
    "problem_id": "the problem; pairs of one problem are not independent",
    "prompt": "what both sides answer",
    "chosen": "the better response",
    "rejected": "the worse response",
    "relation": "why the chosen side is the better one",
    "provenance": "how the pair came about, as JSON",
    "rejected_prompt": "what the rejected side answers, where that is another prompt",
    "chosen_side": "where the chosen side comes from, its verdict and judgements, as JSON",
    "rejected_side": "the same of the rejected side",
    "released": "when the problem was published, as YYYY-MM-DD",
    "turns": "the prompt's messages where it is more than one, as JSON",
    "rejected_turns": "the same of the rejected side's prompt",
}


def croissant(about: About, files: Mapping[str, tuple[str, int]]) -> str:
    """The whole document.

    Args:
        about: the set.
        files: sha256 and bytes of the Parquet file and of the JSONL file, by name.
    """
    document: dict[str, JsonValue] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.title,
        "description": about.description,
        "datePublished": str(about.date),
        "version": "1.0.0",
        "citeAs": f"{about.title}, {about.date}, sha256 {about.pairs_sha256}",
        "keywords": ["preference pairs", "reward models", "reasoning"],
        "distribution": [
            _file(about, _TABLE, PARQUET, "application/x-parquet", files[PARQUET]),
            _file(about, "pairs-jsonl", PAIRS, "application/jsonlines", files[PAIRS]),
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "pairs",
                "name": "pairs",
                "description": "One record for each pair.",
                "key": {"@id": "pairs/id"},
                "field": [_field(column) for column in columns()],
            }
        ],
    }
    if about.home:
        document["url"] = about.home
    if about.licence != UNKNOWN:
        document["license"] = about.licence
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _file(
    about: About, name: str, path: str, encoding: str, facts: tuple[str, int]
) -> dict[str, JsonValue]:
    digest, size = facts
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": f"{about.home}/resolve/main/{path}" if about.home else path,
        "contentSize": f"{size} B",
        "encodingFormat": encoding,
        "sha256": digest,
    }


def _field(column: str) -> dict[str, JsonValue]:
    return {
        "@type": "cr:Field",
        "@id": f"pairs/{column}",
        "name": column,
        "description": _TOLD.get(column, column.replace("_", " ")),
        "dataType": "sc:Integer" if column == VERSION else "sc:Text",
        "source": {"fileObject": {"@id": _TABLE}, "extract": {"column": column}},
    }
