"""Forward-only, numbered changes of the tables; ``controller.store.database`` runs them."""
