"""The one room that knows language models: from a setting to a checked, paid for and redacted proposal.

`open_client_model(place, client, settings)` of `advisor.llm.session` gives an `AskedModel`; its `propose(...)` asks.
Nothing here imports a provider, or LangChain itself, before a model is made.
"""
