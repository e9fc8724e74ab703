"""Small files of every layout, written as the exports write them, with invented people."""
# ruff: noqa: E501 (rows as the exports write them)

from __future__ import annotations

SHOPIFY_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number"
)


def _shopify(**cells: str) -> str:
    names = SHOPIFY_HEADER.split(",")
    row = dict.fromkeys(names, "")
    for name, cell in cells.items():
        row[name.replace("_", " ")] = cell
    return ",".join(f'"{c}"' if set(c) & set(',"\n') else c for c in (row[n] for n in names))


SHOPIFY = "\n".join(
    [
        SHOPIFY_HEADER,
        # Tax on top, a discount code over two lines, shipping with tax, one note with a line end.
        _shopify(
            Name="#1001", Email="Ann@Example.com", Financial_Status="paid", Paid_at="2024-05-01 12:00:05 +0200",
            Fulfillment_Status="fulfilled", Fulfilled_at="2024-05-02 09:00:00 +0200", Currency="USD", Subtotal="26.98",
            Shipping="5.00", Taxes="3.20", Total="35.18", Discount_Code="SPRING", Discount_Amount="3.00",
            Created_at="2024-05-01 11:58:12 +0200", Lineitem_quantity="2", Lineitem_name="Crew Tee - Black / S",
            Lineitem_price="9.99", Lineitem_sku="TEE-BLK-S", Billing_Name="Ann Example", Billing_Country="US",
            Billing_City="Springfield", Billing_Zip="01103", Notes="ring twice\nthanks", Payment_Method="Shopify Payments",
            Refunded_Amount="0.00", Vendor="Acme", Id="5001", Source="web", Lineitem_discount="0.00",
        ),
        _shopify(
            Name="#1001", Email="Ann@Example.com", Created_at="2024-05-01 11:58:12 +0200", Lineitem_quantity="1",
            Lineitem_name="Mug", Lineitem_price="10.00", Lineitem_sku="MUG", Vendor="Acme", Lineitem_discount="0.00",
        ),
        # Tax inside the prices, refunded in part.
        _shopify(
            Name="#1002", Email="bo@example.com", Financial_Status="partially_refunded",
            Paid_at="2024-05-03 10:00:00 +0200", Currency="USD", Subtotal="20.00", Shipping="0.00", Taxes="3.33",
            Total="20.00", Created_at="2024-05-03 10:00:00 +0200", Lineitem_quantity="2", Lineitem_name="Mug",
            Lineitem_price="10.00", Lineitem_sku="MUG", Refunded_Amount="10.00", Id="5002", Source="pos", Vendor="Acme",
        ),
        # Cancelled and refunded, no customer.
        _shopify(
            Name="#1003", Financial_Status="refunded", Paid_at="2024-05-04 10:00:00 +0200", Currency="USD",
            Subtotal="10.00", Shipping="4.00", Taxes="0.00", Total="14.00", Created_at="2024-05-04 10:00:00 +0200",
            Lineitem_quantity="1", Lineitem_name="Mug", Lineitem_price="10.00", Lineitem_sku="MUG",
            Cancelled_at="2024-05-05 08:00:00 +0200", Refunded_Amount="14.00", Id="5003", Source="web", Vendor="Acme",
        ),
        _shopify(
            Name="#1004", Email="ann@example.com", Financial_Status="pending", Currency="EUR", Subtotal="50.00",
            Shipping="0.00", Taxes="0.00", Total="50.00", Created_at="2024-06-01 00:30:00 +0200", Lineitem_quantity="1",
            Lineitem_name="Gift Card - 50", Lineitem_price="50.00", Id="5004", Source="web",
        ),
        "",
    ]
)  # fmt: skip

