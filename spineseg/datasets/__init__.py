"""Public data sets as they lie on disk -> converted sets: one label map, splits by patient, a validation report."""
