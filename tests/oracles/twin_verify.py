#!/usr/bin/env python3
"""A second verifier of the twin record, written from docs/reference/twin.md alone.

    twin_verify.py PAYER.half PROVIDER.half [--json]    both halves, in either order
    twin_verify.py ONE.half [--json]                    one half on its own
    twin_verify.py --kept HEADS FILE...                 with heads of the first file kept from before
    twin_verify.py --copies FIRST.half SECOND.half      two copies of one half
    twin_verify.py --proof FILE                         a proof
    twin_verify.py --vectors docs/reference/twin-vectors.json

Standard library only; the Ed25519 arithmetic is RFC 8032's. Exit status: 0 all holds, 1 it does
not, 2 the command line is wrong. It shares nothing with the Rust crate but the written format.
"""

import hashlib
import hmac
import json
import struct
import sys

sys.setrecursionlimit(10_000)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ---------------------------------------------------------------- Ed25519, RFC 8032 section 5.1

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def double(p):
    a, b, c = p[0] * p[0] % P, p[1] * p[1] % P, 2 * p[2] * p[2] % P
    h = a + b
    e = h - (p[0] + p[1]) * (p[0] + p[1]) % P
    g = a - b
    f = c + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(n, p):
    result = NEUTRAL
    for bit in bin(n)[2:]:
        result = double(result)
        if bit == "1":
            result = add(result, p)
    return result