WOO_ADVANCED = """\
"Order Number","Order Status","Order Date","Customer Note","First Name (Billing)","Last Name (Billing)",\
"Company (Billing)","Address 1&2 (Billing)","City (Billing)","State Code (Billing)","Postcode (Billing)",\
"Country Code (Billing)","Email (Billing)","Phone (Billing)","Payment Method Title","Cart Discount Amount",\
"Order Subtotal Amount","Shipping Method Title","Order Shipping Amount","Order Refund Amount","Order Total Amount",\
"Order Total Tax Amount",SKU,"Item #","Item Name","Quantity (- Refund)",Quantity,"Item Cost","Order Line Tax",\
"Coupon Code"
36952,Completed,"2025-06-01 18:26","",Vijay,Rao,"","A498, Block K",Bengaluru,KA,560100,IN,vijay@example.com,+919945700335,\
Card,0,450.00,Flat,50.00,,590.00,90.00,B-1,1,"Beans, 1 kg",1,1,200.00,36.00,
36952,Completed,"2025-06-01 18:26","",Vijay,Rao,"","A498, Block K",Bengaluru,KA,560100,IN,vijay@example.com,+919945700335,\
Card,0,450.00,Flat,50.00,,590.00,90.00,B-2,2,Filter,1,1,250.00,45.00,
36953,Cancelled,"2025-06-02 09:00","",Ana,Ruiz,"","Calle 1",Madrid,M,28001,ES,ana@example.com,,Card,0,10.00,Flat,0.00,,10.00,\
0.00,B-3,1,Taza,1,1,10.00,0.00,
36954,Refunded,"2025-06-03 09:00","",Ana,Ruiz,"","Calle 1",Madrid,M,28001,ES,ana@example.com,,Card,0,30.00,Flat,0.00,-12.00,\
30.00,0.00,B-3,1,Taza,2,3,10.00,0.00,SUMMER
"""

WOO_SUITE = """\
order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,tax_total,discount_total,order_total,\
order_currency,payment_method_title,customer_id,customer_email,billing_first_name,billing_last_name,billing_country,\
item_id,item_product_id,item_name,item_sku,item_quantity,item_total,item_total_tax
11,11,2024-01-02 10:00:00,2024-01-02 10:01:00,completed,5.00,1.05,5.25,0.00,30.25,EUR,Card,7,eva@example.com,Eva,Gil,ES,1,90,\
Vela,V-1,2,20.00,4.20
12,12,2024-01-03 10:00:00,,on-hold,0.00,0.00,0.00,0.00,9.00,EUR,Transfer,0,guest@example.com,Gus,Est,ES,2,91,Caja,C-1,1,9.00,0.00
"""

WOO_ANALYTICS = """\
Date,"Order #","N. Revenue (formatted)",Status,Customer,"Customer type",Product(s),"Items sold",Coupon(s),"Net Sales",Attribution
"2024-03-01 10:00:00",501,"$1,234.50",completed,"Ida Berg",new,"2× Lamp, 1× Bulb",3,,1234.5,Organic
"2024-03-02 11:00:00",502,"$20.00",processing,"Ida Berg",returning,"1× Bulb",1,TEN,20,Direct
"""

MAGENTO = """\
ID,"Purchase Point","Purchase Date","Bill-to Name","Ship-to Name","Grand Total (Base)","Grand Total (Purchased)",Status,\
"Billing Address","Shipping Address","Shipping Information","Customer Email","Customer Group",Subtotal,\
"Shipping and Handling","Customer Name","Payment Method","Total Refunded","Allocated sources"
000000299,"Main Website Store","May 31, 2023, 2:55:09 AM","Sarah Miller","Sarah Miller",$219.40,$219.40,Complete,"a, b","a, b",\
"Flat Rate",sarah@example.com,General,$199.40,$20.00,"Sarah Miller",checkmo,$0.00,
000000300,"Main Website Store","Jun 1, 2023, 1:05:00 PM","Tom Hill","Tom Hill","$1,100.00","$1,100.00",Closed,"a, b","a, b",\
"Flat Rate",tom@example.com,General,"$1,000.00",$0.00,"Tom Hill",checkmo,"$1,100.00",
000000301,"Main Website Store","Jun 2, 2023, 1:05:00 PM","Tom Hill","Tom Hill",$50.00,$50.00,Canceled,"a, b","a, b","Flat Rate",\
tom@example.com,General,$50.00,$0.00,"Tom Hill",checkmo,,
"""

