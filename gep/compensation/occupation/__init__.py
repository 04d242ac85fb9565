"""What the charges on occupation share: the register of `projects`, and how its events are charged (`charges`)."""
