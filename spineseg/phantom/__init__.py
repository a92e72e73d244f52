"""Seeds -> synthetic patients: shapes, lesions, images, conformant series and the truth that goes with them."""
