"""Programmes as data: enrolments of people and households, by stages that each programme writes down."""
