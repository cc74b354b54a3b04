"""Writes the vectors of this folder anew, with new keys. Needs Python's cryptography.

The signatures, the encodings and every fault are made here, by other code than the one under test.
"""

import base64
import hashlib
import hmac
import json
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

NOW = 1_800_000_000
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
here = os.path.dirname(os.path.abspath(__file__))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


rsa_key = rsa.generate_private_key(65537, 2048)
rsa_other = rsa.generate_private_key(65537, 2048)
p256 = ec.generate_private_key(ec.SECP256R1())
p384 = ec.generate_private_key(ec.SECP384R1())
ed = ed25519.Ed25519PrivateKey.generate()
secret = os.urandom(32)


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa_jwk(key, **more):
    numbers = key.public_key().public_numbers()
    return dict(kty="RSA", n=number(numbers.n), e=number(numbers.e), **more)


def ec_jwk(key, curve, size, **more):
    numbers = key.public_key().public_numbers()
    return dict(kty="EC", crv=curve, x=number(numbers.x, size), y=number(numbers.y, size), **more)


ed_raw = ed.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
jwks = {"keys": [
    rsa_jwk(rsa_key, kid="rsa", use="sig"),
    rsa_jwk(rsa_other, kid="rsa-384-only", alg="RS384"),
    ec_jwk(p256, "P-256", 32, kid="p256"),
    ec_jwk(p384, "P-384", 48, kid="p384"),
    dict(kty="OKP", crv="Ed25519", x=b64(ed_raw), kid="ed"),
    rsa_jwk(rsa_other, kid="for-encryption", use="enc"),
    dict(kty="OKP", crv="X25519", x=b64(os.urandom(32)), kid="x25519"),
    dict(kty="future", kid="future"),
]}


def write(name, text):
    with open(os.path.join(here, name), "w", encoding="utf-8") as file:
        file.write(text)


write("all.jwks", json.dumps(jwks, indent=1) + "\n")
write("rsa.pem", spki(rsa_key).decode())
write("p256.pem", spki(p256).decode())
write("shared.secret", secret.hex() + "\n")


def sign(algorithm, message, key=None):
    if algorithm.startswith("RS"):
        return (key or rsa_key).sign(message, padding.PKCS1v15(), getattr(hashes, "SHA" + algorithm[2:])())
    if algorithm == "PS256":
        return (key or rsa_key).sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    if algorithm in ("ES256", "ES384"):
        size = 32 if algorithm == "ES256" else 48
        der = (key or (p256 if size == 32 else p384)).sign(message, ec.ECDSA(hashes.SHA256() if size == 32 else hashes.SHA384()))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if algorithm == "EdDSA":
        return (key or ed).sign(message)
    if algorithm == "HS256":
        return hmac.new(key or secret, message, hashlib.sha256).digest()
    raise ValueError(algorithm)


CLAIMS = dict(iss="https://issuer.example", aud="nodegate", sub="ada", iat=NOW - 10, nbf=NOW - 10, exp=NOW + 600)
ACCEPTED = f"accepted ada {NOW + 630} - -"
vectors = []


def text(value):
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def compact(header, claims, algorithm, key=None):
    message = (b64(text(header)) + "." + b64(text(claims))).encode()
    return message.decode() + "." + b64(sign(algorithm, message, key))


def add(name, expect, token, keys="all.jwks", allow="all", now=NOW, type=None):
    lines = [f"name: {name}", f"keys: {keys}", f"allow: {allow}", f"now: {now}"]
    if type:
        lines.append(f"type: {type}")
    vectors.append("\n".join(lines + [f"token: {token}", f"expect: {expect}"]))


KIDS = dict(RS256="rsa", RS384="rsa", RS512="rsa", PS256="rsa", ES256="p256", ES384="p384", EdDSA="ed")


