#!/usr/bin/env python3
"""Independent calculator of physician fee schedule amounts, for checking the pricing engine.

Reads lines as CSV on standard input
    claim,line,code,modifiers,units,place_of_service,date,locality,provider
(modifiers separated by blanks, locality MAC-LOCALITY) and writes `claim,line,result` where the
result is whole cents, `pend` or `deny`. Tables are the published ones in the folder given as the
only argument. Uses the standard library alone and exact fractions.
"""
import csv
import os
import sys
from collections import defaultdict
from fractions import Fraction

ASSISTANTS = {"80", "81", "82", "AS"}


class Pend(Exception):
    pass


class Deny(Exception):
    pass


def rows(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def load(folder):
    values, indices = {}, {}
    for year, name in ((2024, "mpfs_rvu_2024c.csv"), (2025, "mpfs_rvu_2025d.csv")):
        for row in rows(folder, name):
            values.setdefault((year, row["hcpcs"], row["mod"]), row)
        for row in rows(folder, f"mpfs_gpci_{year}.csv"):
            locality = f"{row['mac']}-{row['locality']}"
            indices[year, locality] = [Fraction(row[k]) for k in ("gpci_work", "gpci_pe", "gpci_mp")]
    facility = {
        row["pos"]
        for row in rows(folder, "place_of_service_2024.csv")
        if row["mpfs_setting"] == "Facility"
    }
    return values, indices, facility


def half_up_cents(dollars):
    return int(dollars * 100 + Fraction(1, 2))


def fee(row, index, facility):
    expense = row["fac_pe_rvu"] if facility else row["nonfac_pe_rvu"]
    parts = (row["work_rvu"], expense, row["mp_rvu"])
    total = sum(Fraction(part) * i for part, i in zip(parts, index))
    return total * Fraction(row["conversion_factor"])


def modifier_factor(row, modifiers):
    factor = Fraction(1)
    if "66" in modifiers:
        raise Pend
    if "50" in modifiers:
        factor *= {"1": Fraction(3, 2), "3": Fraction(2)}.get(row["bilat_surg"], Fraction(1))
    if modifiers & ASSISTANTS:
        if row["asst_surg"] == "0":
            raise Pend
        if row["asst_surg"] != "2":
            raise Deny
        factor *= Fraction(16, 100) * (Fraction(85, 100) if "AS" in modifiers else 1)
    if "62" in modifiers:
        if row["co_surg"] == "1":
            raise Pend
        if row["co_surg"] != "2":
            raise Deny
        factor *= Fraction(625, 1000)
    if row["glob"] in ("010", "090"):
        for modifier, column in (("56", "pre_op"), ("54", "intra_op"), ("78", "intra_op"),
                                 ("55", "post_op")):
            if modifier in modifiers:
                # Published in whole percent; the file holds binary approximations of it.
                share = Fraction(round(Fraction(row[column]) * 100), 100)
                if share == 0:
                    raise Pend
                factor *= share
    return factor


def price_line(tables, line):
    values, indices, facility = tables
    year = int(line["date"][:4])
    modifiers = set(line["modifiers"].split())
    component = next((m for m in ("26", "TC", "53") if m in modifiers), "")
    row = values.get((year, line["code"], component))
    if row is None or row["status"] not in ("A", "R"):
        raise Pend
    index = indices.get((year, line["locality"]))
    if index is None:
        raise Pend
    in_facility = line["place_of_service"] in facility
    base = None
    if row["mult_proc"] == "3" and row["endo_base"]:
        base_row = values.get((year, row["endo_base"], ""))
        if base_row is not None and base_row["status"] in ("A", "R"):
            base = fee(base_row, index, in_facility)
    return {
        "row": row,
        "fee": fee(row, index, in_facility) * modifier_factor(row, modifiers),
        "base": base,
        "units": int(line["units"]),
        "session": (line["date"], line["provider"], bool(modifiers & ASSISTANTS)),
    }


def position_shares(position, count):
    if position + count > 5:
        return None
    return sum(Fraction(1) if at == 0 else Fraction(1, 2) for at in range(position, position + count))


def price_claim(tables, lines):
    results, priced = {}, {}
    for number, line in enumerate(lines):
        try:
            priced[number] = price_line(tables, line)
        except Pend:
            results[number] = "pend"
        except Deny:
            results[number] = "deny"
    sessions = defaultdict(list)
    for number, item in priced.items():
        multiple = item["row"]["mult_proc"]
        if multiple == "2":
            sessions[item["session"]].append(([number], item["fee"], item["units"], False))
        elif multiple == "3" and item["row"]["endo_base"]:
            continue
        else:
            results[number] = half_up_cents(item["fee"] * item["units"])
    families = defaultdict(list)
    for number, item in priced.items():
        if item["row"]["mult_proc"] == "3" and item["row"]["endo_base"]:
            families[item["session"], item["row"]["endo_base"]].append(number)
    for (session, _), members in families.items():
        best = max(members, key=lambda n: (priced[n]["fee"], -n))
        for number in members:
            item = priced[number]
            if number != best and item["base"] is not None:
                item["fee"] = max(item["fee"] - item["base"], Fraction(0))
        total = sum(priced[number]["fee"] for number in members)
        sessions[session].append((members, total, 1, True))
    for procedures in sessions.values():
        procedures.sort(key=lambda p: (-p[1], min(p[0])))
        position = 0
        for members, _, count, is_family in procedures:
            share = position_shares(position, count)
            position += count
            for number in members:
                item = priced[number]
                if share is None:
                    results[number] = "pend"
                elif is_family:
                    results[number] = half_up_cents(item["fee"] * share * item["units"])
                else:
                    results[number] = half_up_cents(item["fee"] * share)
    return results


def main():
    tables = load(sys.argv[1])
    claims = defaultdict(list)
    for line in csv.DictReader(sys.stdin):
        claims[line["claim"]].append(line)
    out = csv.writer(sys.stdout, lineterminator="\n")
    for claim, lines in claims.items():
        results = price_claim(tables, lines)
        for number, line in enumerate(lines):
            out.writerow([claim, line["line"], results[number]])


if __name__ == "__main__":
    main()
