"""Pages of many layouts, each labelled with where its main content starts."""
