"""What columns of a plain order file are called, in English, Spanish, Italian and French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perennial.stores.csv.mapping.fields import fold, match

_WORDS: Mapping[str, str] = {
    "order": """
        order; order id; order number; order no; order name; orderid; order ref; order reference; reference; invoice;
        invoice no; invoice number; invoice id; transaction; transaction id; receipt; receipt number; sale id; id order;
        pedido; id pedido; numero de pedido; numero pedido; num pedido; n pedido; no pedido; pedido id; referencia;
        referencia del pedido; factura; numero de factura; no factura; ticket;
        ordine; id ordine; numero ordine; numero d ordine; n ordine; nr ordine; riferimento; fattura; numero fattura;
        commande; id commande; numero de commande; numero commande; no commande; n commande; no de commande;
        facture; numero de facture; reference commande""",
    "account": """
        customer id; customerid; customer; customer no; customer number; client id; client; user id; user; buyer id;
        buyer; member id; account; account id; cliente; id cliente; cliente id; codigo cliente; numero cliente;
        codigo de cliente; usuario; comprador; codice cliente; utente; acquirente; id client; code client;
        numero client; acheteur; utilisateur""",
    "email": """
        email; e mail; mail; email address; customer email; buyer email; client email; billing email; correo;
        correo electronico; email del cliente; email cliente; indirizzo email; e mail cliente; posta elettronica;
        adresse email; adresse e mail; email client; courriel; adresse mail""",
    "phone": """
        phone; telephone; mobile; phone number; customer phone; telefono; movil; numero de telefono; cellulare;
        numero di telefono; telephone client; portable; numero de telephone""",
    "customer_name": """
        customer name; client name; buyer name; name; full name; billing name; nombre; nombre completo;
        nombre del cliente; nombre cliente; nome; nome cliente; nominativo; nom; nom client; nom du client;
        nom complet""",
    "first_name": "first name; given name; nombre de pila; nome di battesimo; prenom",
    "last_name": "last name; surname; family name; apellidos; apellido; cognome; nom de famille",
    "ordered_at": """
        date; order date; ordered at; order time; order date time; created; created at; creation date; date created;
        placed at; purchase date; date of purchase; purchased at; invoice date; transaction date; sale date; timestamp;
        datetime; date time; day; time; fecha; fecha pedido; fecha del pedido; fecha de pedido; fecha de compra;
        fecha factura; fecha y hora; data; data ordine; data dell ordine; data acquisto; data di acquisto;
        data fattura; data e ora; date commande; date de commande; date de la commande; date d achat; date achat;
        date facture; date de creation; date et heure""",
    "updated_at": """
        updated; updated at; date updated; modified; modified at; last modified; fecha de actualizacion;
        data aggiornamento; date de modification""",
    "paid_at": "paid at; payment date; date paid; paid date; fecha de pago; data pagamento; date de paiement",
    "cancelled_at": """
        cancelled at; canceled at; cancellation date; fecha de cancelacion; data annullamento;
        date d annulation""",
    "status": """
        status; order status; state; estado; estado del pedido; stato; stato ordine; statut; etat;
        statut de la commande""",
    "payment_status": "payment status; financial status; estado del pago; stato pagamento; statut du paiement",
    "currency": "currency; currency code; order currency; moneda; divisa; valuta; devise; monnaie",
    "total": """
        total; order total; grand total; total amount; order amount; order value; total price; total paid; amount paid;
        total pedido; total del pedido; importe total; total pagado; totale; totale ordine; importo totale;
        total commande; total de la commande; montant total; total ttc; total eur; total usd""",
    "line_total": """
        amount; line total; item total; price total; revenue; sales; value; net amount; turnover; spend; importe;
        importe linea; total linea; monto; valor; ventas; importo; totale riga; ammontare; valore; vendite; montant;
        total ligne; montant ligne; valeur; ventes; ca""",
    "subtotal": "subtotal; sub total; order subtotal; subtotale; sous total",
    "shipping": """
        shipping; shipping cost; shipping amount; shipping total; delivery; delivery cost; postage; freight; envio;
        gastos de envio; coste de envio; spedizione; spese di spedizione; costo spedizione; livraison;
        frais de livraison; frais de port; port""",
    "tax": "tax; taxes; tax amount; total tax; vat; iva; impuestos; impuesto; imposta; imposte; tva; taxe; montant tva",
    "discount": "discount; discount amount; discount total; descuento; sconto; remise; reduction; rabais",
    "codes": """
        discount code; coupon; coupon code; voucher; cupon; codigo de descuento; codice sconto; buono;
        code promo; bon""",
    "refunded": """
        refunded; refund; refund amount; refunded amount; total refunded; reembolso; reembolsado; importe reembolsado;
        rimborso; rimborsato; importo rimborsato; rembourse; remboursement; montant rembourse""",
    "quantity": """
        quantity; qty; units; pieces; item quantity; quantity ordered; cantidad; unidades; uds; quantita; qta; pezzi;
        quantite; qte; unites; nombre d articles""",
    "unit_price": """
        unit price; price; item price; price each; unit cost; precio; precio unitario; precio unidad; prezzo;
        prezzo unitario; prix; prix unitaire""",
    "line_discount": "line discount; item discount; descuento linea; sconto riga; remise ligne",
    "cost": "cost; cost of goods; cogs; item cost; coste; costo; cout",
    "sku": """
        sku; item sku; product sku; article number; item number; item code; referencia producto;
        codice articolo; ref article""",
    "product": """
        product id; product code; item id; stock code; article id; id producto; codigo producto; codigo de producto;
        id prodotto; codice prodotto; id produit; code produit; code article; codigo articulo""",
    "title": """
        product; product name; item; item name; product title; article; description; item description; producto;
        nombre del producto; articulo; descripcion; prodotto; nome prodotto; articolo; descrizione; produit;
        nom du produit; nom produit; designation; libelle""",
    "category": "category; product category; department; categoria; reparto; categorie; rayon; familia; famille",
    "brand": "brand; vendor; manufacturer; marca; fabricante; marchio; produttore; marque; fabricant",
    "channel": "channel; sales channel; source; canal; canal de venta; canale; canale di vendita; canal de vente",
    "country": "country; billing country; country code; pais; paese; nazione; pays",
    "city": "city; town; billing city; ciudad; citta; ville",
    "postcode": "zip; postcode; postal code; zip code; codigo postal; cap; code postal",
    "payment_method": "payment method; payment; metodo de pago; forma de pago; metodo di pagamento; mode de paiement",
}  # fmt: skip
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    field: tuple(fold(word) for word in words.split(";")) for field, words in _WORDS.items()
}


def guess_columns(names: Sequence[str]) -> dict[str, str]:
    """Field -> header name by synonyms, each header for one field."""
    found: dict[str, str] = {}
    for field, name in match(names, SYNONYMS).items():
        if name not in found.values():
            found[field] = name
    return found


def missing(columns: Mapping[str, str]) -> list[str]:
    """What a file must have and these columns do not: in words."""
    lacks = []
    if "ordered_at" not in columns:
        lacks.append("the date of the order")
    if not columns.keys() & {"total", "line_total", "unit_price"}:
        lacks.append("the amount")
    if not columns.keys() & {"order", "account", "email", "phone", "customer_name"}:
        lacks.append("the order's number or the customer")
    return lacks
