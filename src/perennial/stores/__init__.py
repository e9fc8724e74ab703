"""From each shop system to facts and back: shopify/ woocommerce/ ecwid/ magento/ oscar/ csv/."""
