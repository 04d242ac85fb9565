"""What the rules on emission rights read (`tables`)."""
