"""Addresses of segments, within a brand's."""

from __future__ import annotations

from django.urls import URLPattern, path

from perennial.web.pages import segment, segment_edit, segments

PATTERNS: list[URLPattern] = [
    path("", segments.segments, name="segments"),
    path("new/", segment_edit.segment_new, name="segment_new"),
    path("count/", segment_edit.segments_count, name="segments_count"),
    path("counted/<str:counted_key>/", segment.segments_counted, name="segments_counted"),
    path("<slug:key>/", segment.segment, name="segment"),
    path("<slug:key>/change/", segment_edit.segment_edit, name="segment_edit"),
    path("<slug:key>/retire/", segment.segment_end, name="segment_end"),
    path("<slug:key>/export/", segment.segment_file, name="segment_file"),
]
