"""The site: `make site` writes it to build/site/html."""
