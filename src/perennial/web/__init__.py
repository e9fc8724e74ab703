"""door for browsers and machines: dashboard, API, widget, customer portal, incoming hooks"""
