"""What counties say of their days."""
