"""How the work is kept on disk: project files and the journal. Free of Qt."""
