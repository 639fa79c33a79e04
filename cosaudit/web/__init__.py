"""What a browser does with a page's requests."""
