"""The five stores: what each promises, and the adapters that keep it."""
