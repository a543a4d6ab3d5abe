"""Tokens that no resource server may accept, made from a good one."""

import base64
import hashlib
import hmac
import json

import jwt
from cryptography.hazmat.primitives import serialization


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def with_header(token, header, sign=lambda _: b""):
    """The same claims under another header and signature."""
    start = f"{encode(json.dumps(header).encode())}.{token.split('.')[1]}"
    return f"{start}.{encode(sign(start.encode()))}"


def spoiled(token, public_key, stranger):
    """Names and tokens. `public_key` is the issuer's, `stranger` a private key that it does not know."""
    head, body, signature = token.split(".")
    header, claims = decode(head), decode(body)
    kid = header["kid"]
    richer = encode(json.dumps(claims | {"scp": ["admin"]}).encode())
    yield "tampered payload", f"{head}.{richer}.{signature}"
    flipped = ("A" if signature[9] != "A" else "B").join([signature[:9], signature[10:]])
    yield "tampered signature", f"{head}.{body}.{flipped}"
    yield "no signature", f"{head}.{body}."
    yield "another key under our kid", jwt.encode(claims, stranger, "RS256", {"kid": kid})
    yield "another key under its own kid", jwt.encode(claims, stranger, "RS256", {"kid": "stranger"})
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key()))
    yield "another key in the header", jwt.encode(claims, stranger, "RS256", {"kid": "stranger", "jwk": own})
    for algorithm in ["none", "None"]:
        yield f"alg {algorithm}", with_header(token, {"alg": algorithm, "kid": kid})
    yield "alg none, signature kept", f"{encode(json.dumps(header | {'alg': 'none'}).encode())}.{body}.{signature}"
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    shared = public_key.public_bytes(serialization.Encoding.PEM, form)
    sign = lambda text: hmac.new(shared, text, hashlib.sha256).digest()
    yield "HS256 with the public key", with_header(token, {"alg": "HS256", "kid": kid}, sign)
