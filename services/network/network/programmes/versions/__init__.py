"""Versions of programmes as they were published: none is ever edited, and a running enrolment keeps its own."""
