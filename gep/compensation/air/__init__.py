"""What the rules on the air read (`tables`), and what follows from a quarter (`rank_and_year_end`)."""
