// Carries the precompiled header that Smelt's libraries share.
