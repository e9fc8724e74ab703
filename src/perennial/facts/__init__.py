"""What happened: who sells, who buys, orders, deliveries, tickets, behaviour; and what we decided and why."""
