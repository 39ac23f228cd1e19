"""The settings: who can be asked, what may be spent, and how Modelward behaves."""