def head(algorithm, **more):
    return dict(alg=algorithm, kid=KIDS.get(algorithm), typ="JWT", **more) if algorithm in KIDS else dict(alg=algorithm, **more)


def changed(**claims):
    return {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}


def claim(name, expect, now=NOW, **claims):
    add(name, expect, compact(head("ES256"), changed(**claims), "ES256"), now=now)


def raw_claims(name, expect, claims):
    add(name, expect, compact(head("ES256"), claims, "ES256"))


def header(name, expect, header, **more):
    add(name, expect, compact(header, CLAIMS, "ES256"), **more)


def flip(token, part):
    parts = token.split(".")
    data = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    data[len(data) // 2] ^= 1
    parts[part] = b64(bytes(data))
    return ".".join(parts)


def cut(token, count):
    parts = token.split(".")
    parts[2] = b64(base64.urlsafe_b64decode(parts[2] + "==")[:-count])
    return ".".join(parts)


# Every algorithm, and each of them with one bit changed.
for algorithm in KIDS:
    token = compact(head(algorithm), CLAIMS, algorithm)
    add(f"{algorithm} by identifier", ACCEPTED, token)
    add(f"{algorithm} without identifier", ACCEPTED, compact(dict(alg=algorithm), CLAIMS, algorithm))
    add(f"{algorithm} not allowed", f'algorithmRefused("{algorithm}")', token, allow="HS256")
    add(f"{algorithm} with a bit of the signature changed", "badSignature", flip(token, 2))
    add(f"{algorithm} with a bit of the claims changed", "badSignature", flip(token, 1))
    add(f"{algorithm} with the signature cut", "badSignature", cut(token, 6))
    add(f"{algorithm} with another's signature", "badSignature",
        token.rsplit(".", 1)[0] + "." + compact(head(algorithm), changed(sub="eve"), algorithm).rsplit(".", 1)[1])
add("HS256", ACCEPTED, compact(head("HS256"), CLAIMS, "HS256"), keys="shared.secret")
add("HS256 with a bit of the signature changed", "badSignature", flip(compact(head("HS256"), CLAIMS, "HS256"), 2),
    keys="shared.secret")
add("HS256 cut to half", "badSignature", cut(compact(head("HS256"), CLAIMS, "HS256"), 16), keys="shared.secret")
add("RS256 with a PEM key", ACCEPTED, compact(dict(alg="RS256"), CLAIMS, "RS256"), keys="rsa.pem")
add("a PEM key fits any identifier", ACCEPTED, compact(dict(alg="ES256", kid="whatever"), CLAIMS, "ES256"), keys="p256.pem")

# none, and one algorithm taken for another.
for name in ["none", "None", "NONE", "nOnE", "", "HS384", "RS1", "ES512", "ES256K", "es256", "RSA-OAEP", "HS256 "]:
    message = b64(text(dict(alg=name))) + "." + b64(text(CLAIMS))
    add(f"algorithm '{name}' without a signature", f'algorithmRefused("{name}")', message + ".")
    add(f"algorithm '{name}' with a signature", f'algorithmRefused("{name}")', message + "." + b64(b"x" * 32))
for pem, kid in [("rsa.pem", None), ("p256.pem", None), ("all.jwks", "rsa"), ("all.jwks", None)]:
    for form in ["PEM", "DER"]:
        key = rsa_key if pem != "p256.pem" else p256
        public = spki(key) if form == "PEM" else key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        expected = f'unknownKey("{kid}")' if kid else "unknownKey(nil)"
        add(f"HS256 with the public key ({form}, {pem}, {kid}) as its secret", expected,
            compact({k: v for k, v in dict(alg="HS256", kid=kid).items() if v}, CLAIMS, "HS256", public), keys=pem)
add("RS256 with the identifier of a curve's key", 'unknownKey("p256")', compact(dict(alg="RS256", kid="p256"), CLAIMS, "RS256"))
add("ES256 with the identifier of an RSA key", 'unknownKey("rsa")', compact(dict(alg="ES256", kid="rsa"), CLAIMS, "ES256"))
add("ES256 with a key on another curve", 'unknownKey("p384")', compact(dict(alg="ES256", kid="p384"), CLAIMS, "ES256"))
add("ES384 signed on P-256", "badSignature",
    (lambda m: m + "." + b64(sign("ES256", m.encode())))(b64(text(head("ES384"))) + "." + b64(text(CLAIMS))))
add("EdDSA with the identifier of an X25519 key", 'unknownKey("x25519")', compact(dict(alg="EdDSA", kid="x25519"), CLAIMS, "EdDSA"))
add("PS256 signed as RS256", "badSignature",
    (lambda m: m + "." + b64(sign("RS256", m.encode())))(b64(text(head("PS256"))) + "." + b64(text(CLAIMS))))
add("RS256 signed as PS256", "badSignature",
    (lambda m: m + "." + b64(sign("PS256", m.encode())))(b64(text(head("RS256"))) + "." + b64(text(CLAIMS))))
add("RS256 with a key that is for RS384 alone", 'unknownKey("rsa-384-only")',
    compact(dict(alg="RS256", kid="rsa-384-only"), CLAIMS, "RS256", rsa_other))
add("RS384 with that key", ACCEPTED, compact(dict(alg="RS384", kid="rsa-384-only"), CLAIMS, "RS384", rsa_other))
add("a key for encryption", 'unknownKey("for-encryption")',
    compact(dict(alg="RS256", kid="for-encryption"), CLAIMS, "RS256", rsa_other))
add("an unknown key of the right kind", "badSignature", compact(dict(alg="RS256", kid="rsa"), CLAIMS, "RS256", rsa_other))
add("an unknown identifier", 'unknownKey("new")', compact(dict(alg="RS256", kid="new"), CLAIMS, "RS256"))
stranger = ec.generate_private_key(ec.SECP256R1())
add("a key that the token brings", "badSignature",
    compact(dict(alg="ES256", jwk=ec_jwk(stranger, "P-256", 32)), CLAIMS, "ES256", stranger))
add("a key that the token points to", "badSignature",
    compact(dict(alg="ES256", jku="https://evil.example/keys"), CLAIMS, "ES256", stranger))

# ECDSA signatures that are none.
good = compact(head("ES256"), CLAIMS, "ES256")
message = good.rsplit(".", 1)[0]
signature = base64.urlsafe_b64decode(good.rsplit(".", 1)[1] + "==")
r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
for name, value in [
    ("r and s of zero", bytes(64)), ("s of zero", signature[:32] + bytes(32)), ("r of zero", bytes(32) + signature[32:]),
    ("r of the order", ORDER_P256.to_bytes(32, "big") + signature[32:]),
    ("s of the order", signature[:32] + ORDER_P256.to_bytes(32, "big")),
    ("all ones", b"\xff" * 64), ("as DER", utils.encode_dss_signature(r, s)), ("with a byte more", signature + b"\0"),
    ("with a byte less", signature[:-1]), ("r and s swapped", signature[32:] + signature[:32]),
    ("r and s padded", b"\0" + signature[:32] + b"\0" + signature[32:]),
]:
    add(f"ES256 {name}", "badSignature", message + "." + b64(value))

# The form.
parts = good.split(".")
add("no signature", 'malformed("signature")', message + ".")
add("two parts", 'malformed("form")', message)
add("four parts", 'malformed("form")', good + ".e30")
add("five parts, as JWE has", 'malformed("form")', good + ".e30.e30")
add("one part", 'malformed("form")', "abc")
add("the JSON serialization", 'malformed("form")', '{"payload":"e30","signatures":[]}')
add("an empty header", 'malformed("header")', "." + ".".join(parts[1:]))
add("padding in the header", 'malformed("header")', b64(text(head("ES256"))) + "=." + ".".join(parts[1:]))
add("padding in the signature", 'malformed("signature")', good + "==")
add("a letter of base64 that base64url has not", 'malformed("signature")', message + "." + "+" + parts[2][1:])
add("white space in the signature", 'malformed("signature")', message + "." + parts[2][:10] + " " + parts[2][10:])
add("a signature of impossible length", 'malformed("signature")', good + "AAA")
alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
add("bits left over in the signature", 'malformed("signature")', good[:-1] + alphabet[alphabet.index(good[-1]) + 1])
odd = json.dumps(CLAIMS).encode()
odd = odd if len(odd) % 3 else odd + b" "
loose = b64(odd)
loose = loose[:-1] + alphabet[alphabet.index(loose[-1]) + 1]
signed = b64(text(head("ES256"))) + "." + loose
add("bits left over in the claims", 'malformed("claims")', signed + "." + b64(sign("ES256", signed.encode())))
add("longer than any token", "tooLong", compact(head("ES256"), changed(pad="x" * 9000), "ES256"))

# The header.
header("no algorithm", 'headerRefused("alg")', dict(kid="p256"))
header("an algorithm that is no string", 'headerRefused("alg")', dict(alg=["ES256"], kid="p256"))
header("an algorithm of null", 'headerRefused("alg")', dict(alg=None, kid="p256"))
header("an identifier that is no string", 'headerRefused("kid")', dict(alg="ES256", kid=7))
header("a critical extension", 'headerRefused("crit")', dict(alg="ES256", kid="p256", crit=["exp"], exp=1))
header("an empty list of critical extensions", 'headerRefused("crit")', dict(alg="ES256", kid="p256", crit=[]))
header("an unencoded payload", 'headerRefused("crit")', dict(alg="ES256", kid="p256", b64=False, crit=["b64"]))
header("an unencoded payload, not critical", 'headerRefused("b64")', dict(alg="ES256", kid="p256", b64=False))
header("a header of encryption", 'headerRefused("enc")', dict(alg="ES256", kid="p256", enc="A256GCM"))
header("compression", 'headerRefused("zip")', dict(alg="ES256", kid="p256", zip="DEF"))
header("another type", 'headerRefused("typ")', dict(alg="ES256", kid="p256", typ="secevent+jwt"))
header("a type that is no string", 'headerRefused("typ")', dict(alg="ES256", kid="p256", typ=1))
header("an access token", ACCEPTED, dict(alg="ES256", kid="p256", typ="at+jwt"))
header("an access token with its media type", ACCEPTED, dict(alg="ES256", kid="p256", typ="application/at+JWT"))
header("an access token where one is demanded", ACCEPTED, dict(alg="ES256", kid="p256", typ="at+jwt"), type="at+jwt")
header("no type where one is demanded", 'headerRefused("typ")', dict(alg="ES256", kid="p256"), type="at+jwt")
header("an ID token where an access token is demanded", 'headerRefused("typ")', dict(alg="ES256", kid="p256", typ="JWT"), type="at+jwt")
header("the algorithm twice", 'duplicateMember("alg")', b'{"alg":"none","alg":"ES256","kid":"p256"}')
header("the algorithm twice, once escaped", 'duplicateMember("alg")', b'{"alg":"ES256","a\\u006cg":"ES256"}')
header("a header that is an array", 'malformed("header")', b'["ES256"]')
header("a header with text behind it", 'malformed("header")', b'{"alg":"ES256"}x')
header("a header with a byte order mark", 'malformed("header")', b'\xef\xbb\xbf{"alg":"ES256"}')
header("a header that is not UTF-8", 'malformed("header")', b'{"alg":"ES256","x":"\xff"}')
header("a header with a trailing comma", 'malformed("header")', b'{"alg":"ES256",}')
header("a header with a comment", 'malformed("header")', b'{"alg":"ES256"/**/}')
header("a header with a NUL", 'malformed("header")', b'{"alg":"ES256"}\0')

# The claims.
raw = json.dumps(CLAIMS)[1:-1].encode()
raw_claims("the subject twice", 'duplicateMember("sub")', b'{' + raw + b',"sub":"eve"}')
raw_claims("the subject twice, once escaped", 'duplicateMember("sub")', b'{' + raw + b',"\\u0073ub":"eve"}')
raw_claims("the expiry twice", 'duplicateMember("exp")', b'{' + raw + b',"exp":9999999999}')
raw_claims("a name twice, deep inside", 'duplicateMember("a")', b'{' + raw + b',"x":[{"a":1,"a":1}]}')
raw_claims("half a surrogate pair", 'malformed("claims")', b'{' + raw + b',"x":"\\ud800"}')
raw_claims("claims that are a string", 'malformed("claims")', b'"ada"')
raw_claims("no claims", 'missingClaim("iss")', b'{}')
raw_claims("claims nested too deep", 'malformed("claims")', b'{' + raw + b',"x":' + b"[" * 40 + b"]" * 40 + b'}')
raw_claims("an expiry with a leading zero", 'malformed("claims")', b'{' + raw.replace(b'"exp": 18', b'"exp": 018') + b'}')
claim("another issuer", "wrongIssuer", iss="https://issuer.example/")
claim("an issuer in other letters", "wrongIssuer", iss="https://ISSUER.example")
claim("no issuer", 'missingClaim("iss")', iss=None)
claim("an issuer that is a list", 'badClaim("iss")', iss=["https://issuer.example"])
claim("another audience", "wrongAudience", aud="nodegate2")
claim("no audience", 'missingClaim("aud")', aud=None)
claim("an empty list of audiences", "wrongAudience", aud=[])
claim("a list of audiences", ACCEPTED, aud=["other", "nodegate"])
claim("a list of audiences with a number", 'badClaim("aud")', aud=["nodegate", 1])
claim("an audience that is an object", 'badClaim("aud")', aud=dict(nodegate=True))
claim("no expiry", 'missingClaim("exp")', exp=None)
claim("an expiry of text", 'badClaim("exp")', exp=str(NOW + 600))
raw_claims("an expiry with an exponent", 'badClaim("exp")', json.dumps(changed(exp=None))[:-1].encode() + b',"exp":2e9}')
raw_claims("an expiry below zero", 'badClaim("exp")', json.dumps(changed(exp=None))[:-1].encode() + b',"exp":-1}')
raw_claims("an expiry beyond every calendar", 'badClaim("exp")', json.dumps(changed(exp=None))[:-1].encode() + b',"exp":99999999999999999999}')
raw_claims("an expiry of null", 'badClaim("exp")', json.dumps(changed(exp=None))[:-1].encode() + b',"exp":null}')
claim("an expiry with a fraction", ACCEPTED, exp=NOW + 600.9)
claim("expired within the leeway", f"accepted ada {NOW + 1} - -", exp=NOW - 29)
claim("expired", "expired", exp=NOW - 30)
claim("long expired", "expired", exp=1)
claim("not yet valid within the leeway", ACCEPTED, nbf=NOW + 30)
claim("not yet valid", "notYetValid", nbf=NOW + 31)
claim("a beginning of text", 'badClaim("nbf")', nbf="soon")
claim("issued in the future within the leeway", ACCEPTED, iat=NOW + 30)
claim("issued in the future", "issuedInFuture", iat=NOW + 31)
claim("the longest lifetime", f"accepted ada {NOW + 3620} - -", exp=NOW + 3590)
claim("longer than the longest lifetime", "lifetimeTooLong", exp=NOW + 3591)
claim("without the time of issue", f"accepted ada {NOW + 3630} - -", iat=None, exp=NOW + 3600)
claim("too long without the time of issue", "lifetimeTooLong", iat=None, exp=NOW + 3601)
claim("no subject", 'missingClaim("sub")', sub=None)
claim("an empty subject", 'badClaim("sub")', sub="")
claim("a subject that is a number", 'badClaim("sub")', sub=7)
claim("a subject with a line break", 'badClaim("sub")', sub="ada\nroot")
claim("a subject with a NUL", 'badClaim("sub")', sub="ada\0")
room = 256 - len("https://issuer.example/")
claim("the longest subject", f"accepted {'a' * room} {NOW + 630} - -", sub="a" * room)
claim("a subject that is too long", 'badClaim("sub")', sub="a" * (room + 1))
claim("a subject that is too long where it is recorded", 'badClaim("sub")', sub="\\" * (room // 2 + 1))
claim("a subject with a control character beyond ASCII", 'badClaim("sub")', sub="ada\u0085")
claim("an identifier that is no string", 'badClaim("jti")', jti=1)
claim("scopes", f"accepted ada {NOW + 630} cloud_connectors/show,jobs/index 0",
      scope="openid nodeum:cloud_connectors/show nodeum:jobs/index nodeum:jobs/index nodeum: profile")
claim("scopes as a list", f"accepted ada {NOW + 630} jobs/index 0", scope=["nodeum:jobs/index", "email"])
claim("roles and groups", f"accepted ada {NOW + 630} auditor 1,2",
      realm=dict(roles=["auditor"]), groups=["operators", "Operators", "staff"])
claim("scopes that are a number", 'badClaim("scope")', scope=7)
claim("roles with a number", 'badClaim("realm.roles")', realm=dict(roles=["a", 1]))
claim("a claim that hides under a string", f"accepted ada {NOW + 630} - -", realm="roles")

claim("a role and a group that are one word with others", f"accepted ada {NOW + 630} auditor_operators 1",
      realm=dict(roles="auditor operators"), groups="operators staff")
claim("the subject that is looked for", f"accepted root {NOW + 630} - 3", sub="root")
claim("a subject that begins with it", f"accepted root_eve {NOW + 630} - -", sub="root eve")
claim("a group that is a boolean", 'badClaim("groups")', groups=True)

# What nobody's keys may be taken from, and times at their edges.
stranger_pem = base64.b64encode(spki(stranger)).decode()
for member, value in [("x5u", "https://evil.example/certificate"), ("x5c", [stranger_pem]), ("x5t", "AAAA"),
                      ("jwk", ec_jwk(stranger, "P-256", 32, kid="p256"))]:
    add(f"a stranger's signature, with '{member}' to vouch for it", "badSignature",
        compact(dict(alg="ES256", kid="p256", **{member: value}), CLAIMS, "ES256", stranger))
    header(f"'{member}' beside a good signature", ACCEPTED, {"alg": "ES256", "kid": "p256", member: value})
for kid in ["../../dev/null", "' OR 1=1 --", "P256", "", "p256 ", "|/bin/true"]:
    header(f"the identifier '{kid}'", f'unknownKey("{kid}")', dict(alg="ES256", kid=kid))
header("an identifier of null", 'headerRefused("kid")', dict(alg="ES256", kid=None))
header("the identifier twice", 'duplicateMember("kid")', b'{"alg":"ES256","kid":"p256","kid":"p384"}')
header("a type twice", 'duplicateMember("typ")', b'{"alg":"ES256","kid":"p256","typ":"JWT","typ":"at+jwt"}')
header("a nested name twice", 'duplicateMember("x")', b'{"alg":"ES256","kid":"p256","jwk":{"x":1,"x":2}}')
header("an algorithm in a list of one string", 'headerRefused("alg")', b'{"alg":["none"]}')
header("an algorithm in letters of another script", 'algorithmRefused("ЕS256")', '{"alg":"\u0415S256","kid":"p256"}'.encode())
for algorithm, size in [("ES256", 32), ("ES384", 48)]:
    unsigned = b64(text(head(algorithm))) + "." + b64(text(CLAIMS))
    der = (p256 if size == 32 else p384).sign(unsigned.encode(), ec.ECDSA(hashes.SHA256() if size == 32 else hashes.SHA384()))
    add(f"{algorithm}, a good signature as DER", "badSignature", unsigned + "." + b64(der))
    add(f"{algorithm} of zeros", "badSignature", unsigned + "." + b64(bytes(2 * size)))
    add(f"{algorithm} of r and s of one", "badSignature", unsigned + "." + b64((bytes(size - 1) + b"\1") * 2))
for algorithm in ["RS256", "PS256"]:
    unsigned = b64(text(head(algorithm))) + "." + b64(text(CLAIMS))
    for name, value in [("of zeros", bytes(256)), ("of one", bytes(255) + b"\1"), ("of ones", b"\xff" * 256),
                        ("with a zero before it", b"\0" + sign(algorithm, unsigned.encode())),
                        ("of one byte", b"\1")]:
        add(f"{algorithm} {name}", "badSignature", unsigned + "." + b64(value))
unsigned = b64(text(head("EdDSA"))) + "." + b64(text(CLAIMS))
eddsa = sign("EdDSA", unsigned.encode())
order = 2**252 + 27742317777372353535851937790883648493
more = int.from_bytes(eddsa[32:], "little") + order
add("EdDSA with s beyond the order", "badSignature", unsigned + "." + b64(eddsa[:32] + more.to_bytes(32, "little")))
add("EdDSA of zeros", "badSignature", unsigned + "." + b64(bytes(64)))
add("EdDSA with a byte more", "badSignature", unsigned + "." + b64(eddsa + b"\0"))
add("HS256 of nothing", 'malformed("signature")', b64(text(head("HS256"))) + "." + b64(text(CLAIMS)) + ".", keys="shared.secret")
add("HS256 by a secret of one zero", "badSignature", compact(head("HS256"), CLAIMS, "HS256", b"\0"), keys="shared.secret")
add("HS256 by a prefix of the secret", "badSignature", compact(head("HS256"), CLAIMS, "HS256", secret[:31]), keys="shared.secret")
add("ES256 where the key is a shared secret", 'unknownKey("p256")', good, keys="shared.secret")
size = 8 * 1024
filler = size - len(compact(head("ES256"), changed(pad=""), "ES256"))
for count, expected in [(filler * 3 // 4 - 2, ACCEPTED), (filler * 3 // 4 + 3, "tooLong")]:
    claim(f"a token of {'nearly' if expected == ACCEPTED else 'just over'} the greatest size", expected, pad="x" * count)
claim("the first second after the leeway", "expired", exp=NOW - 30, nbf=NOW - 60, iat=NOW - 60)
claim("the last second of the leeway", f"accepted ada {NOW + 1} - -", exp=NOW - 29, nbf=NOW - 60, iat=NOW - 60)
claim("a beginning after the end", f"accepted ada {NOW + 31} - -", nbf=NOW + 20, exp=NOW + 1)
claim("a beginning that is a list", 'badClaim("nbf")', nbf=[])
claim("an issue time of zero", "lifetimeTooLong", iat=0)
raw_claims("an issue time below zero", 'badClaim("iat")', json.dumps(changed(iat=None))[:-1].encode() + b',"iat":-1}')
raw_claims("an issue time with an exponent", 'badClaim("iat")', json.dumps(changed(iat=None))[:-1].encode() + b',"iat":1e3}')
claim("an issue time that is true", 'badClaim("iat")', iat=True)
claim("an expiry that is a list", 'badClaim("exp")', exp=[NOW + 600])
claim("an expiry that is an object", 'badClaim("exp")', exp=dict(value=NOW + 600))

write("tokens.txt", "\n\n".join(["# Written by make-vectors.py; see README.md."] + vectors) + "\n")
