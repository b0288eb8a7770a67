#!/usr/bin/env python3
"""Makes trainer/tests/data/ixi-made-up.xls: a small spreadsheet of the layout of IXI.xls, with made-up people.

    python3 -m venv /tmp/fixture && /tmp/fixture/bin/pip install xlwt==1.3.0
    /tmp/fixture/bin/python tools/ixi_fixture.py

The real spreadsheet holds dates of birth and does not belong in a repository. This one has its sheets, columns, kinds of
cell and oddities: people listed twice, with equal and with contradictory rows, and people without an age.
"""

from pathlib import Path

import xlwt

HEADER = ["IXI_ID", "SEX_ID (1=m, 2=f)", "HEIGHT", "WEIGHT", "ETHNIC_ID", "MARITAL_ID", "OCCUPATION_ID",
          "QUALIFICATION_ID", "DOB", "DATE_AVAILABLE", "STUDY_DATE", "AGE"]

# IXI_ID, SEX_ID, AGE; numbers above those of the real data set.
PEOPLE = [
    (801, 1, 22.5), (802, 2, 25.25), (803, 1, 28.0), (804, 2, 31.4), (805, 1, 34.56789), (806, 2, 37.0),
    (807, 1, 40.0), (808, 2, 44.996),
    (809, 2, 45.0), (810, 1, 49.99),
    (811, 2, 50.0), (812, 1, 53.0), (813, 2, 57.0), (814, 1, 60.0), (815, 2, 64.0), (816, 1, 68.0),
    (817, 2, 73.0), (818, 1, 80.0),
    (819, 2, 55.5), (819, 2, 55.5),          # one person in two equal rows
    (820, 2, 53.08), (820, 2, 58.07),        # contradictory ages
    (821, 2, 61.8), (821, 1, 61.8),          # contradictory sex
    (822, 1, None), (823, 2, None),          # no age
    (824, 0, 30.0),                          # sex not known
    (825, 1, 35.0), (825, 1, 35.004),        # equal to a hundredth of a year
]


def main() -> None:
    book = xlwt.Workbook()
    table = book.add_sheet("Table")
    date = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, name in enumerate(HEADER):
        table.write(0, column, name)
    for row, (number, sex, age) in enumerate(PEOPLE, start=1):
        cells = [number, sex, 0, 0, 1, 1, 1, 1, "1900-01-01", 0 if age is None else 1]
        for column, cell in enumerate(cells):
            table.write(row, column, cell)
        # As in the real file: text of length zero where nothing is known.
        if age is None:
            table.write(row, 10, "")
            table.write(row, 11, "")
        else:
            table.write(row, 10, 38000 + row, date)
            table.write(row, 11, age)
    codes = book.add_sheet("Ethnicity")
    codes.write(0, 0, "ID")
    codes.write(0, 1, "ETHNIC")
    out = Path(__file__).resolve().parent.parent / "trainer" / "tests" / "data" / "ixi-made-up.xls"
    out.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(out))
    print(f"{out}: {out.stat().st_size} bytes, {len(PEOPLE)} rows")


if __name__ == "__main__":
    main()
