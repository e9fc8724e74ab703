"""What happened: brands, stores, customers, products, orders, refunds, deliveries, tickets, behaviour; what we decided."""
