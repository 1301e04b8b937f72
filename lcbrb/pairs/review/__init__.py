"""People review pairs: a page on this machine, agreement, adjudication, a certificate.

`store` keeps what people said, `order` draws who sees what where, `findings` settles each pair,
`summary` counts and certifies, `accept` writes the reviewed pairs, `label_studio` and `potato` go
to other tools and back, `app` is the page and `server` runs it.
"""
