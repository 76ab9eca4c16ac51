"""The platform's declaration: Elastic, searched in EQL."""

from __future__ import annotations

from huntline.translate.declare import declared
from huntline_elastic.language import Eql
from huntline_elastic.render import ElasticRenderer

PLATFORM = declared("elastic", "huntline_elastic", Eql(), ElasticRenderer, ("pysigma", "pysigma-backend-elasticsearch"))
