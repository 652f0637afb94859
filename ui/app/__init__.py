"""What the pages of the app share: the open home, work that takes long, and how a client is told apart."""
