"""Helps for the course: data, figures, widgets, and checks that explain. It never holds an answer."""
