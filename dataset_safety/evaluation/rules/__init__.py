"""The rules of section 8, one module a chapter; each expected result is one pure function of the evidence."""
