"""Policy templates of ours: what they say, how a client's profile fills them, which requirements they meet."""