def same_point(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def compress(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(data):
    """The point, or None for bytes that are no canonical encoding of one."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == P - u and u:
        x = x * I % P
    if (v * x * x - u) % P:
        return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def is_small_order(p):
    return same_point(multiply(8, p), NEUTRAL)


WINDOW = 6


def table_of(p):
    """For each window of the scalar, the multiples of the point: no doubling when it is used."""
    rows = []
    for _ in range(0, 256, WINDOW):
        row = [NEUTRAL]
        for _ in range(2**WINDOW - 1):
            row.append(add(row[-1], p))
        rows.append(row)
        p = add(row[-1], p)
    return rows


def multiply_by_table(n, rows):
    result, at = NEUTRAL, 0
    while n:
        digit = n & 2**WINDOW - 1
        if digit:
            result = add(result, rows[at][digit])
        n >>= WINDOW
        at += 1
    return result


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
BASE_TABLE = table_of(BASE)
KEYS = {}


def negative_key_table(key):
    """The table of -A, kept for each key; None when no signature by the key is valid."""
    if key not in KEYS:
        point = decompress(key)
        if point is None or is_small_order(point):
            KEYS[key] = None
        else:
            KEYS[key] = table_of((P - point[0], point[1], 1, P - point[3]))
    return KEYS[key]


def signature_holds(key, message, signature):
    table = negative_key_table(key)
    if table is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    r = decompress(signature[:32])
    if r is None or is_small_order(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same_point(add(multiply_by_table(s, BASE_TABLE), multiply_by_table(k, table)), r)


# ---------------------------------------------------------------- Merkle tree, RFC 9162 section 2.1


def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


class Tree:
    """A growing tree: roots of the full subtrees, largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def push(self, leaf):
        bits = self.size
        while bits & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            bits >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves):
    tree = Tree()
    for leaf in leaves:
        tree.push(leaf)
    return tree.root()


def root_from_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2; None when the path does not have the length."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def is_consistent(old_size, old_root, new_size, new_root, path):
    """RFC 9162 section 2.1.4.2."""
    if old_size == 0:
        return not path and old_root == sha256(b"")
    if old_size >= new_size:
        return not path and (old_size, old_root) == (new_size, new_root)
    path = list(path)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


# ---------------------------------------------------------------- encodings, sections 1, 3, 4, 5


class Damaged(Exception):
    """Bytes that are not in their one form."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if self.left() < count:
            raise Damaged("the bytes end")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def short(self):
        return self.take(self.number("B"))

    def path(self):
        return [self.take(32) for _ in range(self.number("B"))]


class Refused(Exception):
    """A check that does not hold: code, place ('file', 'event', 'head') and number."""

    def __init__(self, code, place="event", at=None):
        super().__init__(code)
        self.code, self.place, self.at = code, place, at


AUTHORS = {1: "payer", 2: "provider"}
OTHER = {"payer": "provider", "provider": "payer"}
KIND_BYTES = set(b"abcdefghijklmnopqrstuvwxyz0123456789._")
NAME_BYTES = set(b"abcdefghijklmnopqrstuvwxyz0123456789_")


class Event:
    def __init__(self, data):
        """Raises Refused TWN-03 for another version and TWN-02 for another form."""
        if data and data[0] != 1:
            raise Refused("TWN-03")
        try:
            self.read(Reader(data))
        except Damaged as why:
            raise Refused("TWN-02") from why

    def read(self, reader):
        self.version = reader.number("B")
        self.relationship = reader.take(32)
        self.author = AUTHORS.get(reader.number("B"))
        self.sequence = reader.number("Q")
        self.previous = reader.take(32)
        self.time = reader.number("q")
        self.seen_size = reader.number("Q")
        self.seen_root = reader.take(32)
        kind, subject = reader.short(), reader.short()
        self.payload_root = reader.take(32)
        self.header = reader.data[:reader.at]
        self.signature = reader.take(64)
        self.leaf = leaf_hash(reader.data)
        if reader.left() or self.author is None:
            raise Damaged("bytes are left over or the author is none")
        if not 1 <= len(kind) <= 64 or not set(kind) <= KIND_BYTES:
            raise Damaged("the kind")
        if not 1 <= len(subject) <= 160 or not all(0x21 <= byte <= 0x7E for byte in subject):
            raise Damaged("the subject")
        self.kind, self.subject = kind.decode(), subject.decode()

    def signed_by(self, key):
        return signature_holds(key, b"counterfoil/twin/event/1\0" + self.header, self.signature)


def days_of_month(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


TYPES = {1: "text", 2: "integer", 3: "date", 4: "bytes", 5: "digest"}


def read_field(reader):
    """(name, type, value, bytes); a date is its three numbers."""
    start = reader.at
    name = reader.short()
    if not 1 <= len(name) <= 64 or not set(name) <= NAME_BYTES:
        raise Damaged("a name")
    kind, length = TYPES.get(reader.number("B")), reader.number("I")
    if kind is None or length > 65_536:
        raise Damaged("a type or length")
    value = reader.take(length)
    if kind == "text":
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError as why:
            raise Damaged("not UTF-8") from why
    elif kind == "integer":
        if length != 8:
            raise Damaged("an integer")
        value = struct.unpack(">q", value)[0]
    elif kind == "date":
        if length != 4:
            raise Damaged("a date")
        year, month, day = value = struct.unpack(">HBB", value)
        if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= days_of_month(year, month)):
            raise Damaged("a day")
    elif kind == "digest" and length != 32:
        raise Damaged("a digest")
    return name.decode(), kind, value, reader.data[start:reader.at]


class Body:
    def __init__(self, data):
        if len(data) > 262_144:
            raise Damaged("too long")
        reader = Reader(data)
        self.secret = reader.take(32)
        count = reader.number("H")
        if not 1 <= count <= 64:
            raise Damaged("no field or too many")
        fields = [read_field(reader) for _ in range(count)]
        names = [field[0] for field in fields]
        if reader.left() or any(a >= b for a, b in zip(names, names[1:])):
            raise Damaged("bytes left over or names out of order")
        self.fields = {name: (kind, value) for name, kind, value, _ in fields}
        self.encoded = [(name, data) for name, _, _, data in fields]

    def get(self, name):
        return self.fields[name][1] if name in self.fields else None

    def salt(self, name):
        message = b"counterfoil/twin/salt/1\0" + name.encode()
        return hmac.new(self.secret, message, hashlib.sha256).digest()[:16]

    def root(self):
        return root_of(leaf_hash(self.salt(name) + data) for name, data in self.encoded)


HEAD_ENTRY = 81 + 64 + 1 + 32 + 64


class Head:
    """A head entry; `form` is the code of the part that is not in its form."""

    def __init__(self, data):
        reader = Reader(data)
        self.relationship = reader.take(32)
        self.author = AUTHORS.get(reader.number("B"))
        self.size = reader.number("Q")
        self.root = reader.take(32)
        self.time = reader.number("q")
        self.bytes = data[:81]
        self.signature = reader.take(64)
        self.countersigned = reader.number("B")
        self.key, self.countersignature = reader.take(32), reader.take(64)
        empty = self.key == bytes(32) and self.countersignature == bytes(64)
        self.form = None
        if self.author is None:
            self.form = "TWN-13"
        elif self.countersigned > 1 or self.countersigned == 0 and not empty:
            self.form = "TWN-14"

    def signed_by(self, key):
        return signature_holds(key, b"counterfoil/twin/head/1\0" + self.bytes, self.signature)

    def countersignature_holds(self):
        message = b"counterfoil/twin/countersignature/1\0" + self.bytes + self.signature
        return signature_holds(self.key, message, self.countersignature)


# ---------------------------------------------------------------- who may say what, section 7


def rows(text):
    """kind | author | subject | fields; a field is name:type[:bytes or texts], ? when optional."""
    table = {}
    for line in text.strip().splitlines():
        kind, author, subject, fields = (part.strip() for part in line.split("|"))
        table[kind] = (author, subject, [field.split(":") for field in fields.split()])
    return table


KINDS = rows("""
relationship.opened | both | relationship | payer_key:bytes:32 provider_key:bytes:32 nonce:bytes:32 payer_name:text provider_name:text
key.rotated | both | key | new_key:bytes:32 proof:bytes:64
file.sent | both | file/64 | digest:digest length:integer kind:text name:text
file.received | both | file/64 | digest:digest
contract.signed | both | contract/ | digest:digest effective_on:date signed_by:text ?replaces:digest
settlement.stated | both | settlement// | contract:digest facts:digest statement:digest amount_cents:integer rows:integer status:text:provisional,final,restated stated_by:text ?replaces:digest
claim.submitted | provider | claim/32 | charge_cents:integer ordinal:integer file:digest frequency:text patient_control_number:text ?service_from:date ?service_to:date ?replaces:text ?predicted_cents:integer ?pack:digest
remittance.posted | provider | claim/32 | trace:text paid_cents:integer adjusted_cents:integer patient_cents:integer
dispute.opened | provider | claim/32 | reason:text
dispute.closed | provider | claim/32 | reason:text
payment.matched | provider | payment/32 | amount_cents:integer received_on:date
pack.installed | provider | pack/ | digest:digest version:text
claim.received | payer | claim/32 | claim_control_number:text received_on:date
claim.rejected | payer | claim/32 | category:text status:text reason:text
claim.pended | payer | claim/32 | reason:text
claim.decided | payer | claim/32 | outcome:text:approved,denied allowed_cents:integer paid_cents:integer patient_cents:integer decided_on:date decided_by:text ?reason:text ?explanation:digest
claim.paid | payer | claim/32 | trace:text paid_cents:integer interest_cents:integer effective_on:date
claim.reversed | payer | claim/32 | trace:text paid_cents:integer reason:text
claim.voided | payer | claim/32 | reason:text
dispute.answered | payer | claim/32 | outcome:text:upheld,overturned reason:text
payment.sent | payer | payment/32 | trace:text method:text amount_cents:integer claims:integer effective_on:date remittance:digest
pack.published | payer | pack/ | digest:digest version:text valid_from:date ?valid_to:date
""")

HEX = set("0123456789abcdef")


def subject_has_form(subject, form):
    if "/" not in form:
        return subject == form
    start, digits, *second = form.split("/")
    start += "/"
    if not subject.startswith(start):
        return False
    rest = subject[len(start):]
    if second:
        return rest.count("/") == 1 and all(rest.split("/"))
    if not digits:
        return bool(rest)
    return len(rest) == int(digits) and set(rest) <= HEX


def claim_subject(relationship, file, ordinal):
    digest = sha256(b"counterfoil/twin/claim/1\0", relationship, file, struct.pack(">Q", ordinal))
    return "claim/" + digest[:16].hex()


def payment_subject(relationship, trace):
    digest = sha256(b"counterfoil/twin/payment/1\0", relationship, trace.encode())
    return "payment/" + digest[:16].hex()


def may_say(event, body):
    """Section 7 for an event and its body, which is None when it is withheld."""
    if event.kind not in KINDS:
        return True
    author, form, fields = KINDS[event.kind]
    if author not in ("both", event.author) or not subject_has_form(event.subject, form):
        return False
    if event.kind == "relationship.opened" and event.sequence != 0:
        return False
    if body is None:
        return True
    for name, kind, *only in fields:
        is_optional, name = name.startswith("?"), name.lstrip("?")
        if name not in body.fields:
            if not is_optional:
                return False
            continue
        found, value = body.fields[name]
        if found != kind:
            return False
        if only and kind == "bytes" and len(value) != int(only[0]):
            return False
        if only and kind == "text" and value not in only[0].split(","):
            return False
    if event.kind == "claim.submitted":
        ordinal = body.get("ordinal")
        if ordinal < 1:
            return False
        return event.subject == claim_subject(event.relationship, body.get("file"), ordinal)
    if event.kind == "payment.sent":
        return event.subject == payment_subject(event.relationship, body.get("trace"))
    if event.kind in ("file.sent", "file.received"):
        return event.subject == "file/" + body.get("digest").hex()
    if event.kind == "key.rotated":
        return rotation_holds(event, body.get("new_key"), body.get("proof"))
    return True


def rotation_holds(event, new_key, proof):
    sign = bytes([1 if event.author == "payer" else 2])
    message = b"counterfoil/twin/rotation/1\0" + event.relationship + sign
    message += struct.pack(">Q", event.sequence) + new_key
    return signature_holds(new_key, message, proof)


def relationship_id(payer_key, provider_key, nonce):
    return sha256(b"counterfoil/twin/relationship/1\0", payer_key, provider_key, nonce)


# ---------------------------------------------------------------- one half, sections 11 and 13


class Keys:
    """The keys of one party: each with the first sequence that it signs."""

    def __init__(self, first):
        self.keys = [(0, first)]

    def rotate(self, sequence, key):
        self.keys.append((sequence + 1, key))

    def at(self, sequence):
        return [key for start, key in self.keys if start <= sequence][-1]


class Half:
    """Reads a half and judges it by itself; `refused` is its finding of steps 1 to 3."""

    def __init__(self, data, kept=()):
        self.author = self.names = self.refused = None
        self.events, self.bodies, self.roots = [], [], {}
        self.heads, self.kept = [], [Head(head) for head in kept]
        try:
            self.read(Reader(data))
        except Refused as refused:
            self.refused = refused

    def read(self, reader):
        try:
            if reader.take(8) != b"CFHALF1\n":
                raise Damaged("magic")
            names = (reader.take(32), reader.take(32), reader.take(32))
            author = AUTHORS.get(reader.number("B"))
            if author is None:
                raise Damaged("author")
            self.heads = [Head(reader.take(HEAD_ENTRY)) for _ in range(reader.number("H"))]
            count = reader.number("Q")
        except Damaged as why:
            raise Refused("TWN-01", "file") from why
        self.names, self.author = names, author
        self.first = {"payer": names[1], "provider": names[2]}
        self.keys = Keys(self.first[author])
        self.tree, self.previous, self.time, self.seen = Tree(), bytes(32), -2**63, 0
        sizes = {head.size for head in self.heads + self.kept}
        while self.tree.size < count:
            try:
                self.one_event(reader)
            except Refused as refused:
                refused.at = self.tree.size
                raise
            if self.tree.size in sizes:
                self.roots[self.tree.size] = self.tree.root()
        if reader.left():
            raise Refused("TWN-01", "file")

    def one_event(self, reader):
        try:
            length = reader.number("H")
            if not 222 <= length <= 444:
                raise Damaged("length")
            data = reader.take(length)
        except Damaged as why:
            raise Refused("TWN-02") from why
        event = Event(data)
        if event.relationship != self.names[0] or event.author != self.author:
            raise Refused("TWN-03")
        if event.sequence != self.tree.size:
            raise Refused("TWN-04")
        if event.previous != self.previous:
            raise Refused("TWN-05")
        if not event.signed_by(self.keys.at(event.sequence)):
            raise Refused("TWN-06")
        if event.time < self.time:
            raise Refused("TWN-07")
        if event.seen_size < self.seen:
            raise Refused("TWN-08")
        body = self.read_body(reader, event)
        if not may_say(event, body):
            raise Refused("TWN-10")
        if event.sequence == 0 and not self.opens(event, body):
            raise Refused("TWN-16")
        if event.kind == "key.rotated":
            self.keys.rotate(event.sequence, body.get("new_key"))
        self.previous, self.time, self.seen = event.leaf, event.time, event.seen_size
        self.tree.push(event.leaf)
        self.events.append(event)
        self.bodies.append(body)

    def read_body(self, reader, event):
        try:
            length = reader.number("I")
            if length == 0xFFFFFFFF:
                if event.kind in ("relationship.opened", "key.rotated"):
                    raise Refused("TWN-09")
                return None
            if length > 262_144:
                raise Damaged("length")
            body = Body(reader.take(length))
        except Damaged as why:
            raise Refused("TWN-09") from why
        if body.root() != event.payload_root:
            raise Refused("TWN-09")
        return body

    def opens(self, event, body):
        if event.kind != "relationship.opened":
            return False
        named = (body.get("payer_key"), body.get("provider_key"))
        return named == self.names[1:] and relationship_id(*named, body.get("nonce")) == self.names[0]

    def judge_heads(self, other):
        """Steps 4 and 5; gives the largest countersigned size and how many are unproved."""
        self.countersigned, self.unproved, last = 0, 0, 0
        for head in self.heads:
            if head.form == "TWN-13":
                raise Refused("TWN-13", "head", last)
            if head.size <= last:
                raise Refused("TWN-13", "head", head.size)
            self.judge_head(head, other)
            last = head.size
        if last != self.tree.size:
            raise Refused("TWN-13", "head", last)
        for head in self.kept:
            self.judge_head(head, other)

    def judge_head(self, head, other):
        def refuse(code):
            raise Refused(code, "head", head.size)

        if head.relationship != self.names[0] or head.author != self.author or head.size == 0:
            refuse("TWN-13")
        if not head.signed_by(self.keys.at(min(head.size, self.tree.size))):
            refuse("TWN-13")
        if head.form == "TWN-14":
            refuse("TWN-14")
        if head.countersigned:
            if not head.countersignature_holds():
                refuse("TWN-14")
            had = other is not None and any(
                key == head.key for start, key in other.keys.keys if start <= other.tree.size)
            if head.key == self.first[OTHER[self.author]] or had:
                self.countersigned = max(self.countersigned, head.size)
            elif other is not None and other.refused is None:
                refuse("TWN-14")
            else:
                self.unproved += 1
        if head.size > self.tree.size:
            refuse("TWN-15" if head.countersigned else "TWN-13")
        if head.root != self.roots[head.size]:
            refuse("TWN-13")


def check_seen(half, other):
    """TWN-11 and TWN-12 for the events of a half that hold by themselves."""
    wanted = {event.seen_size for event in half.events}
    tree, roots = Tree(), {0: sha256(b"")}
    for event in other.events:
        tree.push(event.leaf)
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    for event in half.events:
        if event.seen_size <= tree.size:
            if roots[event.seen_size] != event.seen_root:
                raise Refused("TWN-11", "event", event.sequence)
        elif other.refused is None:
            raise Refused("TWN-12", "event", event.sequence)
        else:
            return


def verify(files, kept=()):
    """A finding or None for each of one or two files, and the halves."""
    kept = list(kept) + [()] * (len(files) - len(kept))
    halves = [Half(data, heads) for data, heads in zip(files, kept)]
    is_pair = (len(halves) == 2 and None not in (halves[0].names, halves[1].names)
               and halves[0].names == halves[1].names and halves[0].author != halves[1].author)
    findings = [half.refused for half in halves]
    if len(halves) == 2 and not is_pair and findings == [None, None]:
        findings[1] = Refused("TWN-03", "event", 0)
    for at, half in enumerate(halves):
        other = halves[1 - at] if is_pair else None
        try:
            if other is not None:
                check_seen(half, other)
            if findings[at] is None:
                half.judge_heads(other)
        except Refused as refused:
            findings[at] = refused
    return findings, halves


def compare_copies(first, second):
    """TWN-17 where both copies are signed and differ; else None."""
    halves = [Half(first), Half(second)]
    if halves[0].names is None or halves[0].names != halves[1].names:
        return None
    if halves[0].author != halves[1].author:
        return None
    for one, two in zip(halves[0].events, halves[1].events):
        if one.leaf != two.leaf:
            return Refused("TWN-17", "event", one.sequence)
    return None


# ---------------------------------------------------------------- order and state, sections 8 and 9


def payer_first(p, q):
    if q.seen_size > p.sequence:
        return True
    if p.seen_size > q.sequence:
        return False
    return p.time <= q.time


def merged(payer, provider):
    """Pairs of event and body of both halves in the order of both."""
    result, i, j = [], 0, 0
    while i < len(payer) or j < len(provider):
        if j == len(provider) or i < len(payer) and payer_first(payer[i][0], provider[j][0]):
            result.append(payer[i])
            i += 1
        else:
            result.append(provider[j])
            j += 1
    return result


def in_range(number):
    return -2**63 <= number < 2**63


class Claim:
    NUMBERS = ("allowed_cents charge_cents decided_at out_of_turn paid_at paid_cents patient_cents "
               "posted posted_at posted_cents received_at remitted submitted_at").split()
    TEXTS = ("claim_control_number", "dispute", "standing")

    def __init__(self):
        self.is_known = True
        for name in self.NUMBERS:
            setattr(self, name, 0)
        for name in self.TEXTS:
            setattr(self, name, "")

    def say(self, event, body):
        if body is None:
            self.is_known = False
        elif self.is_known and not getattr(self, "on_" + event.kind.replace(".", "_"))(event, body):
            self.out_of_turn += 1

    def move(self, standings, standing, at=None, event=None):
        if self.standing not in standings:
            return False
        self.standing = standing
        if at:
            setattr(self, at, event.time)
        return True

    def on_claim_submitted(self, event, body):
        if self.submitted_at:
            return False
        self.move([""], "submitted")
        self.submitted_at = event.time
        self.charge_cents = body.get("charge_cents")
        return True

    def on_claim_received(self, event, body):
        if not self.move(["", "submitted"], "received", "received_at", event):
            return False
        self.claim_control_number = body.get("claim_control_number")
        return True

    def on_claim_rejected(self, event, body):
        return self.move(["", "submitted", "received"], "rejected")

    def on_claim_pended(self, event, body):
        return self.move(["received", "pended"], "pended")

    def on_claim_decided(self, event, body):
        if not self.move(["received", "pended"], body.get("outcome"), "decided_at", event):
            return False
        self.allowed_cents = body.get("allowed_cents")
        self.patient_cents = body.get("patient_cents")
        return True

    def on_claim_paid(self, event, body):
        total = self.paid_cents + body.get("paid_cents")
        if self.standing not in ("approved", "denied") or self.remitted or not in_range(total):
            return False
        if self.standing == "approved":
            self.standing = "paid"
        self.paid_cents, self.remitted, self.paid_at = total, self.remitted + 1, event.time
        return True

    def on_claim_reversed(self, event, body):
        total = self.paid_cents + body.get("paid_cents")
        turn = self.standing == "paid" or self.standing == "denied" and self.remitted
        if not turn or not in_range(total):
            return False
        self.standing, self.paid_cents, self.remitted = "reversed", total, self.remitted + 1
        return True

    def on_claim_voided(self, event, body):
        if self.paid_cents:
            return False
        return self.move(["received", "pended", "approved", "denied", "reversed"], "voided")

    def on_remittance_posted(self, event, body):
        total = self.posted_cents + body.get("paid_cents")
        if self.posted >= self.remitted or not in_range(total):
            return False
        self.posted_cents, self.posted, self.posted_at = total, self.posted + 1, event.time
        return True

    def on_dispute_opened(self, event, body):
        if self.standing not in ("rejected", "denied", "paid", "reversed"):
            return False
        if self.dispute not in ("", "closed"):
            return False
        self.dispute = "open"
        return True

    def on_dispute_answered(self, event, body):
        if self.dispute != "open":
            return False
        self.dispute = body.get("outcome")
        return True

    def on_dispute_closed(self, event, body):
        if self.dispute not in ("open", "upheld", "overturned"):
            return False
        self.dispute = "closed"
        return True

    def encode(self):
        out = struct.pack(">H", 16)
        for name in sorted(self.NUMBERS + list(self.TEXTS)):
            value = getattr(self, name)
            out += bytes([len(name)]) + name.encode()
            if isinstance(value, str):
                out += b"\1" + struct.pack(">I", len(value.encode())) + value.encode()
            else:
                out += b"\2" + struct.pack(">Iq", 8, value)
        return out

    def hash(self, subject):
        text = bytes([len(subject)]) + subject.encode()
        return sha256(b"counterfoil/twin/state/1\0", text, self.encode())


def claims_of(payer, provider):
    """Claims by subject, from pairs of event and body."""
    claims = {}
    for event, body in merged(payer, provider):
        if event.kind in KINDS and event.kind.split(".")[0] in ("claim", "dispute", "remittance"):
            claims.setdefault(event.subject, Claim()).say(event, body)
    return claims


# ---------------------------------------------------------------- contracts, section 15


def contract_versions(said):
    """(versions, how many were out of turn), from (author, digest, effective_on, replaces, time).

    A version is [digest, effective_on, replaces, standing, until]. A time of None is to come.
    """
    signed, out_of_turn = {}, 0
    for author, *version, time in said:
        authors = signed.setdefault(tuple(version), {})
        out_of_turn += author in authors
        authors.setdefault(author, float("inf") if time is None else time)
    found = signed_by_both(signed)
    in_force = [one for one, told in found.items() if told[0] == "signed" and told[1] != one[1]]
    for version, authors in signed.items():
        if len(authors) == 2:
            continue
        of_day = [other for other in signed if other[1] == version[1]]
        if any(other in in_force and other[0] != version[2] for other in of_day):
            found[version] = "passed_over", None
        elif any(len(signed[other]) == 1 and signed[other].keys() != authors.keys()
                 for other in of_day):
            found[version] = "differs", None
        else:
            found[version] = "proposed", None
    order = sorted(found, key=lambda one: (one[1], one[0], one[2] or b""))
    return [[*version, *found[version]] for version in order], out_of_turn


def signed_by_both(signed):
    """The standing of what both have signed, in the order in which it had both signatures."""
    completed = {one: max(authors.values()) for one, authors in signed.items() if len(authors) == 2}
    standing = {}
    while True:
        left = [one for one in completed if one not in standing]
        for time in sorted({completed[one] for one in left}):
            together = [one for one in left if completed[one] == time]
            whole = day_by_day([*standing, *together])
            more = {one: told for one, told in whole.items() if told[0] == "signed"}
            if len(more) > len(standing) and all(one in more for one in standing):
                standing = more
                break
        else:
            return {**{one: ("conflict", None) for one in left}, **standing}


def day_by_day(versions):
    found, last = {}, None
    for day in sorted({version[1] for version in versions}):
        group = [version for version in versions if version[1] == day]
        way = way_through(group, last[0] if last else None)
        for version in group:
            found[version] = ("signed", day) if way else ("conflict", None)
        if way:
            if last:
                found[last] = "signed", day
            last = way
            found[way] = "signed", None
    return found


def way_through(group, before):
    """The version of a day that, version by version, replaces all others and then `before`."""
    for first in group:
        left, at = [one for one in group if one is not first], first
        while left:
            following = [one for one in left if one[0] == at[2]]
            if len(following) != 1:
                break
            at = following[0]
            left.remove(at)
        if not left and at[2] == before:
            return first
    return None


# ---------------------------------------------------------------- settlements, section 16


def settlement_of(said):
    """(provisional, answer, standing, out_of_turn); the first two by author."""
    provisional, answer, out_of_turn = {}, {}, 0
    for one in said:
        author, statement, replaces = one["author"], one["statement"], one["replaces"]
        answered = answer.get(author, {}).get("statement")
        before = provisional.get(author, {}).get("statement")
        if one["status"] == "provisional":
            fits = answered is None and replaces == before and statement != before
        elif one["status"] == "final":
            fits = answered is None and replaces is None
        else:
            fits = answered is not None and replaces == answered and statement != answered
        if not fits:
            out_of_turn += 1
        elif one["status"] == "provisional":
            provisional[author] = one
        else:
            answer[author] = one
    sides = answer or provisional
    if not sides:
        standing = ""
    elif len(sides) == 1:
        standing = "stated_by_" + next(iter(sides))
    else:
        what = [[sides[author][name] for name in ("contract", "facts", "statement",
                                                  "amount_cents", "rows")] for author in sides]
        standing = "agreed" if what[0] == what[1] else "differs"
    return provisional, answer, standing, out_of_turn


# ---------------------------------------------------------------- summary and match, section 10


def summary_digest(entries, depth=0):
    """Digest of pairs of 32-byte key and value."""
    if not entries:
        return bytes(32)
    if len(entries) == 1:
        return sha256(b"\2", *entries[0])
    below = [[] for _ in range(16)]
    for key, value in entries:
        byte = key[depth // 2]
        below[byte & 15 if depth % 2 else byte >> 4].append((key, value))
    return sha256(b"\3", *(summary_digest(part, depth + 1) for part in below))


def match_hash(payer, provider):
    """Of two halves without a finding."""
    pairs = [list(zip(half.events, half.bodies)) for half in (payer, provider)]
    claims = claims_of(*pairs)
    entries = [(sha256(subject.encode()), claim.hash(subject))
               for subject, claim in claims.items() if claim.is_known]
    trees = b"".join(struct.pack(">Q", half.tree.size) + half.tree.root()
                     for half in (payer, provider))
    return sha256(b"counterfoil/twin/match/1\0", payer.names[0], trees, summary_digest(entries))


# ---------------------------------------------------------------- proofs, section 12


def read_opening(reader):
    event, path = reader.take(reader.number("H")), reader.path()
    count = reader.number("H")
    shown = []
    for _ in range(reader.number("H")):
        position, salt = reader.number("H"), reader.take(16)
        field = reader.take(reader.number("I"))
        shown.append((position, salt, field, reader.path()))
    return event, path, count, shown


def verify_proof(data):
    """(event, fields as bytes, countersigned); raises Refused."""
    try:
        reader = Reader(data)
        if reader.take(8) != b"CFPROOF1":
            raise Damaged("magic")
        relationship = reader.take(32)
        first = {"payer": reader.take(32), "provider": reader.take(32)}
        head = Head(reader.take(HEAD_ENTRY))
        openings = [read_opening(reader) for _ in range(reader.number("B") + 1)]
        if reader.left():
            raise Damaged("left over")
    except Damaged as why:
        raise Refused("TWN-01", "file") from why
    if head.form == "TWN-13" or head.relationship != relationship:
        raise Refused("TWN-13", "head", head.size)
    keys, last = Keys(first[head.author]), -1
    for number, opening in enumerate(openings):
        event, fields = check_opening(opening, relationship, head, keys)
        if number + 1 == len(openings):
            break
        if event.sequence <= last:
            raise Refused("TWN-04", "event", event.sequence)
        last = event.sequence
        shown = {name: value for name, kind, value, _ in fields if kind == "bytes"}
        new_key, proof = shown.get("new_key", b""), shown.get("proof", b"")
        if (event.kind, event.subject) != ("key.rotated", "key") or len(new_key) != 32 \
                or len(proof) != 64 or not rotation_holds(event, new_key, proof):
            raise Refused("TWN-10", "event", event.sequence)
        keys.rotate(event.sequence, new_key)
    if not head.signed_by(keys.at(head.size)):
        raise Refused("TWN-13", "head", head.size)
    if head.form == "TWN-14" or head.countersigned and not head.countersignature_holds():
        raise Refused("TWN-14", "head", head.size)
    countersigned = "no"
    if head.countersigned:
        countersigned = "yes" if head.key == first[OTHER[head.author]] else "by a later key"
    return event, [data for _, _, _, data in fields], countersigned


def check_opening(opening, relationship, head, keys):
    data, path, count, shown = opening
    event = Event(data)

    def refuse(code):
        raise Refused(code, "event", event.sequence)

    if event.relationship != relationship or event.author != head.author:
        refuse("TWN-03")
    if event.sequence >= head.size:
        refuse("TWN-04")
    if not event.signed_by(keys.at(event.sequence)):
        refuse("TWN-06")
    if root_from_path(event.leaf, event.sequence, head.size, path) != head.root:
        refuse("TWN-13")
    fields, last = [], -1
    for position, salt, field, field_path in shown:
        leaf = leaf_hash(salt + field)
        if count > 64 or position <= last:
            refuse("TWN-09")
        if root_from_path(leaf, position, count, field_path) != event.payload_root:
            refuse("TWN-09")
        last = position
        try:
            reader = Reader(field)
            fields.append(read_field(reader))
            if reader.left():
                raise Damaged("left over")
        except Damaged:
            refuse("TWN-09")
    if count > 64:
        refuse("TWN-09")
    return event, fields


# ---------------------------------------------------------------- vectors


def contract_event(row):
    replaces = row["replaces"]
    return (row["author"], bytes.fromhex(row["digest"]), row["effective_on"],
            bytes.fromhex(replaces) if replaces else None, row["time_ms"])


class Vectors:
    """Runs every vector; `wrong` has a line for each that does not come out."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.all = json.load(file)
        self.count, self.wrong = 0, []

    def expect(self, name, found, expected):
        self.count += 1
        if found != expected:
            self.wrong.append(f"{name}: found {found}, expected {expected}")

    def run(self):
        for name in ("relationship", "subjects", "signatures", "events", "trees", "order", "states",
                     "contracts", "settlements", "summaries", "match_hash", "refused_events", "refused_bodies", "verify",
                     "proofs"):
            getattr(self, name)(self.all[name])

    def relationship(self, row):
        keys = [bytes.fromhex(row[name]) for name in ("payer_key", "provider_key", "nonce")]
        self.expect("relationship", relationship_id(*keys).hex(), row["id"])

    def subjects(self, rows):
        relationship = bytes.fromhex(self.all["relationship"]["id"])
        for row in rows:
            if "ordinal" in row:
                found = claim_subject(relationship, bytes.fromhex(row["file"]), row["ordinal"])
            elif "trace" in row:
                found = payment_subject(relationship, row["trace"])
            else:
                found = "file/" + row["digest"]
            self.expect("subject", found, row["subject"])

    def signatures(self, rows):
        for row in rows:
            parts = [bytes.fromhex(row[name]) for name in ("key", "message", "signature")]
            self.expect("signature: " + row["name"], signature_holds(*parts), row["valid"])

    def events(self, rows):
        for row in rows:
            event, body = Event(bytes.fromhex(row["event"])), Body(bytes.fromhex(row["body"]))
            name = f"event {row['author']} {row['sequence']}"
            found = (event.author, event.sequence, event.kind, event.leaf.hex())
            self.expect(name, found, (row["author"], row["sequence"], row["kind"], row["leaf_hash"]))
            salts = {field: body.salt(field).hex() for field in body.fields}
            self.expect(name + " salts", salts, row["salts"])
            roots = (body.root().hex(), event.payload_root.hex())
            self.expect(name + " root", roots, (row["payload_root"], row["payload_root"]))

    def pairs(self):
        both = {"payer": [], "provider": []}
        for row in self.all["events"]:
            pair = Event(bytes.fromhex(row["event"])), Body(bytes.fromhex(row["body"]))
            both[row["author"]].append(pair)
        return both["payer"], both["provider"]

    def trees(self, rows):
        leaves = [event.leaf for event, _ in self.pairs()[0]]
        for row in rows:
            size, to = row["size"], row["to"]
            name = f"tree of size {size}"
            root, last = root_of(leaves[:size]), root_of(leaves[:to])
            self.expect(name, root.hex(), row["root"])
            path = [bytes.fromhex(part) for part in row["consistency"]]
            self.expect(name + " consistency", is_consistent(size, root, to, last, path), True)
            self.expect(name + " forged", is_consistent(size, last[::-1], to, last, path), False)
            if row["inclusion"] is not None:
                path = [bytes.fromhex(part) for part in row["inclusion"]]
                found = root_from_path(leaves[row["index"]], row["index"], size, path)
                self.expect(name + " inclusion", found, root)

    def order(self, rows):
        found = [[event.author, event.sequence] for event, _ in merged(*self.pairs())]
        self.expect("order", found, rows[0])

    def states(self, rows):
        claims = claims_of(*self.pairs())
        self.expect("claims", sorted(claims), sorted(row["subject"] for row in rows))
        for row in rows:
            claim = claims[row["subject"]]
            found = (claim.standing, claim.encode().hex(), claim.hash(row["subject"]).hex())
            self.expect(row["subject"], found, (row["standing"], row["state"], row["hash"]))

    def bodies(self, kind):
        return [(event, body) for pairs in self.pairs() for event, body in pairs
                if event.kind == kind]

    def contracts(self, rows):
        told = [(event.author, body.get("digest"), "%04d-%02d-%02d" % body.get("effective_on"),
                 body.get("replaces"), event.time)
                for event, body in self.bodies("contract.signed")]
        listed = [contract_event(one) for one in rows[0]["events"]]
        self.expect("contracts of the full story", told, listed)
        for row in rows:
            versions, out_of_turn = contract_versions(
                [contract_event(one) for one in row["events"]])
            found = [{"digest": digest.hex(), "effective_on": day,
                      "replaces": replaces.hex() if replaces else None,
                      "standing": standing, "until": until}
                     for digest, day, replaces, standing, until in versions]
            self.expect("contract: " + row["name"], found, row["expected"])
            self.expect("contract: " + row["name"], out_of_turn, row["out_of_turn"])

    def settlements(self, rows):
        names = ("contract", "facts", "statement", "amount_cents", "rows", "status", "replaces")
        told = []
        for event, body in self.bodies("settlement.stated"):
            values = {name: body.get(name) for name in names}
            told.append({"author": event.author} | {
                name: value.hex() if isinstance(value, bytes) else value
                for name, value in values.items()})
        self.expect("settlements of the full story", told, rows[0]["events"])
        for row in rows:
            provisional, answer, standing, out_of_turn = settlement_of(row["events"])
            for name, sides in (("provisional", provisional), ("answer", answer)):
                found = [sides.get(author, {}).get("statement") for author in AUTHORS.values()]
                self.expect(f"settlement {name}: " + row["name"], found, row[name])
            found = standing, out_of_turn
            self.expect("settlement: " + row["name"], found, (row["standing"], row["out_of_turn"]))

    def summaries(self, rows):
        for row in rows:
            entries = [tuple(bytes.fromhex(part) for part in entry) for entry in row["entries"]]
            name = f"summary of {len(entries)}"
            self.expect(name, summary_digest(entries).hex(), row["digest"])

    def match_hash(self, expected):
        _, halves = verify([self.file("full.payer"), self.file("full.provider")])
        self.expect("match hash", match_hash(*halves).hex(), expected)

    def refused_events(self, rows):
        for row in rows:
            try:
                Event(bytes.fromhex(row["event"]))
                self.expect("event: " + row["name"], "read", "refused")
            except Refused:
                self.count += 1

    def refused_bodies(self, rows):
        for row in rows:
            try:
                Body(bytes.fromhex(row["body"]))
                self.expect("body: " + row["name"], "read", "refused")
            except Damaged:
                self.count += 1

    def file(self, row):
        if isinstance(row, str):
            return bytes.fromhex(self.all["files"][row])
        base, at = self.file(row["base"]), row["at"]
        return base[:at] + bytes.fromhex(row["insert"]) + base[at + row["delete"]:]

    def verify(self, rows):
        for row in rows:
            if "copies" in row:
                found = [compare_copies(*(self.file(file) for file in row["copies"]))]
            else:
                kept = [[bytes.fromhex(head) for head in heads]
                        for heads in row.get("kept_heads", [])]
                found, _ = verify([self.file(file) for file in row["files"]], kept)
            self.expect(row["name"], [as_list(finding) for finding in found], row["expected"])

    def proofs(self, rows):
        for row in rows:
            name = "proof: " + row["name"]
            try:
                event, fields, _ = verify_proof(bytes.fromhex(row["proof"]))
                found = (None, event.sequence, [field.hex() for field in fields])
                self.expect(name, found, (row["expected"], row.get("sequence"), row.get("fields")))
            except Refused as refused:
                self.expect(name, refused.code, row["expected"])


def as_list(finding):
    if finding is None:
        return None
    if finding.place == "file":
        return [finding.code, "file"]
    return [finding.code, finding.place, finding.at]


# ---------------------------------------------------------------- command line


def read(path):
    with open(path, "rb") as file:
        return file.read()


def report(findings, halves):
    rows = []
    for finding, half in zip(findings, halves):
        row = {"author": half.author, "events": len(half.events), "finding": as_list(finding)}
        if finding is None:
            row["root"] = half.tree.root().hex()
            row["countersigned"], row["unproved"] = half.countersigned, half.unproved
        elif finding.place == "event":
            row["events"] = min(row["events"], finding.at)
        rows.append(row)
    result = {"halves": rows}
    whole = {half.author: half for finding, half in zip(findings, halves) if finding is None}
    if len(whole) == 2:
        result["match"] = match_hash(whole["payer"], whole["provider"]).hex()
    return result


def main(arguments):
    as_json = "--json" in arguments
    arguments = [argument for argument in arguments if argument != "--json"]
    kept = []
    if arguments[:1] == ["--kept"] and len(arguments) > 2:
        heads = read(arguments[1])
        kept = [[heads[at:at + HEAD_ENTRY] for at in range(0, len(heads), HEAD_ENTRY)]]
        arguments = arguments[2:]
    if arguments[:1] == ["--vectors"] and len(arguments) == 2:
        vectors = Vectors(arguments[1])
        vectors.run()
        for line in vectors.wrong:
            print(line)
        print(f"{vectors.count} vectors, {len(vectors.wrong)} wrong")
        return 1 if vectors.wrong else 0
    if arguments[:1] == ["--proof"] and len(arguments) == 2:
        try:
            event, fields, countersigned = verify_proof(read(arguments[1]))
        except Refused as refused:
            print(refused.code)
            return 1
        print(f"event {event.sequence} of the {event.author}'s half, {event.kind}: the proof holds")
        print(f"{len(fields)} fields shown; head countersigned: {countersigned}")
        return 0
    if arguments[:1] == ["--copies"] and len(arguments) == 3:
        finding = compare_copies(read(arguments[1]), read(arguments[2]))
        print("no two stories" if finding is None else f"{finding.code} at event {finding.at}")
        return 0 if finding is None else 1
    if not 1 <= len(arguments) <= 2 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    findings, halves = verify([read(path) for path in arguments], kept)
    result = report(findings, halves)
    if as_json:
        print(json.dumps(result))
    else:
        for row in result["halves"]:
            verdict = "holds" if row["finding"] is None else " ".join(map(str, row["finding"]))
            print(f"{row['author']}: {row['events']} events, {verdict}")
    return 1 if any(findings) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
