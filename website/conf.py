"""Settings of Sphinx for the site."""

import zoo

project = "Brian2 model zoo"
author = "The authors of the Brian2 model zoo"
version = release = zoo.__version__
extensions = ["myst_nb", "sphinx_design"]
source_suffix = {".md": "myst-nb"}
exclude_patterns = ["extra"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
html_extra_path = ["extra"]
html_css_files = ["site.css"]
html_js_files = [("gallery.js", {"defer": "defer"})]
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "footer_start": ["copyright"]}
myst_enable_extensions = ["colon_fence", "attrs_block"]
myst_heading_anchors = 3
# Tutorials run when the site is built, and the build fails with their errors.
nb_execution_mode = "cache"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
suppress_warnings = ["mystnb.unknown_mime_type"]
