"""What is new and what is old in a text: quotations, attributions, header blocks, closings, and our own words."""
