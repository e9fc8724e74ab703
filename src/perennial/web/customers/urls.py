"""Addresses of customers, within a brand's."""

from __future__ import annotations

from django.urls import URLPattern, path

from perennial.web.pages import card, customer, customer_edit, customer_merge, customer_segment, customers, erase

PATTERNS: list[URLPattern] = [
    path("", customers.customers, name="customers"),
    path("export/", customers.customers_file, name="customers_file"),
    path("views/", customers.customers_view_save, name="customers_view_save"),
    path("views/<int:view_id>/delete/", customers.customers_view_delete, name="customers_view_delete"),
    path("<str:customer>/", customer.customer, name="customer"),
    path("<str:customer>/story/", customer.customer_story, name="customer_story"),
    path("<str:customer>/segments/<slug:key>/", customer_segment.customer_segment, name="customer_segment"),
    path("<str:customer>/notes/", customer_edit.customer_note, name="customer_note"),
    path("<str:customer>/notes/<int:note_id>/", customer_edit.customer_note_change, name="customer_note_change"),
    path("<str:customer>/attributes/", customer_edit.customer_attribute, name="customer_attribute"),
    path("<str:customer>/beneficiaries/", customer_edit.customer_beneficiary, name="customer_beneficiary"),
    path("<str:customer>/consents/", customer_edit.customer_consent, name="customer_consent"),
    path("<str:customer>/merge/", customer_merge.customer_merge, name="customer_merge"),
    path("<str:customer>/unmerge/<int:merge_id>/", customer_merge.customer_unmerge, name="customer_unmerge"),
    path("<str:customer>/erase/", erase.customer_erase, name="customer_erase"),
    path("<str:customer>/export/", erase.customer_export, name="customer_export"),
    path("<str:customer>/card/", card.customer_card, name="customer_card"),
    path("<str:customer>/card/revoke/", card.customer_card_revoke, name="customer_card_revoke"),
]
