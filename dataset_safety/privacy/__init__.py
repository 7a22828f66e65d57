"""6.3 a and b, 7.3 a: personal information and sensitive personal information in the data, and the legal bases for using it."""
