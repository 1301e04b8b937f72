"""What runs beside the untrusted program: standard library only, from Python 3.10 on."""
