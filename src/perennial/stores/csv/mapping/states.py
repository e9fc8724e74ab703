"""What the words for the state of an order or its payment mean, as numbers that compare."""

from __future__ import annotations

from perennial.stores.csv.mapping.fields import fold

UNKNOWN, PAID, CLOSED, AUTHORIZED, PENDING, PARTIAL, REFUNDED, CANCELLED = range(8)
_WORDS = {
    PAID: """paid; processing; partially paid; pagado; pagada; procesando; pagato; pagata; in lavorazione; paye; payee;
        en cours; accepted; processed; in process; en proceso; facturado""",
    CLOSED: """complete; completed; shipped; delivered; fulfilled; completado; completada; enviado; enviada; entregado;
        entregada; completato; completata; spedito; spedita; consegnato; consegnata; terminee; termine; terminado;
        expedie; expediee; livre; livree; ready for pickup; finished; done""",
    AUTHORIZED: "authorized; authorised; autorizado; autorizzato; autorise",
    PENDING: """pending; on hold; holded; awaiting payment; unpaid; pending payment; payment review; queued; draft; new;
        checkout draft; pendiente; en espera; pendiente de pago; in attesa; in sospeso; en attente;
        en attente de paiement; incomplete; overdue""",
    PARTIAL: """partially refunded; partial refund; parcialmente reembolsado; parzialmente rimborsato;
        partiellement rembourse""",
    REFUNDED: """refunded; closed; returned; reembolsado; reembolsada; devuelto; devuelta; rimborsato; rimborsata; reso;
        rembourse; remboursee; retourne""",
    CANCELLED: """cancelled; canceled; voided; failed; expired; declined; trash; fraud; suspected fraud; cancelado;
        cancelada; anulado; anulada; fallido; annullato; annullata; fallito; annule; annulee; echoue; echouee;
        will not deliver; rejected; chargeback""",
}
_BY_WORD = {fold(word): state for state, words in _WORDS.items() for word in words.split(";")}


def parse_state(text: str) -> int | None:
    """The state a word means (`UNKNOWN` for one not known), None for no word."""
    word = fold(text).removeprefix("wc ")
    if not word:
        return None
    return _BY_WORD.get(word, UNKNOWN)
