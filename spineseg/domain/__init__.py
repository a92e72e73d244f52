"""The nouns of the program, the label table and the vocabulary table; they know nothing of DICOM files."""
