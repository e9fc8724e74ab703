"""How an effect leaves: gate, render, send, receipt; e-mail, SMS, card, onsite, webhook, storefront, audiences."""
