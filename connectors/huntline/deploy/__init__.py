"""Deploy: what is wanted minus what is there, written, proved, watched, and taken back."""
