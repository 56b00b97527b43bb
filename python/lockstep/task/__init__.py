"""What a task of a gang can ask its agent for."""
