"""Public release (信息发布): what may leave, the package it leaves in, the day it is due, and its revisions."""
