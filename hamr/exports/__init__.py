"""What leaves the program: data as it came with corrected labels, and the decisions that made them.

data       the files that a run's rows came from, written back with other labels
sentences  the same for tagged sentences
composed   rows that came from no file, as a table
added      attached rows that people have labelled
audit      all decisions as a CSV file
bundle     all of these as one download
"""