ECWID = """\
order_number;order_date;email;payment_status;fulfillment_status;billing_name;billing_country;subtotal;shipping_cost;tax;total;\
sku;product_name;quantity;price
1701;2024-02-01 08:00:00;mia@example.com;PAID;SHIPPED;Mia Rossi;Italy;30,00;5,00;0,00;35,00;A1;Tazza;2;10,00
1701;2024-02-01 08:00:00;mia@example.com;PAID;SHIPPED;Mia Rossi;Italy;30,00;5,00;0,00;35,00;A2;Piatto;1;10,00
1702;2024-02-02 08:00:00;leo@example.com;AWAITING_PAYMENT;AWAITING_PROCESSING;Leo Bruni;Italy;10,00;0,00;0,00;10,00;A2;Piatto;1;10,00
"""

ONLINE_RETAIL = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,85123a,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,POST,POSTAGE,1,2010-12-01 08:27:00,18.00,17850.0,United Kingdom
536366,22633,HAND WARMER,10,2010-12-02 08:28:00,1.85,17850.0,EIRE
536367,22633,HAND WARMER,4,2010-12-03 08:28:00,1.85,,Unspecified
536368,22633,damaged,-7,2010-12-03 09:00:00,0.0,,United Kingdom
C536400,22633,HAND WARMER,-4,2010-12-05 08:28:00,1.85,17850.0,EIRE
C536400,85123A,WHITE HEART,-6,2010-12-05 08:28:00,2.55,17850.0,EIRE
C536401,22633,HAND WARMER,-8,2010-12-06 08:28:00,1.85,17850.0,EIRE
C536402,D,Discount,-1,2010-12-07 08:28:00,27.50,14527.0,United Kingdom
A563185,B,Adjust bad debt,1,2010-12-08 14:50:00,11062.06,,United Kingdom
"""

PLAIN = {
    "en": "order,customer,date,amount\nA1,c1,2024-01-05,19.90\nA2,c2,2024-01-06,5\nA3,c1,2024-02-01,7.25\n",
    "es": "Nº de pedido;Correo electrónico;Fecha;Importe\n1;a@x.es;25/01/2024;1.234,50 €\n2;b@x.es;03/02/2024;9,90 €\n",
    "it": "Numero ordine;ID cliente;Data ordine;Totale;Stato\n1;k1;31/01/2024;12,00;Pagato\n2;k1;01/02/2024;8,50;Annullato\n",
    "fr": "Numéro de commande\tAdresse e-mail\tDate de commande\tMontant\n1\tz@x.fr\t31/12/2023 18:30\t1 234,50\n2\tz@x.fr\t01/01/2024 09:00\t3,00\n",
    "lines": (
        "order_id,customer_id,order_date,product,category,quantity,unit_price,cost\n"
        "1,c1,2024-01-01,Tea,Drinks,2,3.50,4.00\n1,c1,2024-01-01,Pot,Kitchen,1,20.00,9.00\n"
        "2,c2,2024-01-02,Tea,Drinks,1,3.50,2.00\n"
    ),
    "apart": (
        "order,customer,date,product,amount\n1,c1,2024-01-01,Tea,2.00\n2,c2,2024-01-02,Tea,3.00\n"
        "1,c1,2024-01-01,Pot,5.00\n3,c1,2024-01-03,Tea,1.00\n2,c2,2024-01-02,Pot,4.00\n"
    ),
    "no order": "customer,date,amount\nc1,2024-01-01,2.00\nc1,2024-01-01,3.00\nc1,2024-01-02,4.00\nc2,2024-01-02,1.00\n",
}

ALL = {
    "shopify": SHOPIFY, "woo_advanced": WOO_ADVANCED, "woo_suite": WOO_SUITE, "woo_analytics": WOO_ANALYTICS,
    "magento": MAGENTO, "ecwid": ECWID, "online_retail": ONLINE_RETAIL,
    **{f"plain {name}": text for name, text in PLAIN.items()},
}  # fmt: skip
