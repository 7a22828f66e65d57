"""6.2 c and 6.3 c: notices of rights in the data, licences, and near-copies of protected works."""
