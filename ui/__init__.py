"""The faces: the command line, what it renders and delivers, and the web app."""
